#include "cli/say.h"

#include <stdio.h>
#include <string.h>
#include <uniwidth.h>

#include "base/json.h"
#include "base/text.h"

static bool
unsafe(uint32_t ch)
{
	return ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || ch == 0x2028 || ch == 0x2029 || (ch >= 0x202a && ch <= 0x202e) ||
	    (ch >= 0x2066 && ch <= 0x2069) || ch == 0xfeff || (ch & 0xfffe) == 0xfffe || (ch >= 0xfdd0 && ch <= 0xfdef);
}

static void
add_escaped(struct buf *out, uint32_t ch)
{
	if (ch >= 0x10000)
		buf_fmt(out, "\\u%04X\\u%04X", (unsigned)(0xd800 + ((ch - 0x10000) >> 10)), (unsigned)(0xdc00 + (ch & 0x3ff)));
	else
		buf_fmt(out, "\\u%04X", (unsigned)ch);
}

static void
clean(struct buf *out, const char *s, size_t len, bool one_line)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t ch = utf8_at(p + i, len - i, &n);

		if (ch == '\n' || ch == '\t')
			buf_byte(out, one_line ? ' ' : (uint8_t)ch);
		else if (ch == 0xfffd)
			buf_add(out, "\xef\xbf\xbd", 3);
		else if (unsafe(ch))
			add_escaped(out, ch);
		else
			buf_add(out, p + i, n);
	}
}

void
say_clean(struct buf *out, const char *s, size_t len)
{
	clean(out, s, len, false);
}

void
say_line(struct buf *out, const char *s, size_t len)
{
	clean(out, s, len, true);
}

static const char *
paint_code(enum paint p)
{
	switch (p) {
	case PAINT_GOOD: return "\033[32m";
	case PAINT_BAD: return "\033[31m";
	case PAINT_WARN: return "\033[33m";
	case PAINT_DIM: return "\033[2m";
	case PAINT_STRONG: return "\033[1m";
	case PAINT_NONE: break;
	}
	return "";
}

/* The one place that writes. Colour stands outside what was cleaned. */
static void
emit(const struct cli *c, FILE *f, enum paint p, const char *fmt, va_list ap)
{
	struct buf raw = { 0 }, safe = { 0 };
	va_list again;
	uint8_t *room;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n >= 0 && (room = buf_room(&raw, (size_t)n + 1)) != NULL) {
		vsnprintf((char *)room, (size_t)n + 1, fmt, ap);
		say_clean(&safe, (const char *)room, (size_t)n);
	}
	if (c->colour && p != PAINT_NONE)
		fputs(paint_code(p), f);
	if (safe.len > 0)
		fwrite(safe.data, 1, safe.len, f);
	if (c->colour && p != PAINT_NONE)
		fputs("\033[0m", f);
	buf_free(&raw);
	buf_free(&safe);
}

void
say(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(c, stdout, PAINT_NONE, fmt, ap);
	va_end(ap);
}

void
say_in(const struct cli *c, enum paint p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(c, stdout, p, fmt, ap);
	va_end(ap);
}

void
say_warn(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	fputs("diwan: ", stderr);
	va_start(ap, fmt);
	emit(c, stderr, PAINT_NONE, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

size_t
say_width(const char *s, size_t len)
{
	int n = u8_width((const uint8_t *)s, len, "UTF-8");

	return n < 0 ? 0 : (size_t)n;
}

size_t
say_fitting(const char *s, size_t len, size_t width)
{
	size_t used = 0, blank = 0, i = 0, n;

	while (i < len && s[i] != '\n') {
		int w = uc_width(utf8_at((const uint8_t *)s + i, len - i, &n), "UTF-8");

		if (s[i] == ' ')
			blank = i;
		if (i > 0 && used + (w > 0 ? (size_t)w : 0) > width)
			return blank > 0 ? blank : i;
		used += w > 0 ? (size_t)w : 0;
		i += n;
	}
	return i;
}

void
say_block(const struct cli *c, unsigned indent, unsigned width, const char *text, size_t len)
{
	struct buf safe = { 0 };
	const char *s;
	size_t left, n;

	say_clean(&safe, text, len);
	s = buf_cstr(&safe);
	for (left = safe.len; left > 0; s += n, left -= n) {
		n = say_fitting(s, left, width > indent ? width - indent : 1);
		say(c, "%*s%.*s\n", (int)indent, "", (int)n, s);
		if (n < left && (s[n] == '\n' || s[n] == ' '))
			n++;
	}
	buf_free(&safe);
}

void
say_json(const struct cli *c, const struct buf *json)
{
	if (c->tty_out) {
		say(c, "%.*s\n", (int)json->len, buf_cstr(json));
		return;
	}
	/* To a program: byte for byte, since records in it may be hashed. */
	fwrite(buf_cstr(json), 1, json->len, stdout);
	fputc('\n', stdout);
}

void
say_pairs(const struct cli *c, const char *const *pairs)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	jo_open(&o, NULL, '{');
	for (; pairs[0] != NULL; pairs += 2)
		jo_str(&o, pairs[0], pairs[1]);
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}
