/* The pairing card: its exact text, every line's strictness, the words that are read out, and addresses. */
#include "exchange/card.h"

#include "tap.h"

#define CHARTER "9f2c000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
#define VKEY "tashkent-2000.diwan/kz/1+a1b2c3d4+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

#define WITNESS "tashkent-2000.diwan/kz/witness+1d5b2a40+BJ7l4mGQqL4nNGZbYw0mTGbZbB4H3oO6r3o0m2mKqkzN"
#define POUCH "age1qyqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s5ms3ka"

static const char text[] =
	"diwan-card-v2\n"
	"mechanism tashkent-2000\n"
	"charter " CHARTER "\n"
	"member kz\n"
	"address 127.0.0.1:7101\n"
	"log " VKEY "\n"
	"tls " PIN "\n"
	"witness " WITNESS "\n"
	"pouch " POUCH "\n";

static struct card
example(void)
{
	return (struct card){ .mechanism = "tashkent-2000", .member = "kz", .charter = CHARTER, .address = "127.0.0.1:7101",
		.vkey = VKEY, .tls_pin = PIN, .witness = WITNESS, .pouch = POUCH };
}

/* Read from an allocation of exactly that size. */
static int
read_exact(const char *s, size_t len, struct card *c, struct err *e)
{
	char *copy = malloc(len + (len == 0));
	int rc;

	memcpy(copy, s, len);
	rc = card_read(c, copy, len, e);
	free(copy);
	return rc;
}

static void
test_text(void)
{
	struct card c = example(), back;
	struct buf b = { 0 };
	struct err e;

	card_write(&b, &c);
	is_str(buf_cstr(&b), text, "the text, byte by byte");
	is(read_exact(text, sizeof text - 1, &back, &e), OK, "it is read");
	ok(strcmp(back.mechanism, c.mechanism) == 0 && strcmp(back.member, c.member) == 0 && strcmp(back.charter, c.charter) == 0 &&
	    strcmp(back.address, c.address) == 0 && strcmp(back.vkey, c.vkey) == 0 && strcmp(back.tls_pin, c.tls_pin) == 0 &&
	    strcmp(back.witness, c.witness) == 0 && strcmp(back.pouch, c.pouch) == 0, "every line comes back");
	buf_reset(&b);
	card_write(&b, &back);
	is_str(buf_cstr(&b), text, "and is written as it was");
	buf_free(&b);
}

/* A card of the form before, which nodes may still have stored: a member without a witness key and without a pouch. */
static void
test_before(void)
{
	struct buf b = { 0 };
	struct card back;
	struct err e;

	buf_str(&b, "diwan-card-v1");
	buf_add(&b, text + 13, (size_t)(strstr(text, "witness") - text) - 13);
	is(read_exact((const char *)b.data, b.len, &back, &e), OK, "a card of the form before is read");
	ok(strcmp(back.tls_pin, PIN) == 0 && strcmp(back.witness, "-") == 0 && strcmp(back.pouch, "-") == 0, "it has no such keys");
	buf_str(&b, "witness " WITNESS "\n");
	is(read_exact((const char *)b.data, b.len, &back, &e), ERR_INPUT, "and nothing may follow its last line");
	buf_free(&b);
}

/* The card with its first ${from} turned into ${to}. */
static int
with(const char *from, const char *to, struct err *e)
{
	const char *at = strstr(text, from);
	struct buf b = { 0 };
	struct card c;
	int rc;

	buf_add(&b, text, (size_t)(at - text));
	buf_str(&b, to);
	buf_str(&b, at + strlen(from));
	rc = read_exact((const char *)b.data, b.len, &c, e);
	buf_free(&b);
	return rc;
}

