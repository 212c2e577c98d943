/* Strings of the JSON parser: escapes, UTF-8, normal form. */
#include <string.h>

#include "base/json_parser.h"
#include "base/text.h"

/* Four hex digits of either case after "\u", or -1. */
static long
hex4(const uint8_t *s, const uint8_t *end)
{
	long v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		uint8_t c = s[i] | 0x20;

		if (s[i] >= '0' && s[i] <= '9')
			v = v * 16 + (s[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static size_t
put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* Resolve the escape at p->at (a backslash) into ${out}; advance past it. */
static int
unescape(struct json_parser *p, uint8_t *out, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	long hi, lo;

	if (p->end - p->at < 2)
		return json_complain(p, ERR_INPUT, "text ends inside an escape");
	if (p->at[1] != 'u') {
		if (p->at[1] == 0 || (found = strchr(from, p->at[1])) == NULL)
			return json_complain(p, ERR_INPUT, "unknown escape");
		out[(*n)++] = (uint8_t)to[found - from];
		p->at += 2;
		return OK;
	}
	if ((hi = hex4(p->at + 2, p->end)) < 0)
		return json_complain(p, ERR_INPUT, "\\u needs four hex digits");
	if (hi == 0)
		return json_complain(p, ERR_INPUT, "NUL is not allowed in text");
	p->at += 6;
	if (hi >= 0xd800 && hi <= 0xdfff) {
		if (hi > 0xdbff || p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u' ||
		    (lo = hex4(p->at + 2, p->end)) < 0xdc00 || lo > 0xdfff)
			return json_complain(p, ERR_INPUT, "lone surrogate (RFC 7493)");
		p->at += 6;
		hi = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	}
	*n += put_utf8(out + *n, (uint32_t)hi);
	return OK;
}

/* A string with escapes: copied into the arena. p->at is at its first byte, ${close} a bound for its length. */
static int
parse_escaped(struct json_parser *p, const uint8_t *close, const char **s, uint32_t *len)
{
	uint8_t *out = arena_alloc(p->arena, (size_t)(close - p->at) + 4);
	size_t n = 0;
	int rc;

	if (out == NULL)
		return json_complain(p, json_no_room(p), "no memory for this text");
	while (*p->at != '"') {
		if (*p->at == '\\') {
			if ((rc = unescape(p, out, &n)) != OK)
				return rc;
		} else {
			out[n++] = *p->at++;
		}
	}
	p->at++;
	*s = (const char *)out;
	*len = (uint32_t)n;
	return OK;
}

/* True where a string's plain run ends: quote, backslash, control or a byte that is not ASCII. */
static const uint8_t run_ends[256] = {
	[0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 0, [0x80 ... 0xff] = 1
};

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* True if one of the eight bytes of ${w} is zero (and perhaps if one is 0x80 or more). */
static bool
any_zero(uint64_t w)
{
	return ((w - EACH_BYTE(1)) & EACH_BYTE(0x80)) != 0;
}

/* The first byte from ${q} on that ends a plain run, or ${end}. Eight at a time: most of a record is plain text. */
static const uint8_t *
plain_run(const uint8_t *q, const uint8_t *end)
{
	for (uint64_t w; end - q >= 8; q += 8) {
		memcpy(&w, q, 8);
		if ((w & EACH_BYTE(0x80)) != 0 || any_zero(w & EACH_BYTE(0xe0)) || any_zero(w ^ EACH_BYTE('"')) ||
		    any_zero(w ^ EACH_BYTE('\\')))
			break;
	}
	while (q < end && !run_ends[*q])
		q++;
	return q;
}

/* p->at is behind the opening quote. */
int
json_string(struct json_parser *p, const char **s, uint32_t *len)
{
	const uint8_t *start = p->at, *q = p->at;
	bool escapes = false, ascii = true;
	size_t valid;
	int rc;

	for (;; q++) {
		if ((q = plain_run(q, p->end)) == p->end) {
			p->at = q;
			return json_complain(p, ERR_INPUT, "text ends inside a string");
		}
		if (*q == '"')
			break;
		if (*q == '\\') {
			escapes = true;
			if (++q == p->end) {
				p->at = q;
				return json_complain(p, ERR_INPUT, "text ends inside an escape");
			}
		} else if (*q < 0x20) {
			p->at = q;
			return json_complain(p, ERR_INPUT, "control character in a string; write it as an escape");
		} else {
			ascii = false;
		}
	}
	if (!ascii && (valid = utf8_valid(start, (size_t)(q - start))) < (size_t)(q - start)) {
		p->at = start + valid;
		return json_complain(p, ERR_INPUT, "not UTF-8");
	}
	if (!escapes) {
		*s = (const char *)start;
		*len = (uint32_t)(q - start);
		p->at = q + 1;
	} else if ((rc = parse_escaped(p, q, s, len)) != OK) {
		return rc;
	}
	if ((!ascii || escapes) && !text_is_nfc((const uint8_t *)*s, *len)) {
		p->at = start;
		return json_complain(p, ERR_INPUT, "not in Unicode normalisation form C; normalise the text before filing");
	}
	return OK;
}
