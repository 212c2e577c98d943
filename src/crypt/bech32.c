#include "crypt/bech32.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define CHECK_CHARS 6

/* 32 bytes on one cache line: which of them is read cannot be seen from outside. */
static const char charset[32] __attribute__((aligned(64))) = {
	'q', 'p', 'z', 'r', 'y', '9', 'x', '8', 'g', 'f', '2', 't', 'v', 'd', 'w', '0',
	's', '3', 'j', 'n', '5', '4', 'k', 'h', 'c', 'e', '6', 'm', 'u', 'a', '7', 'l',
};

/* One step of the checksum: BIP 173's generator, a BCH code over GF(32). */
static uint32_t
step(uint32_t sum, unsigned value)
{
	static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		sum ^= (0u - (top >> i & 1)) & generator[i];
	return sum;
}

/* The checksum is computed over the lower-case prefix: high bits of each character, a zero, low bits of each. */
static uint32_t
sum_prefix(const char *prefix)
{
	uint32_t sum = 1;

	for (const char *p = prefix; *p != '\0'; p++)
		sum = step(sum, (unsigned)(*p | 0x20) >> 5);
	sum = step(sum, 0);
	for (const char *p = prefix; *p != '\0'; p++)
		sum = step(sum, (unsigned)(*p | 0x20) & 31);
	return sum;
}

/* 0x20 where the text is in capitals: what to take off a letter of charset. */
static unsigned
capital_bit(const char *prefix)
{
	return prefix[0] >= 'A' && prefix[0] <= 'Z' ? 0x20 : 0;
}

/* All of charset's letters have bit 0x40, its digits have not: no branch on the character. */
static char
put_char(unsigned value, unsigned capital)
{
	unsigned c = (unsigned char)charset[value & 31];

	return (char)(c & ~(c >> 1 & capital));
}

/* The value of ${c}; *${bad} is set if it has none. Every entry is compared, whichever it is. */
static unsigned
get_char(char c, unsigned capital, unsigned *bad)
{
	unsigned value = 0, found = 0;

	for (unsigned i = 0; i < 32; i++) {
		unsigned differs = (unsigned char)(c ^ put_char(i, capital));
		unsigned same = (differs - 1) >> 31;	/* 1 if differs is 0 */

		value |= (0u - same) & i;
		found |= same;
	}
	*bad |= found ^ 1;
	return value;
}

/* The ${g}th five bits of ${len} bytes; past the end come zero bits. */
static unsigned
get_five(const uint8_t *bytes, size_t len, size_t g)
{
	size_t at = g * 5 / 8;
	unsigned window = (unsigned)bytes[at] << 8 | (at + 1 < len ? bytes[at + 1] : 0);

	return window >> (11 - g * 5 % 8) & 31;
}

/* Put them there, into bytes that were zero. Answers the bits that fall past the end. */
static unsigned
put_five(uint8_t *bytes, size_t len, size_t g, unsigned value)
{
	size_t at = g * 5 / 8;
	unsigned window = value << (11 - g * 5 % 8);

	bytes[at] |= (uint8_t)(window >> 8);
	if (at + 1 == len)
		return window & 0xff;
	bytes[at + 1] |= (uint8_t)window;
	return 0;
}

void
bech32_encode(char *out, const char *prefix, const uint8_t *bytes, size_t len)
{
	unsigned capital = capital_bit(prefix);
	uint32_t sum = sum_prefix(prefix);

	memcpy(out, prefix, strlen(prefix));
	out += strlen(prefix);
	*out++ = '1';
	for (size_t g = 0; g * 5 < len * 8; g++) {
		unsigned value = get_five(bytes, len, g);

		sum = step(sum, value);
		*out++ = put_char(value, capital);
	}
	for (int i = 0; i < CHECK_CHARS; i++)
		sum = step(sum, 0);
	sum ^= 1;
	for (int i = CHECK_CHARS - 1; i >= 0; i--)
		*out++ = put_char(sum >> 5 * i, capital);
	*out = '\0';
}

int
bech32_decode(uint8_t *out, size_t out_len, const char *prefix, const char *s, size_t s_len, struct err *e)
{
	size_t prefix_len = strlen(prefix), want = BECH32_LEN(prefix_len, out_len);
	unsigned capital = capital_bit(prefix), bad = 0, filling = 0;
	uint32_t sum = sum_prefix(prefix);

	memset(out, 0, out_len);
	if (s_len <= prefix_len || memcmp(s, prefix, prefix_len) != 0 || s[prefix_len] != '1')
		return err_set(e, ERR_INPUT, "must start with \"%s1\"; is this the right kind of key?", prefix);
	if (s_len != want)
		return err_set(e, ERR_INPUT, "has %zu characters, %zu are needed; copy it whole, without spaces or line end",
		    s_len, want);
	s += prefix_len + 1;
	s_len -= prefix_len + 1;
	for (size_t g = 0; g < s_len; g++) {
		unsigned value = get_char(s[g], capital, &bad);

		sum = step(sum, value);
		if (g < s_len - CHECK_CHARS)
			filling |= put_five(out, out_len, g, value);
	}
	if (bad == 0 && sum == 1 && filling == 0)
		return OK;
	sodium_memzero(out, out_len);
	if (bad != 0)
		return err_set(e, ERR_INPUT, "holds a character that does not belong there (%s letters and digits, without %s); "
		    "copy it again", capital ? "capital" : "small", capital ? "B, I, O and 1" : "b, i, o and 1");
	if (sum != 1)
		return err_set(e, ERR_INPUT, "its checksum does not agree: a character is wrong or two are swapped; copy it again");
	return err_set(e, ERR_INPUT, "does not end in zero bits; it was not written by a correct program, ask for another");
}
