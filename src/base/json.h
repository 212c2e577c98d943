/*
 * Strict JSON (RFC 8259) within I-JSON (RFC 7493): UTF-8, NFC, no duplicate keys, integers within +-(2^53 - 1), no lone
 * surrogates, no NUL, bounded size, depth and node count. A parsed text is a tree of nodes in an arena whose strings
 * point into the text (or into the arena where an escape had to be resolved). Text is never written back from it.
 *
 * Why not a library: the text of a record is the waist of the whole system, every complaint must name its byte, and
 * parsing sets the filing rate (bench/BENCHMARKS.md, "record parse").
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_REAL, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	uint32_t count;			/* children of an array or object */
	uint32_t offset;		/* byte in the text where the value starts */
	uint32_t key_len, len;
	const char *key;		/* name of an object member; NULL in arrays and at the root. Not NUL-terminated */
	const char *str;		/* JSON_STRING: its bytes; JSON_REAL and JSON_INT: the digits as written */
	int64_t num;			/* JSON_INT */
	struct json *child, *next;	/* first child; next sibling, in the order of the text */
};

struct json_limits {
	uint32_t max_bytes, max_depth, max_nodes;
};

#define JSON_SAFE_INT INT64_C(9007199254740991)

/*
 * json_parse(a, text, len, limits, &root, err):
 * Parse exactly one value. ${text} is borrowed and must stay valid as long as the tree. Errors: ERR_INPUT (names the byte
 * offset and the rule), ERR_LIMIT, ERR_NOMEM. O(len); duplicate keys are found in O(k log k) for k members.
 */
int json_parse(struct arena *a, const void *text, size_t len, const struct json_limits *limits, struct json **root,
    struct err *e);

/* The member ${key} of an object, or NULL (also when ${o} is NULL or no object). O(members). */
const struct json *json_get(const struct json *o, const char *key);
/* True if ${v} is a string equal to ${z}. */
bool json_is(const struct json *v, const char *z);

/*
 * Writing: a small sticky writer that places commas and escapes strings; nesting is the caller's. Invalid UTF-8 is
 * replaced by U+FFFD so that what is printed always parses.
 */
struct json_out {
	struct buf *b;
	bool comma;
};
void jo_open(struct json_out *o, const char *key, char bracket);	/* '{' or '['; ${key} NULL in arrays */
void jo_close(struct json_out *o, char bracket);
void jo_strn(struct json_out *o, const char *key, const char *s, size_t len);
void jo_str(struct json_out *o, const char *key, const char *s);	/* NULL writes null */
void jo_int(struct json_out *o, const char *key, int64_t v);
void jo_bool(struct json_out *o, const char *key, bool v);
void jo_null(struct json_out *o, const char *key);
void jo_raw(struct json_out *o, const char *key, const char *json, size_t len);	/* already JSON */

#endif
