/* Hex, base64, UTF-8, normal form, characters that deceive, decimal numbers. */
#include "base/text.h"

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "tap.h"

static void
test_hex(void)
{
	static const uint8_t bytes[] = { 0x00, 0x9f, 0xff };
	uint8_t back[3];
	char text[7];

	hex_encode(text, bytes, 3);
	is_str(text, "009fff", "hex");
	ok(hex_decode(back, 3, "009fff", 6) && memcmp(back, bytes, 3) == 0, "and back");
	ok(!hex_decode(back, 3, "009fff", 5) && !hex_decode(back, 3, "009FFF", 6) && !hex_decode(back, 3, "009ffg", 6) &&
	    !hex_decode(back, 3, " 09fff", 6), "nothing but lower-case digits of the right number");
}

/* RFC 4648 section 10, and what a lenient decoder would take. */
static void
test_base64(void)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "=Zg=", "Zm9v\n",
	    " Zm9", "Zm9_", "Zm-v",
	    "Z\x80" "9v" };
	uint8_t all[256], back[256];
	char text[BASE64_LEN(256) + 1];

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		size_t n = strlen(pairs[i][0]);

		base64_encode(text, (const uint8_t *)pairs[i][0], n);
		is_str(text, pairs[i][1], pairs[i][0]);
		ok(base64_decode(back, n, text, strlen(text)) == (long)n && memcmp(back, pairs[i][0], n) == 0, "and back");
		ok(n == 0 || base64_decode(back, n - 1, text, strlen(text)) == -1, "not into less room");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(base64_decode(back, sizeof back, bad[i], strlen(bad[i])) == -1, "refuses bad base64 %zu", i);
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	base64_encode(text, all, 256);
	ok(base64_decode(back, 256, text, strlen(text)) == 256 && memcmp(all, back, 256) == 0, "all bytes");
}

/* Every code point and every two bytes against the library. */
static void
test_utf8(void)
{
	static const struct { const char *s; size_t len, valid; } cases[] = {
		{ "abc", 3, 3 }, { "a\x80", 2, 1 }, { "\xc0\x80", 2, 0 }, { "\xc1\xbf", 2, 0 }, { "\xe0\x9f\xbf", 3, 0 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 }, { "\xf4\x90\x80\x80", 4, 0 }, { "\xf5\x80\x80\x80", 4, 0 }, { "\xe2\x82", 2, 0 },
		{ "12345678\xff", 9, 8 }, { "1234567\xff", 8, 7 }, { "\xd0\xaf\xd0", 3, 2 },
	};
	uint8_t s[6];
	int wrong = 0;
	size_t n;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is(utf8_valid((const uint8_t *)cases[i].s, cases[i].len), cases[i].valid, "valid prefix");
	for (uint32_t c = 0; c < 0x110000; c++) {
		int len = u8_uctomb(s, c, 6);

		if (len < 0)
			continue;
		wrong += utf8_valid(s, (size_t)len) != (size_t)len || utf8_at(s, (size_t)len, &n) != c || n != (size_t)len;
	}
	is(wrong, 0, "every code point");
	for (unsigned v = 0; v < 0x10000; v++) {
		s[0] = (uint8_t)(v >> 8);
		s[1] = (uint8_t)v;
		wrong += (utf8_valid(s, 2) == 2) != (u8_check(s, 2) == NULL);
	}
	is(wrong, 0, "every two bytes");
	ok(utf8_at((const uint8_t *)"\xff", 1, &n) == 0xfffd && n == 1, "a byte that is none counts as one character");
}

static bool
nfc(const char *s)
{
	return text_is_nfc((const uint8_t *)s, strlen(s));
}

/*
 * Every code point alone, and before and behind others that change what follows them, against the library. A code point that
 * the short way
 * took by mistake would show here.
 */
