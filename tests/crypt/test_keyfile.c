/* Key files: what is written is read back, and nothing else is read. */
#include "crypt/keyfile.h"
#include "tap.h"

static const char good[] = "diwan-key-v1 log example.org/kz/2026 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

static void
test_round_trip(void)
{
	struct keyfile k;
	struct buf out = { 0 };
	struct err e;

	is(keyfile_parse(&k, good, strlen(good), &e), OK, "a good line is read");
	is(k.purpose, KEYFILE_LOG, "purpose");
	is_str(k.name, "example.org/kz/2026", "name");
	is(k.seed[31], 0x1f, "last byte of the seed");
	for (int p = KEYFILE_LOG; p <= KEYFILE_POUCH; p++) {
		struct keyfile again;

		k.purpose = (enum keyfile_purpose)p;
		buf_reset(&out);
		is(keyfile_format(&out, &k, &e), OK, keyfile_purpose_name(k.purpose));
		ok(keyfile_parse(&again, out.data, out.len, &e) == OK && memcmp(&again, &k, sizeof k) == 0,
		    "reads back the same");
	}
	k.purpose = KEYFILE_LOG;
	buf_reset(&out);
	keyfile_format(&out, &k, &e);
	is_str(buf_cstr(&out), good, "and is written as it stood");
	snprintf(k.name, sizeof k.name, "two words");
	is(keyfile_format(&out, &k, &e), ERR_INPUT, "a name with a space is not written");
	buf_wipe(&out);
	keyfile_wipe(&k);
	is(k.seed[31] | k.name[0], 0, "wiped");
}

static void
test_refusals(void)
{
	static const struct {
		const char *text;
		int want;
		const char *name;
	} bad[] = {
		{ "", ERR_INPUT, "empty" },
		{ "-----BEGIN PRIVATE KEY-----\n", ERR_INPUT, "some other key" },
		{ "diwan-key-v1\n", ERR_INPUT, "magic alone" },
		{ "diwan-key-v2 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", ERR_UNKNOWN, "later version" },
		{ "diwan-key-v1 vote a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", ERR_UNKNOWN, "unknown purpose" },
		{ "diwan-key-v1 log A AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", ERR_INPUT, "capital in the name" },
		{ "diwan-key-v1 log  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", ERR_INPUT, "empty name" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ERR_INPUT, "no line feed" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n", ERR_INPUT, "second line" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", ERR_INPUT, "bits after the end" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", ERR_INPUT, "31 bytes" },
		{ "diwan-key-v1 log a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n", ERR_INPUT, "carriage return" },
	};
	static const struct keyfile zero;
	char big[KEYFILE_MAX_BYTES + 1];
	struct keyfile k;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		is(keyfile_parse(&k, bad[i].text, strlen(bad[i].text), &e), bad[i].want, bad[i].name);
		ok(memcmp(&k, &zero, sizeof k) == 0 && strstr(e.text, "AAECAw") == NULL,
		    "leaves nothing behind, says no secret");
	}
	memset(big, 'a', sizeof big);
	is(keyfile_parse(&k, big, sizeof big, &e), ERR_LIMIT, "too long");
}

int
main(void)
{
	test_round_trip();
	test_refusals();
	return tap_done();
}
