/* The header of age files, rule by rule: stanzas beside ours, under a right MAC, so that nothing but the rule refuses them. */
#include <nettle/hmac.h>

#include "base/text.h"
#include "crypt/agefile.h"
#include "crypt/age_header.h"
#include "crypt/crypt.h"
#include "tap.h"

#define VERSION "age-encryption.org/v1\n"
#define A20 "AAAAAAAAAAAAAAAAAAAA"
#define A43 A20 A20 "AAA"
#define A64 A20 A20 A20 "AAAA"
#define OURS "-> X25519 "

static struct age_identity alice, bob;
static struct err e;
static uint8_t file_key[AGE_FILE_KEY_BYTES];

/* What agefile_make writes for an empty text, in parts. */
static struct buf stanza, payload;

static void
make_parts(void)
{
	struct agefile_rng rng = { 1 };
	struct buf file = { 0 };
	size_t seen = 0, head;

	agefile_fill(&rng, file_key, sizeof file_key);
	agefile_make(&file, &alice.public, 1, "", 0, 1, &e);
	head = age_header_len(file.data, file.len, &seen);
	is(head, 168, "length of a header for one");
	buf_add(&stanza, file.data + strlen(VERSION), head - strlen(VERSION) - 48);
	buf_add(&payload, file.data + head, file.len - head);
	buf_free(&file);
}

/* A file whose header is ${head} up to its end mark, with a right MAC. */
static void
forge(struct buf *file, const struct buf *head)
{
	struct hmac_sha256_ctx ctx;
	uint8_t key[32], mac[32];
	char text[BASE64_LEN(32) + 1];

	age_hkdf(key, file_key, sizeof file_key, (const uint8_t *)"", 0, "header");
	buf_add(file, head->data, head->len);
	buf_str(file, "---");
	hmac_sha256_set_key(&ctx, sizeof key, key);
	hmac_sha256_update(&ctx, file->len, file->data);
	hmac_sha256_digest(&ctx, sizeof mac, mac);
	base64_encode(text, mac, sizeof mac);
	buf_fmt(file, " %.43s\n", text);
	buf_add(file, payload.data, payload.len);
}

/* What a file of ${version}, ${before}, our stanza if ${ours}, and ${after} is answered; read in pieces of ${piece}. */
static int
try(const char *version, const char *before, bool ours, const char *after, size_t piece)
{
	struct buf head = { 0 }, file = { 0 }, out = { 0 };
	int rc;

	buf_str(&head, version);
	buf_str(&head, before);
	if (ours)
		buf_add(&head, stanza.data, stanza.len);
	buf_str(&head, after);
	forge(&file, &head);
	snprintf(e.text, sizeof e.text, "-");
	rc = agefile_open(&out, &alice, 1, file.data, file.len, piece, &e);
	buf_free(&head);
	buf_free(&file);
	buf_free(&out);
	return rc;
}