static void
test_nfc(void)
{
	static const uint32_t beside[] = { 'e', 0x301, 0x323, 0x338, 0x653, 0x93c, 0x1100, 0x1161, 0x11a8, 0x3099, 0xac00,
	    0x626, 0x439 };
	uint8_t s[16], out[64];
	int wrong = 0;

	ok(nfc("\xc3\xa9") && !nfc("e\xcc\x81"), "composed, decomposed");
	ok(nfc("\xd0\xb9") && !nfc("\xd0\xb8\xcc\x86"), "Cyrillic");
	ok(nfc("\xd8\xa2") && !nfc("\xd8\xa7\xd9\x93"), "Arabic");
	ok(nfc("\xd9\x82\xd8\xb1\xd9\x82\xdb\x8c\xd8\xb2\xe2\x80\x8c\xd8\xb3"), "Persian with a zero-width non-joiner");
	ok(!nfc("\xe2\x84\xa6") && !nfc("\xe1\x84\x80\xe1\x85\xa1") && nfc("\xea\xb0\x80"), "singletons, Hangul");
	ok(!nfc("a\xcc\x81\xcc\xa3"), "marks out of order");
	for (uint32_t c = 0x20; c < 0x30000; c++)
		for (size_t i = 0; i < 2 * sizeof beside / sizeof beside[0]; i++) {
			uint32_t other = beside[i / 2];
			size_t len = 0, n = sizeof out;
			int a = u8_uctomb(s, i & 1 ? c : other, 6), b;

			if (a < 0)
				continue;
			len = (size_t)a;
			if ((b = u8_uctomb(s + len, i & 1 ? other : c, 6)) < 0)
				continue;
			len += (size_t)b;
			if (u8_normalize(UNINORM_NFC, s, len, out, &n) == NULL)
				continue;
			wrong += text_is_nfc(s, len) != (n == len && memcmp(s, out, n) == 0);
		}
	is(wrong, 0, "every code point beside those that change their neighbours");
}

static uint32_t
forbidden(const char *s)
{
	return text_forbidden((const uint8_t *)s, strlen(s));
}

static void
test_forbidden(void)
{
	uint8_t s[6];
	int wrong = 0;

	is(forbidden("plain\ttext\n"), 0, "tab and newline");
	is(forbidden("a\rb"), '\r', "carriage return");
	is(forbidden("a\x7f"), 0x7f, "delete");
	is(forbidden("a\xc2\x85"), 0x85, "C1 control");
	is(forbidden("user\xe2\x80\xae" "txt.exe"), 0x202e, "right-to-left override");
	is(forbidden("\xe2\x80\xaa" "a\xe2\x80\xac"), 0x202a, "embedding, though closed");
	is(forbidden("\xe2\x81\xa7" "a"), 0x2067, "isolate not closed");
	is(forbidden("\xe2\x81\xa7" "a\n\xe2\x81\xa9"), 0x2067, "isolate closed on another line");
	is(forbidden("a\xe2\x81\xa9"), 0x2069, "close without isolate");
	is(forbidden("\xe2\x81\xa6" "a\xe2\x81\xa8" "b\xe2\x81\xa9" "c\xe2\x81\xa9"), 0, "isolates in isolates");
	is(forbidden("\xe2\x80\x8f" "a\xe2\x80\x8e\xd8\x9c"), 0, "marks");
	is(forbidden("\xef\xbf\xbe"), 0xfffe, "non-character");
	ok(text_forbidden((const uint8_t *)"a\0b", 3) != 0, "NUL");
	for (uint32_t c = 1; c < 0x110000; c++) {
		int n = u8_uctomb(s, c, 6);
		bool control = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0);
		bool non = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
		bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);

		if (n > 0)
			wrong += (text_forbidden(s, (size_t)n) == c) != (control || non || bidi);
	}
	is(wrong, 0, "every code point alone");
}

static void
test_decimal(void)
{
	uint64_t v = 7;

	ok(dec_u64("0", 1, 9, &v) && v == 0, "0");
	ok(dec_u64("18446744073709551615", 20, UINT64_MAX, &v) && v == UINT64_MAX, "2^64 - 1");
	ok(!dec_u64("18446744073709551616", 20, UINT64_MAX, &v), "2^64");
	ok(!dec_u64("", 0, 9, &v) && !dec_u64("01", 2, 9, &v) && !dec_u64("+1", 2, 9, &v) && !dec_u64("1 ", 2, 9, &v) &&
	    !dec_u64("-1", 2, 9, &v),
	    "nothing but digits, no leading zero");
	ok(!dec_u64("10", 2, 9, &v), "above the bound");
	ok(text_eq("abc", 3, "abc") && !text_eq("abc", 2, "abc") && !text_eq("abd", 3, "abc") && text_eq("", 0, ""), "text_eq");
}

int
main(void)
{
	test_hex();
	test_base64();
	test_utf8();
	test_nfc();
	test_forbidden();
	test_decimal();
	return tap_done();
}
