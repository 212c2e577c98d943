/* Windows-1252 rows in files that are otherwise UTF-8 (the rule stands in formats/dsv.h). */
#include "base/buf.h"
#include "base/text.h"
#include "formats/dsv.h"

/* Code points of 0x80..0x9F; 0 where Windows-1252 defines nothing (Unicode's published mapping table CP1252). */
static const uint16_t high[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
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
