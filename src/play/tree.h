/*
 * What scenarios and dated events need beside the charter room's YAML tree: files, complaints with their place, and the way
 * into JSON.
 */
#ifndef PLAY_TREE_H
#define PLAY_TREE_H

#include "base/json.h"
#include "charter/yaml.h"

#define TREE_MAX_BYTES (1024u * 1024)

/*
 * tree_read(a, file, text, len, &root, err):
 * The tree of ${text}, in ${a}. ERR_INPUT with the first complaint as "file:line:col: sentence". ${file} is copied.
 */
int tree_read(struct arena *a, const char *file, const char *text, size_t len, const struct yaml **root, struct err *e);

/* The same of a file. ERR_IO, ERR_NOTFOUND, ERR_LIMIT too. */
int tree_load(struct arena *a, const char *path, const struct yaml **root, struct err *e);

/* True if ${y} is a scalar equal to ${z}. */
bool tree_is(const struct yaml *y, const char *z);

/* "file:line:col: sentence" with ERR_INPUT, which is returned; ${y} NULL: the file as a whole. */
int tree_err(const char *file, const struct yaml *y, struct err *e, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * tree_only(file, map, what, allowed, err):
 * ${map} is a map and has no key that is not in ${allowed} ("a, b, c"). The complaint lists what is allowed. ${what} names
 * the thing in the sentence ("an expectation").
 */
int tree_only(const char *file, const struct yaml *map, const char *what, const char *allowed, struct err *e);

/* A whole number in [min, max]. */
int tree_u64(const char *file, const struct yaml *y, const char *what, uint64_t min, uint64_t max, uint64_t *out, struct err *e);

/* Append ${y} as JSON: whole numbers, true, false and null without quotes as such, everything else as strings. */
void tree_json(struct json_out *o, const char *key, const struct yaml *y);

#endif
