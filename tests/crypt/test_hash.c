/* SHA-256: the standard's examples, and that a stream gives what one call gives, wherever it is cut. */
#include "base/text.h"
#include "crypt/crypt.h"
#include "crypt/hash.h"
#include "tap.h"

static void
is_hash(const char *msg, size_t len, const char *want, const char *name)
{
	struct digest d;
	char hex[2 * HASH_BYTES + 1];

	hash_once(&d, msg, len);
	hex_encode(hex, d.b, sizeof d.b);
	is_str(hex, want, name);
}

static void
test_examples(void)
{
	/* FIPS 180-4 / NIST CAVP */
	is_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty message");
	is_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "one block");
	is_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "two blocks");
}

static void
test_million_a(void)
{
	struct hash h;
	struct digest d;
	char block[1000], hex[2 * HASH_BYTES + 1];

	memset(block, 'a', sizeof block);
	hash_start(&h);
	for (int i = 0; i < 1000; i++)
		hash_add(&h, block, sizeof block);
	hash_done(&h, &d);
	hex_encode(hex, d.b, sizeof d.b);
	is_str(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a million times \"a\" in a "
	    "stream");
}

static void
test_cuts(void)
{
	uint8_t msg[200];
	struct digest whole, parts;
	int differ = 0;

	for (size_t i = 0; i < sizeof msg; i++)
		msg[i] = (uint8_t)(i * 7 + 1);
	hash_once(&whole, msg, sizeof msg);
	for (size_t cut = 0; cut <= sizeof msg; cut++) {
		struct hash h;

		hash_start(&h);
		hash_add(&h, msg, cut);
		hash_add(&h, NULL, 0);
		hash_add(&h, msg + cut, sizeof msg - cut);
		hash_done(&h, &parts);
		differ += !hash_equal(&whole, &parts);
	}
	is(differ, 0, "a stream cut anywhere gives the hash of the whole");
	parts = whole;
	parts.b[31] ^= 1;
	ok(!hash_equal(&whole, &parts), "one bit in the last byte makes hashes unequal");
}

int
main(void)
{
	struct err e;

	is(crypt_init(&e), OK, "the libraries give their standard answers");
	is(crypt_init(&e), OK, "and may be asked again");
	test_examples();
	test_million_a();
	test_cuts();
	return tap_done();
}
