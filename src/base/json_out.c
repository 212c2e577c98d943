/* The JSON writer of base/json.h. */
#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"

/* Leading bytes that stand in a JSON string as they are. */
static size_t
plain_run(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

static void
put_string(struct buf *b, const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t c;
	size_t n;

	buf_byte(b, '"');
	for (size_t i = 0; i < len; i += n) {
		if ((n = plain_run(p + i, len - i)) > 0) {
			buf_add(b, p + i, n);
			continue;
		}
		c = utf8_at(p + i, len - i, &n);

		if (c == '"' || c == '\\')
			buf_fmt(b, "\\%c", (char)c);
		else if (c == 0 || c == 0xfffd)		/* NUL would not be read back */
			buf_add(b, "\xef\xbf\xbd", 3);
		else if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029)
			buf_fmt(b, "\\u%04x", (unsigned)c);
		else
			buf_add(b, p + i, n);
	}
	buf_byte(b, '"');
}

/* Comma where due, then the member's name. */
static void
lead(struct json_out *o, const char *key)
{
	if (o->comma)
		buf_byte(o->b, ',');
	o->comma = true;
	if (key != NULL) {
		put_string(o->b, key, __builtin_strlen(key));
		buf_byte(o->b, ':');
	}
}

void
jo_open(struct json_out *o, const char *key, char bracket)
{
	lead(o, key);
	buf_byte(o->b, (uint8_t)bracket);
	o->comma = false;
}

void
jo_close(struct json_out *o, char bracket)
{
	buf_byte(o->b, (uint8_t)bracket);
	o->comma = true;
}

void
jo_strn(struct json_out *o, const char *key, const char *s, size_t len)
{
	lead(o, key);
	put_string(o->b, s, len);
}

void
jo_str(struct json_out *o, const char *key, const char *s)
{
	if (s == NULL)
		jo_null(o, key);
	else
		jo_strn(o, key, s, __builtin_strlen(s));
}

void
jo_int(struct json_out *o, const char *key, int64_t v)
{
	lead(o, key);
	buf_fmt(o->b, "%" PRId64, v);
}

void
jo_bool(struct json_out *o, const char *key, bool v)
{
	lead(o, key);
	buf_str(o->b, v ? "true" : "false");
}

void
jo_null(struct json_out *o, const char *key)
{
	lead(o, key);
	buf_str(o->b, "null");
}

void
jo_raw(struct json_out *o, const char *key, const char *json, size_t len)
{
	lead(o, key);
	buf_add(o->b, json, len);
}
