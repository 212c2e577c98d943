/* Bech32: known values of the age specification and of BIP 173, round trips, and everything else refused. */
#include "crypt/bech32.h"
#include "tap.h"

/* C2SP age.md: the identity of 32 bytes 0x42, and its recipient. */
static const char secret[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
static const char recipient[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

static struct err e;

static int
decode(uint8_t out[32], const char *prefix, const char *s)
{
	return bech32_decode(out, 32, prefix, s, strlen(s), &e);
}

static void
test_known(void)
{
	uint8_t bytes[32], want[32];
	char text[100];

	memset(want, 0x42, sizeof want);
	is(decode(bytes, "AGE-SECRET-KEY-", secret), OK, "the identity of the specification");
	is_mem(bytes, want, sizeof want, "is 32 times 0x42");
	bech32_encode(text, "AGE-SECRET-KEY-", bytes, sizeof bytes);
	is_str(text, secret, "and is written as it stood");
	is(decode(bytes, "age", recipient), OK, "its recipient");
	bech32_encode(text, "age", bytes, sizeof bytes);
	is_str(text, recipient, "and is written as it stood");
	/* BIP 173, valid strings: no data, and data whose five-bit groups fill bytes exactly. */
	is(bech32_decode(bytes, 0, "a", "a12uel5l", 8, &e), OK, "BIP 173: no data");
	is(bech32_decode(bytes, 0, "A", "A12UEL5L", 8, &e), OK, "BIP 173: the same in capitals");
	bech32_encode(text, "A", bytes, 0);
	is_str(text, "A12UEL5L", "and written");
	is(bech32_decode(bytes, 20, "abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", 45, &e), OK, "BIP 173: every value");
	is_mem(bytes, "\x00\x44\x32\x14\xc7\x42\x54\xb6\x35\xcf\x84\x65\x3a\x56\xd7\xc6\x75\xbe\x77\xdf", 20, "in order");
}

static void
test_lengths(void)
{
	uint8_t bytes[40], again[40];
	char text[100];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		bech32_encode(text, "key-", bytes, len);
		ok(strlen(text) == BECH32_LEN(4, len) && bech32_decode(again, len, "key-", text, strlen(text), &e) == OK &&
		    memcmp(again, bytes, len) == 0, "%zu bytes there and back", len);
	}
}

/* Every change of one character to any other, and every swap of neighbours that differ. */
static void
test_changes(void)
{
	uint8_t bytes[32];
	char text[sizeof recipient];
	int changes = 0, swaps = 0, taken = 0;

	for (size_t i = 0; i < sizeof recipient - 1; i++) {
		for (int c = 1; c < 256; c++) {
			memcpy(text, recipient, sizeof text);
			text[i] = (char)c;
			if (text[i] == recipient[i])
				continue;
			changes++;
			taken += decode(bytes, "age", text) == OK;
		}
		memcpy(text, recipient, sizeof text);
		text[i] = recipient[i + 1];
		text[i + 1] = recipient[i];
		if (i + 2 < sizeof recipient && text[i] != text[i + 1]) {
			swaps++;
			taken += decode(bytes, "age", text) == OK;
		}
	}
	ok(taken == 0 && changes == 62 * 254 && swaps > 40, "none of %d changes and %d swaps is taken", changes, swaps);
}

static void
test_refusals(void)
{
	static const struct {
		const char *prefix, *text, *name, *says;
	} bad[] = {
		{ "age", "", "empty", "must start" },
		{ "age", "age1", "prefix alone", "62 are needed" },
		{ "age", "age", "prefix without separator", "must start" },
		{ "age", "AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", "in capitals", "must start" },
		{ "age", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwJ", "mixed case", "small letters" },
		{ "AGE-SECRET-KEY-", "age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex",
		    "a small identity", "must start" },
		{ "age", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n", "a line end", "62 are needed" },
		{ "age", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw", "a character missing", "62 are needed" },
		{ "age", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwq", "wrong checksum", "checksum" },
		{ "age", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwb", "a character that is none",
		    "does not belong" },
		{ "AGE-SECRET-KEY-", recipient, "the other kind of key", "must start" },
	};
	static const uint8_t zero[32];
	uint8_t bytes[32];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(bytes, 1, sizeof bytes);
		is(decode(bytes, bad[i].prefix, bad[i].text), ERR_INPUT, bad[i].name);
		ok(strstr(e.text, bad[i].says) != NULL && memcmp(bytes, zero, sizeof bytes) == 0, "says why, leaves nothing: %s",
		    e.text);
	}
	/* By an independent encoder, from the groups 31 28 and 31 29: one byte 0xff, its last group filled with 00 and with 01. */
	is(bech32_decode(bytes, 1, "a", "a1lu9cgf6y", 10, &e), OK, "zero bits after the end");
	is(bytes[0], 0xff, "one byte");
	is(bech32_decode(bytes, 1, "a", "a1lacwuu8k", 10, &e), ERR_INPUT, "a set bit after the end, under a right checksum");
	ok(strstr(e.text, "zero bits") != NULL, "is called so: %s", e.text);
}

int
main(void)
{
	test_known();
	test_lengths();
	test_changes();
	test_refusals();
	return tap_done();
}