/* A stanza before ours and after ours: the rules do not depend on whether ours was seen. */
static void
test_stanzas(void)
{
	static const struct {
		const char *text;
		int want;
		const char *name;
	} c[] = {
		{ "", OK, "ours alone" },
		{ "-> grease\n\n", OK, "an unknown stanza with an empty body" },
		{ "-> other.example/type a b c\nQUJD\n", OK, "one with arguments and a body" },
		{ "-> x !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\nQQ\n", OK, "one with all kinds of characters" },
		{ "-> x\n" A64 "\n\n", OK, "a body of 48 bytes" },
		{ "-> x\n" A64 "\n" A64 "\nQUI\n", OK, "a body of 98 bytes" },
		{ "-> x25519 " A43 "\n" A43 "\n", OK, "the type in small letters is another type" },
		{ "-> X25519x " A43 "\n" A43 "\n", OK, "a longer type is another type" },
		{ "-> --- a\n\n", OK, "a type that looks like the end" },
		{ "-> mlkem768x25519 " A64 A64 A64 "\n" A43 "\n", OK, "a long argument" },
		{ "-> x\n" A64 "\n", ERR_INPUT, "a body without a short last line" },
		{ "-> x\n" A64 "A\n", ERR_INPUT, "a line of 65" },
		{ "-> x\n" A64 "AAAA\n", ERR_INPUT, "a line of 68" },
		{ "-> x\nQUJD\nQUJD\n", ERR_INPUT, "two short lines" },
		{ "-> x\n", ERR_INPUT, "no body" },
		{ "-> x\nQQ==\n", ERR_INPUT, "padding" },
		{ "-> x\nQR\n", ERR_INPUT, "bits after the last byte" },
		{ "-> x\nQ\n", ERR_INPUT, "a character alone" },
		{ "-> x\nQU J\n", ERR_INPUT, "a space in the body" },
		{ "-> x\nQU-_\n", ERR_INPUT, "the alphabet of URLs" },
		{ "-> x\r\n\n", ERR_INPUT, "a carriage return in the arguments" },
		{ "-> x\n\r\n", ERR_INPUT, "a carriage return in the body" },
		{ "->\n\n", ERR_INPUT, "no arguments" },
		{ "-> \n\n", ERR_INPUT, "an empty argument" },
		{ "->  x\n\n", ERR_INPUT, "two spaces at the start" },
		{ "-> x  y\n\n", ERR_INPUT, "two spaces inside" },
		{ "-> x \n\n", ERR_INPUT, "a space at the end" },
		{ "-> x \x7f\n\n", ERR_INPUT, "a control character" },
		{ "-> x\ty\n\n", ERR_INPUT, "a tab" },
		{ "-> é\n\n", ERR_INPUT, "beyond ASCII" },
		{ "->x\n\n", ERR_INPUT, "no space after the mark" },
		{ "> x\n\n", ERR_INPUT, "another mark" },
		{ "\n", ERR_INPUT, "an empty line" },
		{ "-- \n", ERR_INPUT, "half an end" },
		{ "-> X25519\n" A43 "\n", ERR_INPUT, "X25519 without a share" },
		{ OURS A43 " x\n" A43 "\n", ERR_INPUT, "X25519 with another argument" },
		{ OURS A20 A20 "AA\n" A43 "\n", ERR_INPUT, "a share of 31 bytes" },
		{ OURS A20 A20 "AAAA\n" A43 "\n", ERR_INPUT, "a share of 33 bytes" },
		{ OURS A20 A20 "AAB\n" A43 "\n", ERR_INPUT, "a share with bits after its end" },
		{ OURS A43 "=\n" A43 "\n", ERR_INPUT, "a share with padding" },
		{ OURS A64 A64 "\n" A43 "\n", ERR_INPUT, "a share far too long" },
		{ OURS A43 "\n" A20 A20 "AA\n", ERR_INPUT, "a body of 31 bytes" },
		{ OURS A43 "\n" A20 A20 "AAAA\n", ERR_INPUT, "a body of 33 bytes" },
		{ OURS A43 "\n" A64 "\n" A43 "\n", ERR_INPUT, "a body of 80 bytes" },
		{ OURS A43 "\n\n", ERR_INPUT, "an empty body" },
		{ "-> scrypt bBjlhJVYZeE4aqUdmtRHfw 15\n" A43 "\n", ERR_INPUT, "a passphrase beside a key" },
	};

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		is(try(VERSION, c[i].text, true, "", 0), c[i].want, c[i].name);
		ok(c[i].want == OK || strstr(e.text, "ask the sender") != NULL, "before ours: %s", e.text);
		is(try(VERSION, "", true, c[i].text, 1), c[i].want, "and after ours");
	}
	is(try(VERSION, OURS A43 "\n" A43 "\n", true, "", 0), ERR_INPUT, "a share of low order");
	ok(strstr(e.text, "low order") != NULL, "is called so: %s", e.text);
	is(try(VERSION, "", true, OURS A43 "\n" A43 "\n", 0), OK, "but stanzas after the one that opens are not tried");
}

