/* Sealed key files: opened by the passphrase, by nothing else, and not when anything in them was changed. */
#include <sodium.h>

#include "base/text.h"
#include "crypt/agefile.h"
#include "crypt/crypt.h"
#include "crypt/seal.h"
#include "crypt/secmem.h"
#include "tap.h"

#define BARE(purpose, name) "diwan-key-v1 " purpose " example.org/" name " AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define PASS "correct horse battery staple"

/* The least that Argon2 does, so that this test takes no time. */
static const struct seal_cost cheap = { 1, SEAL_MEM_MIN };
static const struct keyfile zero;
static struct keyfile key = { KEYFILE_POUCH, "example.org/kz", { 1, 2, 3 } };
static struct err e;

static int
make(struct buf *out, const char *pass)
{
	struct agefile_rng seed = { 7 };
	struct rng rng = { agefile_fill, &seed };

	buf_reset(out);
	return seal_make(out, &key, pass, strlen(pass), &cheap, &rng, &e);
}

static int
open_line(struct keyfile *out, const void *line, size_t len, const char *pass)
{
	struct seal s;
	int rc = seal_parse(&s, line, len, &e);

	memset(out, 1, sizeof *out);
	return rc != OK ? rc : seal_open(out, &s, pass, strlen(pass), &e);
}

static void
test_round_trip(void)
{
	struct buf line = { 0 }, again = { 0 };
	struct keyfile got;
	struct seal s;

	for (int p = KEYFILE_LOG; p <= KEYFILE_POUCH; p++) {
		key.purpose = (enum keyfile_purpose)p;
		is(make(&line, PASS), OK, keyfile_purpose_name(key.purpose));
		is(open_line(&got, line.data, line.len, PASS), OK, "is opened");
		is_mem(&got, &key, sizeof got, "as the same key");
	}
	ok(strncmp(buf_cstr(&line), "diwan-sealed-key-v1 pouch example.org/kz argon2id 1 8192 ", 57) == 0 &&
	    memchr(line.data, '\n', line.len) == line.data + line.len - 1, "as one line: %.57s", buf_cstr(&line));
	ok(strstr(buf_cstr(&line), "AQID") == NULL, "without its seed");
	seal_parse(&s, line.data, line.len, &e);
	ok(s.purpose == KEYFILE_POUCH && strcmp(s.name, "example.org/kz") == 0 && s.cost.ops == 1 &&
	    s.cost.mem_bytes == SEAL_MEM_MIN, "purpose, name and cost can be seen without opening");
	is(seal_format(&again, &s, &e), OK, "written again");
	ok(again.len == line.len && memcmp(again.data, line.data, line.len) == 0, "it is the same line");
	ok(seal_is(line.data, line.len) && !seal_is("diwan-key-v1 log a ", 19) && !seal_is(line.data, 5),
	    "and known from a bare key");
	make(&again, PASS "!");
	ok(strcmp(buf_cstr(&again), buf_cstr(&line)) != 0, "another passphrase gives another box");
	is(seal_make(&again, &key, PASS, strlen(PASS), &cheap, &rng_system, &e), OK, "sealed with true random bytes");
	is(seal_cost_default.ops, 3, "default cost: 3 passes");
	is(seal_cost_default.mem_bytes, 256 << 20, "over 256 MiB");
	buf_free(&line);
	buf_free(&again);
}

/* By the functions of libsodium alone: what the line is said to be in the documents. */
static void
test_by_hand(void)
{
	struct buf line = { 0 };
	const char *salt_at, *box_at;
	uint8_t salt[16], box[600], k[32], text[600];
	unsigned long long text_len = 0;
	long n;

	make(&line, PASS);
	box_at = strrchr(buf_cstr(&line), ' ') + 1;
	salt_at = box_at - 25;
	is(base64_decode(salt, sizeof salt, salt_at, 24), 16, "16 bytes of salt");
	n = base64_decode(box, sizeof box, box_at, strlen(box_at) - 1);
	is(crypto_pwhash(k, sizeof k, PASS, strlen(PASS), salt, 1, 8192, crypto_pwhash_ALG_ARGON2ID13), 0, "Argon2id");
	is(crypto_aead_xchacha20poly1305_ietf_decrypt(text, &text_len, NULL, box + 24, (unsigned long long)n - 24, line.data,
	    (size_t)(box_at - buf_cstr(&line)), box, k), 0, "XChaCha20-Poly1305 of what stands before the box");
	ok(text_len == strlen(BARE("pouch", "kz")) && memcmp(text, BARE("pouch", "kz"), text_len) == 0, "the key file");
	buf_free(&line);
}

