#include "cli/raw.h"

#include <string.h>

/* Where the value at ${text}[at] ends. The text is valid JSON, so brackets match and strings end. */
static size_t
value_end(const char *text, size_t len, size_t at)
{
	int depth = 0;

	for (bool string = false; at < len; at++) {
		char ch = text[at];

		if (string) {
			if (ch == '\\')
				at++;
			else if (ch == '"')
				string = false;
		} else if (ch == '"') {
			string = true;
		} else if (ch == '{' || ch == '[') {
			depth++;
		} else if (ch == '}' || ch == ']') {
			if (depth == 0)
				return at;
			depth--;
		} else if (ch == ',' && depth == 0) {
			return at;
		}
	}
	return at;
}

struct raw
raw_value(const char *text, size_t len, const struct json *v)
{
	return (struct raw){ text + v->offset, value_end(text, len, v->offset) - v->offset };
}

void
raw_compact(struct buf *out, struct raw v)
{
	bool string = false;

	for (size_t i = 0; i < v.len; i++) {
		char ch = v.s[i];

		if (!string && (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r'))
			continue;
		if (string && ch == '\\')
			buf_byte(out, (uint8_t)v.s[i++]);
		else if (ch == '"')
			string = !string;
		buf_byte(out, (uint8_t)v.s[i]);
	}
}

void
raw_put(struct json_out *o, const char *key, struct raw v)
{
	struct buf line = { 0 };

	if (memchr(v.s, '\n', v.len) == NULL && memchr(v.s, '\r', v.len) == NULL) {
		jo_raw(o, key, v.s, v.len);
		return;
	}
	raw_compact(&line, v);
	jo_raw(o, key, buf_cstr(&line), line.len);
	if (line.failed)
		o->b->failed = true;
	buf_free(&line);
}