static void
test_strict(void)
{
	static char long_code[60], long_text[600];
	static const struct { const char *from, *to; int rc; const char *says; } t[] = {
		{ "diwan-card-v2", "diwan-card-v3", ERR_INPUT, "diwan-card-v2" },
		{ "diwan-card-v2", " diwan-card-v2", ERR_INPUT, "diwan-card-v2" },
		{ "diwan-card-v2\n", "diwan-card-v2\r\n", ERR_INPUT, "diwan-card-v2" },
		{ "diwan-card-v2\n", "diwan-card-v2\n\n", ERR_INPUT, "line 2" },
		{ "diwan-card-v2\n", "\xef\xbb\xbf" "diwan-card-v2\n", ERR_INPUT, "diwan-card-v2" },
		{ "mechanism ", "Mechanism ", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism ", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism  tashkent-2000", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism tashkent-2000 ", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism tashkent 2000", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism tashkent-2000\r", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanism ташкент", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", "mechanismtashkent-2000", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000\n", "", ERR_INPUT, "line 2" },
		{ "mechanism tashkent-2000", long_code, ERR_LIMIT, "line 2" },
		{ "member kz", long_code + 3, ERR_INPUT, "line 4" },
		{ "member kz", "member kz\x7f", ERR_INPUT, "line 4" },
		{ "member kz\n", "member kz\nmember kg\n", ERR_INPUT, "line 5" },
		{ CHARTER, "9f2c", ERR_INPUT, "charter" },
		{ CHARTER, CHARTER "00", ERR_LIMIT, "line 3" },
		{ "9f2c", "9F2C", ERR_INPUT, "charter" },
		{ "9f2c", "9f2g", ERR_INPUT, "charter" },
		{ "address 127.0.0.1:7101", "address 127.0.0.1", ERR_INPUT, "address" },
		{ "address 127.0.0.1:7101", long_text, ERR_LIMIT, "line 5" },
		{ "sha256//", "sha512//", ERR_INPUT, "tls" },
		{ "uFU=\n", "uFU\n", ERR_INPUT, "tls" },
		{ "uFU=\n", "uFV=\n", ERR_INPUT, "tls" },
		{ PIN "\n", "sha256//47DEQpj8HBSa\n", ERR_INPUT, "tls" },
		{ POUCH "\n", POUCH, ERR_INPUT, "line 9" },
		{ PIN "\n", PIN, ERR_LIMIT, "line 7" },
		{ POUCH "\n", POUCH "\n\n", ERR_INPUT, "last line" },
		{ POUCH "\n", POUCH "\nnote hello\n", ERR_INPUT, "last line" }
	};
	struct err e;

	memset(long_code, 'a', sizeof long_code - 1);
	memset(long_text, 'a', sizeof long_text - 1);
	memcpy(long_code, "mechanism ", 10);
	memcpy(long_text, "address ", 8);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int rc = with(t[i].from, t[i].to, &e);

		ok(rc == t[i].rc && strstr(e.text, t[i].says) != NULL, "\"%.*s\" as \"%.*s\": %s", (int)strcspn(t[i].from, "\n"),
		    t[i].from,
		    (int)strcspn(t[i].to, "\r\n"), t[i].to, rc == OK ? "accepted" : e.text);
	}
}

static void
test_cut(void)
{
	struct buf big = { 0 };
	struct card c;
	struct err e;
	size_t refused = 0;

	for (size_t len = 0; len < sizeof text - 1; len++)
		refused += read_exact(text, len, &c, &e) == ERR_INPUT;
	is(refused, sizeof text - 1, "a card cut off anywhere is refused");
	while (big.len <= CARD_MAX_BYTES)
		buf_str(&big, text);
	is(read_exact((const char *)big.data, big.len, &c, &e), ERR_LIMIT, "so is one of more than CARD_MAX_BYTES");
	buf_free(&big);
	is(with("member kz", "member k", &e), OK, "one letter is a member's code to the card; the charter knows better");
}

