/*
 * The part of YAML 1.2 that people write charters and scenarios in: maps, lists and scalars, read by libfyaml and kept
 * as a tree whose every node knows its line and column. One document; no anchors, aliases, tags or merge keys (a few
 * bytes of them can stand for gigabytes), no duplicate keys, bounded size, depth and number of nodes. Scalars are text:
 * what a word means is the reader's question, so that "no", "0777" or "1.10" never turn into something else.
 *
 * What is wrong is a complaint: file, line, column, rule, sentence, next step. Several are collected, so that one
 * reading shows a page of them, not only the first.
 */
#ifndef CHARTER_YAML_H
#define CHARTER_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define COMPLAINTS_MAX 50
#define YAML_MAX_DEPTH 16
#define YAML_MAX_NODES 50000

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_type type;
	bool quoted;			/* a scalar in quotes or a block: "~" is text then, not nothing */
	uint32_t line, col;		/* from 1 */
	uint32_t len, count;		/* bytes of a scalar; children */
	const char *str;		/* scalar: UTF-8, NUL-terminated (and without NUL inside) */
	const char *key;		/* name inside a map; NULL in lists and at the root */
	uint32_t key_line, key_col;
	struct yaml *child, *next;	/* in the order of the text */
};

struct complaint {
	uint32_t line, col;		/* 0: about the file as a whole */
	const char *rule;		/* "CH05" */
	char text[320];
};

struct complaints {
	const char *file;		/* borrowed */
	uint32_t count;			/* kept in list: at most COMPLAINTS_MAX */
	uint32_t dropped;		/* beyond it */
	struct complaint list[COMPLAINTS_MAX];
};

/* Add a complaint about ${at} (NULL: the file). Always returns false. */
bool complain(struct complaints *c, const struct yaml *at, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool complain_at(struct complaints *c, uint32_t line, uint32_t col, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* "file:line:col: sentence [rule]", one a line, in the order of the text. */
void complaints_write(const struct complaints *c, struct buf *out);
/* The first complaint and the number of others as an error of code ${code}; OK when there is none. */
int complaints_err(const struct complaints *c, int code, struct err *e);

/*
 * yaml_read(a, text, len, max_bytes, c, root):
 * Read ${len} bytes. True: clean, ${*root} is the tree. False: there are complaints (rules CH01-CH04, CH07, CH08);
 * ${*root} is the tree where only names stand twice, so that a caller can go on collecting, and NULL where the text
 * cannot be read. The tree lives in ${a}; ${text} need not outlive the call. ${c} is appended to. O(n log n).
 */
bool yaml_read(struct arena *a, const char *text, size_t len, size_t max_bytes, struct complaints *c,
    struct yaml **root);

/* Member ${key} of a map, or NULL. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

#endif
