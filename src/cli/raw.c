#include "cli/raw.h"

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
raw_flat(struct buf *out, struct raw v)
{
	for (size_t i = 0; i < v.len; i++)
		buf_byte(out, v.s[i] == '\n' || v.s[i] == '\r' || v.s[i] == '\t' ? ' ' : (uint8_t)v.s[i]);
}

void
raw_put(struct json_out *o, const char *key, struct raw v)
{
	struct buf flat = { 0 };

	raw_flat(&flat, v);
	jo_raw(o, key, buf_cstr(&flat), flat.len);
	if (flat.failed)
		o->b->failed = true;
	buf_free(&flat);
}
