#include "formats/dsv_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* Code points of 0x80..0x9F; 0 where Windows-1252 defines nothing (Unicode's published mapping table CP1252). */
static const uint16_t high[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
	    0x0178,
};

#define LETTERS_MAX 2		/* letters above 0x7F in a row; no western word has three */

static bool
sensible(const uint8_t *s, size_t len)
{
	unsigned letters = 0;

	for (size_t i = 0; i < len; i++) {
		size_t n;

		if (s[i] == 0 || (s[i] >= 0x80 && s[i] < 0xa0 && high[s[i] - 0x80] == 0))
			return false;
		letters = s[i] >= 0xc0 ? letters + 1 : 0;
		if (letters > LETTERS_MAX)
			return false;
		(void)utf8_at(s + i, len - i, &n);
		if (n > 1)
			return false;
	}
	return true;
}

bool
dsv_recode_1252(struct buf *out, const uint8_t *s, size_t len)
{
	if (!sensible(s, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		uint32_t c = s[i] >= 0x80 && s[i] < 0xa0 ? high[s[i] - 0x80] : s[i];

		if (c < 0x80) {
			buf_byte(out, (uint8_t)c);
		} else if (c < 0x800) {
			buf_byte(out, (uint8_t)(0xc0 | c >> 6));
			buf_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
		} else {
			buf_byte(out, (uint8_t)(0xe0 | c >> 12));
			buf_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
			buf_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
		}
	}
	return !out->failed;
}

/* Unquote the cell that starts at ${p} in place; answer the byte after it. ${end} bounds the row. */
static uint8_t *
split_cell(char separator, uint8_t *p, uint8_t *end, struct slice *cell)
{
	uint8_t *start = p, *to = p, *stop;

	if (separator == '\t' || p == end || *p != '"') {
		stop = p == end ? NULL : memchr(p, separator, (size_t)(end - p));
		stop = stop == NULL ? end : stop;
		*cell = (struct slice){ (char *)p, (uint32_t)(stop - p) };
		return stop;
	}
	for (p++; p < end; p++) {
		if (*p == '"' && (p + 1 == end || p[1] != '"'))
			break;
		p += *p == '"';
		*to++ = *p;
	}
	*cell = (struct slice){ (char *)start, (uint32_t)(to - start) };
	return p < end ? p + 1 : end;
}

uint32_t
dsv_split(char separator, uint8_t *text, size_t len, struct slice cells[DSV_MAX_COLUMNS])
{
	uint8_t *p = text, *end = text + len;
	uint32_t n = 0;

	for (;;) {
		p = split_cell(separator, p, end, &cells[n++]);
		if (p == end || n == DSV_MAX_COLUMNS)
			return n;
		p++;
	}
}

char
dsv_choose_separator(const uint8_t *s, size_t len)
{
	size_t tab = 0, comma = 0, semicolon = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		quoted ^= s[i] == '"';
		tab += s[i] == '\t';
		comma += !quoted && s[i] == ',';
		semicolon += !quoted && s[i] == ';';
	}
	if (tab > 0 && tab >= comma && tab >= semicolon)
		return '\t';
	return semicolon > comma ? ';' : ',';
}