static void
test_whole(void)
{
	struct buf many = { 0 };

	is(try(VERSION, "", false, "", 0), ERR_INPUT, "no stanza");
	is(try(VERSION, "-> grease\n\n", false, "", 0), ERR_DENIED, "no stanza of ours");
	is(try(VERSION, "-> scrypt bBjlhJVYZeE4aqUdmtRHfw 15\n" A43 "\n", false, "", 0), ERR_DENIED, "a passphrase alone");
	ok(strstr(e.text, "passphrase") != NULL, "is called so: %s", e.text);
	is(try("age-encryption.org/v2\n", "", true, "", 0), ERR_UNKNOWN, "a later version");
	is(try("age-encryption.org/v1 \n", "", true, "", 0), ERR_UNKNOWN, "a space after the version");
	is(try("age-encryption.org/v1\r\n", "", true, "", 0), ERR_UNKNOWN, "a carriage return after it");
	is(try("-----BEGIN AGE ENCRYPTED FILE-----\n", "", true, "", 0), ERR_INPUT, "armour");
	ok(strstr(e.text, "armor") != NULL, "is called so: %s", e.text);
	is(try("-----BEGIN PGP MESSAGE-----\n", "", true, "", 0), ERR_INPUT, "something else");
	ok(strstr(e.text, "right file") != NULL, "is called so: %s", e.text);
	for (int i = 0; i < AGE_RECIPIENTS_MAX - 1; i++)
		buf_str(&many, "-> x\n\n");
	is(try(VERSION, buf_cstr(&many), true, "", 0), OK, "as many stanzas as allowed");
	is(try(VERSION, buf_cstr(&many), true, "-> x\n\n", 0), ERR_LIMIT, "one more");
	buf_reset(&many);
	buf_str(&many, "-> x\n");
	while (many.len < AGE_HEADER_MAX_BYTES - 300)
		buf_str(&many, A64 "\n");
	buf_str(&many, "\n");
	is(try(VERSION, buf_cstr(&many), true, "", 1), OK, "nearly as many bytes as allowed, one by one");
	for (int i = 0; i < 5; i++)
		buf_str(&many, "-> x\n" A43 "\n");
	is(try(VERSION, buf_cstr(&many), true, "", 0), ERR_LIMIT, "more than that");
	buf_reset(&many);
	while (many.len < 3 * AGE_HEADER_MAX_BYTES)
		buf_str(&many, A64);
	is(try(VERSION "-> ", buf_cstr(&many), true, "", 0), ERR_LIMIT, "a line without end");
	is(try("", buf_cstr(&many), true, "", 0), ERR_INPUT, "no age file, and long");
	buf_free(&many);
}

/* The last line, in place of the right one; %s is the right MAC. */
static void
test_end(void)
{
	static const struct {
		const char *line;
		int want;
		const char *name;
	} c[] = {
		{ "--- %s\n", OK, "as it should be" },
		{ "---\n", ERR_INPUT, "no MAC" },
		{ "--- \n", ERR_INPUT, "an empty MAC" },
		{ "---%s\n", ERR_INPUT, "no space" },
		{ "---  %s\n", ERR_INPUT, "two spaces" },
		{ "--- %s \n", ERR_INPUT, "a space at the end" },
		{ "--- %s=\n", ERR_INPUT, "padding" },
		{ "--- %s\r\n", ERR_INPUT, "a carriage return" },
		{ "--- %sA\n", ERR_INPUT, "33 bytes" },
		{ "--- %.42s\n", ERR_INPUT, "31 bytes" },
		{ "--- %.42s/\n", ERR_INPUT, "bits after the end" },
		{ "--- " A43 "\n", ERR_VERIFY, "another MAC" },
		{ "---- %s\n", ERR_INPUT, "a longer mark" },
		{ "--- %s", ERR_INPUT, "no line end" },
	};
	struct buf head = { 0 }, file = { 0 }, out = { 0 };
	char mac[44], line[80];

	buf_str(&head, VERSION);
	buf_add(&head, stanza.data, stanza.len);
	forge(&file, &head);
	memcpy(mac, file.data + head.len + 4, 43);
	mac[43] = '\0';
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const char *s = strstr(c[i].line, "%");
		int n = s != NULL && s[1] == '.' ? 42 : 43;

		snprintf(line, sizeof line, "%.*s%.*s%s", s ? (int)(s - c[i].line) : 80, c[i].line, s ? n : 0, mac,
		    s ? strchr(s, 's') + 1 : "");
		buf_reset(&file);
		buf_add(&file, head.data, head.len);
		buf_str(&file, line);
		/* Without line end the payload must bring none by chance, so it is left out. */
		if (strchr(line, '\n') != NULL)
			buf_add(&file, payload.data, payload.len);
		is(agefile_open(&out, &alice, 1, file.data, file.len, 0, &e), c[i].want, c[i].name);
	}
	is(agefile_open(&out, &bob, 1, file.data, file.len, 0, &e), ERR_INPUT, "malformed comes before not for this key");
	buf_free(&head);
	buf_free(&file);
	buf_free(&out);
}

int
main(void)
{
	crypt_init(&e);
	age_identity_from_seed(&alice, (const uint8_t *)"alice's seed, thirty-two bytes..");
	age_identity_from_seed(&bob, (const uint8_t *)"bob's seed, also thirty-two byte");
	make_parts();
	test_stanzas();
	test_whole();
	test_end();
	buf_free(&stanza);
	buf_free(&payload);
	return tap_done();
}
