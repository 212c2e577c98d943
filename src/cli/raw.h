/* Values of a parsed JSON text as the bytes that stand there: nothing is re-serialised. */
#ifndef CLI_RAW_H
#define CLI_RAW_H

#include "base/json.h"

struct raw {				/* a JSON value somewhere in a text; s NULL: none */
	const char *s;
	size_t len;
};

/* The bytes of ${v}, a node of the tree parsed from ${text}. O(its length). */
struct raw raw_value(const char *text, size_t len, const struct json *v);
/* Append it without the white space between its tokens. */
void raw_compact(struct buf *out, struct raw v);
/* As member ${key} (NULL in arrays): its very bytes, unless they stand on several lines: then compact. */
void raw_put(struct json_out *o, const char *key, struct raw v);

#endif