static void
test_wrong(void)
{
	static const char *const wrong[] = {
		"", "x", "correct horse battery stapl", PASS " ", PASS "\n", "Correct horse battery staple",
	};
	char big[SEAL_PASS_MAX + 2];
	struct buf line = { 0 };
	struct keyfile got;
	struct seal s;
	struct seal_cost cost;
	int codes[20] = { 0 };
	bool good = true;

	make(&line, PASS);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		is(open_line(&got, line.data, line.len, wrong[i]), ERR_DENIED, "a wrong passphrase");
		ok(memcmp(&got, &zero, sizeof got) == 0 && strstr(e.text, "passphrase") != NULL &&
		    (wrong[i][0] == '\0' || strlen(wrong[i]) < 5 || strstr(e.text, wrong[i]) == NULL), "gives nothing: %s", e.text);
	}
	memset(big, 'x', sizeof big);
	big[SEAL_PASS_MAX + 1] = '\0';
	is(open_line(&got, line.data, line.len, big), ERR_DENIED, "a passphrase longer than any");
	for (size_t i = 0; i < line.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			int rc;

			line.data[i] ^= (uint8_t)(1 << bit);
			/* Costs that a flip makes dear, though still allowed, are not paid here: their parse is what matters. */
			rc = seal_parse(&s, line.data, line.len, &e);
			if (rc == OK && s.cost.ops <= 9 && s.cost.mem_bytes <= 100000)
				rc = seal_open(&got, &s, PASS, strlen(PASS), &e);
			codes[-rc]++;
			good &= rc != OK && memcmp(&got, &zero, sizeof got) == 0;
			line.data[i] ^= (uint8_t)(1 << bit);
		}
	ok(good, "each of %zu flipped bits is refused: %d malformed, %d unknown, %d denied", line.len * 8, codes[-ERR_INPUT],
	    codes[-ERR_UNKNOWN], codes[-ERR_DENIED]);
	ok(codes[-ERR_DENIED] > 300, "most of them because the box does not open");
	for (size_t len = 0; len < line.len; len++)
		good &= seal_parse(&s, line.data, len, &e) == ERR_INPUT && strlen(e.text) > 20;
	ok(good, "so is each of %zu cut lines", line.len);
	is(seal_make(&line, &key, "", 0, &cheap, &rng_system, &e), ERR_INPUT, "nothing is sealed with an empty passphrase");
	is(seal_make(&line, &key, big, SEAL_PASS_MAX + 1, &cheap, &rng_system, &e), ERR_LIMIT, "nor with an endless one");
	is(seal_make(&line, &key, big, SEAL_PASS_MAX, &cheap, &rng_system, &e), OK, "a long one will do");
	for (int i = 0; i < 4; i++) {
		cost = (struct seal_cost[]){ { 0, 8192 }, { 11, 8192 }, { 1, 8191 }, { 1, SEAL_MEM_MAX + 1 } }[i];
		is(seal_make(&line, &key, "x", 1, &cost, &rng_system, &e), ERR_INPUT, "nor at a cost out of bounds");
	}
	key.name[0] = 'E';
	is(seal_make(&line, &key, "x", 1, &cheap, &rng_system, &e), ERR_INPUT, "nor under a bad name");
	key.name[0] = 'e';
	buf_free(&line);
}

/* A line whose box opens, but holds a key of another purpose or name: only its maker can have done that. */
static void
test_liar(void)
{
	static const char *const texts[] = { BARE("log", "kz"), BARE("pouch", "uz"), "not a key file\n" };
	struct buf line = { 0 };
	struct keyfile got;
	struct seal s;
	uint8_t k[32];
	char head[200], salt[BASE64_LEN(16) + 1];
	unsigned long long n;

	make(&line, PASS);
	seal_parse(&s, line.data, line.len, &e);
	is(crypto_pwhash(k, sizeof k, PASS, strlen(PASS), s.salt, 1, 8192, crypto_pwhash_ALG_ARGON2ID13), 0, "its key");
	base64_encode(salt, s.salt, 16);
	for (int i = 0; i < 3; i++) {
		snprintf(head, sizeof head, "diwan-sealed-key-v1 pouch example.org/kz argon2id 1 8192 %s ", salt);
		crypto_aead_xchacha20poly1305_ietf_encrypt(s.box, &n, (const uint8_t *)texts[i], strlen(texts[i]),
		    (uint8_t *)head, strlen(head), NULL, s.nonce, k);
		s.box_len = (size_t)n;
		is(seal_open(&got, &s, PASS, strlen(PASS), &e), i == 2 ? ERR_INPUT : ERR_VERIFY, e.text);
		is_mem(&got, &zero, sizeof got, "gives nothing");
	}
	buf_free(&line);
}

