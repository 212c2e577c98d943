#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

void
hex_encode(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
hex_decode(uint8_t *out, size_t len, const char *s, size_t s_len)
{
	if (s_len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(char *out, const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	for (; i + 2 < len; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

		*out++ = b64[v >> 18];
		*out++ = b64[v >> 12 & 63];
		*out++ = b64[v >> 6 & 63];
		*out++ = b64[v & 63];
	}
	if (i < len) {
		uint32_t v = (uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0);

		*out++ = b64[v >> 18];
		*out++ = b64[v >> 12 & 63];
		*out++ = i + 1 < len ? b64[v >> 6 & 63] : '=';
		*out++ = '=';
	}
	*out = '\0';
}

/* What a digit stands for, and one more, so that what is no digit gives 0. */
static const uint8_t b64_digits[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64
};

static int
b64_digit(char c)
{
	return (int)b64_digits[(uint8_t)c] - 1;
}

long
base64_decode(uint8_t *out, size_t cap, const char *s, size_t s_len)
{
	size_t n = 0, pad = 0;

	if (s_len % 4 != 0)
		return -1;
	if (s_len > 0 && s[s_len - 1] == '=')
		pad = s[s_len - 2] == '=' ? 2 : 1;
	if (s_len / 4 * 3 - pad > cap)
		return -1;
	for (size_t i = 0; i < s_len; i += 4) {
		size_t lost = i + 4 == s_len ? pad : 0;
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			int d = k >= 4 - lost ? 0 : b64_digit(s[i + k]);

			if (d < 0)
				return -1;
			v = v << 6 | (uint32_t)d;
		}
		if ((lost == 1 && v & 0xff) || (lost == 2 && v & 0xffff))
			return -1;
		out[n++] = (uint8_t)(v >> 16);
		if (lost < 2)
			out[n++] = (uint8_t)(v >> 8);
		if (lost < 1)
			out[n++] = (uint8_t)v;
	}
	return (long)n;
}

/* Length of the valid UTF-8 sequence at ${s}, 0 if there is none. */
static size_t
utf8_seq(const uint8_t *s, size_t len)
{
	uint8_t c = s[0];

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (c < 0xe0)
		return len >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if (len < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
		return 0;
	if (c < 0xf0)
		return (c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) ? 0 : 3;
	if (len < 4 || (s[3] & 0xc0) != 0x80 || (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f))
		return 0;
	return 4;
}

/* Number of leading ASCII bytes, eight at a time. */
static size_t
ascii_run(const uint8_t *s, size_t len)
{
	size_t i = 0;

	for (uint64_t w; i + 8 <= len; i += 8) {
		memcpy(&w, s + i, 8);
		if (w & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < len && s[i] < 0x80)
		i++;
	return i;
}

size_t
utf8_valid(const uint8_t *s, size_t len)
{
	size_t i = ascii_run(s, len), n;

	for (; i < len; i += n)
		if ((n = utf8_seq(s + i, len - i)) == 0)
			return i;
	return len;
}

uint32_t
utf8_at(const uint8_t *s, size_t len, size_t *n)
{
	*n = utf8_seq(s, len);
	switch (*n) {
	case 1: return s[0];
	case 2: return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3fu);
	case 3: return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3fu);
	case 4: return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 | (uint32_t)(s[2] & 0x3f) << 6 |
		    (s[3] & 0x3fu);
	default: *n = 1; return 0xfffd;
	}
}

/*
 * Code points that stand in a normalised text whatever is beside them: combining class 0, NFC quick check "yes" (Unicode UAX 15,
 * 9). A text of these alone is in form C and needs no normalising, which costs fifty times the look. The scripts of daily use are
 * here; the rest takes the long way. tests/base/test_text.c holds every one of them against the library.
 */
static const struct range { uint32_t first, last; } settled[] = {
	{ 0x0020, 0x007e }, { 0x0410, 0x0482 }, { 0x0660, 0x066f }, { 0x061b, 0x064a }, { 0x0671, 0x06d5 }, { 0x06ee, 0x070d },
	{ 0x0080, 0x02ff }, { 0x03a3, 0x040f }, { 0x0488, 0x052f }, { 0x2002, 0x2064 }, { 0x0600, 0x060f }, { 0x4e00, 0x9fff },
	{ 0x3000, 0x3029 }, { 0x3041, 0x3096 }, { 0x309b, 0x30ff }, { 0xac00, 0xd7a3 }, { 0x0531, 0x0556 }, { 0x0559, 0x058a },
	{ 0x05d0, 0x05ea }, { 0x10d0, 0x10ff }, { 0x1820, 0x1878 }, { 0x1e00, 0x1f15 }, { 0x20a0, 0x20c0 }, { 0x2190, 0x2328 },
	{ 0x2460, 0x2adb }, { 0xff01, 0xffbe },
};

static bool
all_settled(const uint8_t *s, size_t len)
{
	const struct range *r = settled, *end = settled + sizeof settled / sizeof settled[0];
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c = s[i];

		n = 1;
		if (c < 0x80)
			continue;
		c = utf8_at(s + i, len - i, &n);
		if (c >= r->first && c <= r->last)
			continue;
		for (r = settled; r < end && (c < r->first || c > r->last); r++)
			;
		if (r == end)
			return false;
	}
	return true;
}

bool
text_is_nfc(const uint8_t *s, size_t len)
{
	uint8_t small[512], *norm;
	size_t n = sizeof small;
	bool same;

	if (all_settled(s, len))
		return true;
	if ((norm = u8_normalize(UNINORM_NFC, s, len, small, &n)) == NULL)
		return false;
	same = n == len && memcmp(norm, s, len) == 0;
	if (norm != small)
		free(norm);
	return same;
}

static bool
is_noncharacter(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

uint32_t
text_forbidden(const uint8_t *s, size_t len)
{
	uint32_t isolate = 0;
	unsigned depth = 0;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c = s[i];

		n = 1;
		if (c >= 0x20 && c < 0x7f)
			continue;
		c = utf8_at(s + i, len - i, &n);
		if ((c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || is_noncharacter(c))
			return c == 0 ? 0x2400 : c;
		if (c >= 0x202a && c <= 0x202e)
			return c;
		if (c >= 0x2066 && c <= 0x2068) {
			isolate = c;
			depth++;
		} else if (c == 0x2069) {
			if (depth == 0)
				return c;
			depth--;
		} else if (c == '\n' && depth > 0) {
			return isolate;
		}
	}
	return depth > 0 ? isolate : 0;
}

bool
dec_u64(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (len == 0 || len > 20 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || v > (UINT64_MAX - (uint64_t)(s[i] - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*out = v;
	return v <= max;
}

bool
text_eq(const char *s, size_t len, const char *z)
{
	return strlen(z) == len && memcmp(s, z, len) == 0;
}