/* The words are in docs/exchange.md 6: these stay what they are, or two versions could not compare cards aloud. */
static void
test_words(void)
{
	struct card c = example();
	char words[CARD_WORDS_LEN], other[CARD_WORDS_LEN];
	int differ = 0;

	card_words(words, &c);
	is_str(words, "komos vimav rupot datim kojof roluk", "the words of the example");
	memcpy(c.address, "[::1]:65535", 12);
	card_words(other, &c);
	is_str(other, "ladub bafuj turab nagip volip loroz", "the words with another address");
	is(strlen(words), CARD_WORDS_LEN - 13, "six words of five letters");
	for (int i = 0; i < 64; i++) {
		struct card changed = example();

		changed.charter[i] = changed.charter[i] == '0' ? '1' : '0';
		card_words(other, &changed);
		differ += strcmp(words, other) != 0;
	}
	is(differ, 64, "any digit of the charter changes them");
	for (size_t i = 0; i < strlen(words); i++)
		if (strchr(i % 6 == 5 ? " " : i % 6 % 2 == 0 ? "bdfghjklmnprstvz" : "aiou", words[i]) == NULL)
			differ = 0;
	ok(differ == 64, "consonants and vowels take turns");
}

static void
test_addresses(void)
{
	static char longest[300], too_long[300];
	static const struct { const char *address, *host; unsigned port; } t[] = {
		{ "127.0.0.1:7101", "127.0.0.1", 7101 },
		{ "node.example:1", "node.example", 1 },
		{ "a:65535", "a", 65535 },
		{ "[::1]:7101", "::1", 7101 },
		{ "[fe80::1%eth0]:443", "fe80::1%eth0", 443 },
		{ "host_name-1:80", "host_name-1", 80 },
		{ longest, longest, 9 },
		{ too_long, NULL, 0 },
		{ "", NULL, 0 }, { ":", NULL, 0 }, { ":7101", NULL, 0 }, { "host", NULL, 0 }, { "host:", NULL, 0 },
		{ "host:0", NULL, 0 }, { "host:65536", NULL, 0 }, { "host:99999999999999999999", NULL, 0 },
		  { "host:07101", NULL, 0 },
		{ "host:+1", NULL, 0 }, { "host:-1", NULL, 0 }, { "host: 1", NULL, 0 }, { "host:1 ", NULL, 0 },
		  { "host:1a", NULL, 0 },
		{ "::1:7101", NULL, 0 }, { "::1", NULL, 0 }, { "[::1]", NULL, 0 }, { "[::1]7101", NULL, 0 },
		{ "ho st:1", NULL, 0 }, { "host/path:1", NULL, 0 }, { "user@host:1", NULL, 0 }, { "ho\nst:1", NULL, 0 },
		{ "хост:1", NULL, 0 }, { "host?x:1", NULL, 0 }, { "host#x:1", NULL, 0 }, { "[]:1", NULL, 0 },
		  { "[[::1]]:1", NULL, 0 },
		{ "[:1", NULL, 0 }, { "[host]:1", NULL, 0 }, { "[::1:1", NULL, 0 }, { "::1]:1", NULL, 0 }
	};
	char host[256], expected[300];
	unsigned port;
	struct err e;

	memset(longest, 'h', 255);
	memcpy(longest + 255, ":9", 3);
	memset(too_long, 'h', 256);
	memcpy(too_long + 256, ":9", 3);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int rc = address_split(t[i].address, host, &port, &e);

		snprintf(expected, sizeof expected, "%s", t[i].host == NULL ? "" : t[i].host);
		if (t[i].host == longest)
			expected[255] = '\0';
		if (t[i].host == NULL)
			ok(rc == ERR_INPUT && strstr(e.text, "address") != NULL, "\"%.*s\" is refused",
			    (int)strcspn(t[i].address, "\n"), t[i].address);
		else
			ok(rc == OK && strcmp(host, expected) == 0 && port == t[i].port, "\"%.40s\"", t[i].address);
	}
}

int
main(void)
{
	test_text();
	test_before();
	test_strict();
	test_cut();
	test_words();
	test_addresses();
	return tap_done();
}