static void
test_refusals(void)
{
#define SALT " AAAAAAAAAAAAAAAAAAAAAA=="
#define BOX " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"	/* 24 + 21 bytes */
	static const struct {
		const char *text;
		int want;
		const char *name;
	} c[] = {
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX "\n", OK, "well formed" },
		{ "diwan-sealed-key-v1 log a argon2id 10 1073741824" SALT BOX "\n", OK, "as dear as allowed" },
		{ "diwan-sealed-key-v1 log a argon2id 11 8192" SALT BOX "\n", ERR_LIMIT, "more passes" },
		{ "diwan-sealed-key-v1 log a argon2id 1 1073741825" SALT BOX "\n", ERR_LIMIT, "more memory" },
		{ "diwan-sealed-key-v1 log a argon2id 4294967295 4294967295" SALT BOX "\n", ERR_LIMIT, "far more of both" },
		{ "diwan-sealed-key-v1 log a argon2id 1 4294967296" SALT BOX "\n", ERR_INPUT, "a number out of range" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8191" SALT BOX "\n", ERR_INPUT, "less memory than Argon2 has" },
		{ "diwan-sealed-key-v1 log a argon2id 0 8192" SALT BOX "\n", ERR_INPUT, "no pass" },
		{ "diwan-sealed-key-v1 log a argon2id 01 8192" SALT BOX "\n", ERR_INPUT, "a leading zero" },
		{ "diwan-sealed-key-v1 log a argon2id -1 8192" SALT BOX "\n", ERR_INPUT, "a sign" },
		{ "diwan-sealed-key-v1 log a argon2i 1 8192" SALT BOX "\n", ERR_UNKNOWN, "another derivation" },
		{ "diwan-sealed-key-v2 log a argon2id 1 8192" SALT BOX "\n", ERR_UNKNOWN, "a later version" },
		{ "diwan-sealed-key-v10 log a argon2id 1 8192" SALT BOX "\n", ERR_INPUT, "a version that only begins right" },
		{ "diwan-sealed-key-v1 vote a argon2id 1 8192" SALT BOX "\n", ERR_UNKNOWN, "unknown purpose" },
		{ "diwan-sealed-key-v1 log A argon2id 1 8192" SALT BOX "\n", ERR_INPUT, "capital in the name" },
		{ "diwan-sealed-key-v1 log  argon2id 1 8192" SALT BOX "\n", ERR_INPUT, "no name" },
		{ "diwan-sealed-key-v1  log a argon2id 1 8192" SALT BOX "\n", ERR_INPUT, "two spaces" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX, ERR_INPUT, "no line feed" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX "\n\n", ERR_INPUT, "two line feeds" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX "\r\n", ERR_INPUT, "a carriage return" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192\n" SALT BOX "\n", ERR_INPUT, "a line feed inside" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT "\n", ERR_INPUT, "no box" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX " x\n", ERR_INPUT, "a word more" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192 AAAA" BOX "\n", ERR_INPUT, "a short salt" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192 AAAAAAAAAAAAAAAAAAAAAB==" BOX "\n", ERR_INPUT, "bits after the salt" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT SALT "\n", ERR_INPUT, "a box too short for nonce and tag" },
		{ "diwan-sealed-key-v1 log a argon2id 1 8192" SALT BOX "A\n", ERR_INPUT, "a box that is no base64" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", ERR_INPUT, "a bare key" },
		{ "", ERR_INPUT, "nothing" },
	};
	char big[SEAL_MAX_BYTES + 1];
	struct seal s;

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		snprintf(e.text, sizeof e.text, "-");
		is(seal_parse(&s, c[i].text, strlen(c[i].text), &e), c[i].want, c[i].name);
		ok((c[i].want == OK) == (strcmp(e.text, "-") == 0) && strlen(e.text) < 250, "%s", e.text);
	}
	memset(big, 'a', sizeof big);
	memcpy(big, "diwan-sealed-key-v1 ", 20);
	is(seal_parse(&s, big, sizeof big, &e), ERR_LIMIT, "too long");
	is(seal_parse(&s, big, sizeof big - 1, &e), ERR_INPUT, "nearly too long");
}

int
main(void)
{
	crypt_init(&e);
	test_round_trip();
	test_by_hand();
	test_wrong();
	test_liar();
	test_refusals();
	return tap_done();
}
