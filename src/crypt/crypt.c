#include "crypt/crypt.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

/* FIPS 180-4 example: SHA-256("abc"). */
static const char sha256_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/* RFC 8032 section 7.1, TEST 1: the signature of the empty message. */
static const char rfc8032_seed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
static const char rfc8032_sig[] = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

static int
check_hash(struct err *e)
{
	struct digest d;
	char hex[2 * HASH_BYTES + 1];

	hash_once(&d, "abc", 3);
	hex_encode(hex, d.b, sizeof d.b);
	if (strcmp(hex, sha256_abc) != 0)
		return err_set(e, ERR_VERIFY, "SHA-256 gives a wrong answer to its standard example; check the nettle "
		    "library and the machine's memory before going on");
	return OK;
}

static int
check_sign(struct err *e)
{
	uint8_t seed[SIGN_SEED_BYTES], sig[SIGN_BYTES];
	char hex[2 * SIGN_BYTES + 1];
	struct sign_key key;

	hex_decode(seed, sizeof seed, rfc8032_seed, strlen(rfc8032_seed));
	sign_from_seed(&key, seed);
	sign_make(sig, "", 0, &key);
	hex_encode(hex, sig, sizeof sig);
	if (strcmp(hex, rfc8032_sig) != 0 || !sign_verify(sig, "", 0, key.pub))
		return err_set(e, ERR_VERIFY, "Ed25519 gives a wrong answer to its standard example; check the "
		    "libsodium library and the machine's memory before going on");
	return OK;
}

int
crypt_init(struct err *e)
{
	int rc;

	if (sodium_init() < 0)
		return err_set(e, ERR_IO, "libsodium finds no source of random bytes; check that /dev/urandom can be "
		    "read");
	if ((rc = check_hash(e)) != OK)
		return rc;
	return check_sign(e);
}
