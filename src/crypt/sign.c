#include "crypt/sign.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(SIGN_SEED_BYTES == crypto_sign_ed25519_SEEDBYTES, "seed size");
_Static_assert(SIGN_PUBLIC_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "public key size");
_Static_assert(SIGN_SECRET_BYTES == crypto_sign_ed25519_SECRETKEYBYTES, "secret key size");
_Static_assert(SIGN_BYTES == crypto_sign_ed25519_BYTES, "signature size");

void
sign_from_seed(struct sign_key *key, const uint8_t seed[SIGN_SEED_BYTES])
{
	int rc = crypto_sign_ed25519_seed_keypair(key->pub, key->secret, seed);

	assert(rc == 0);
}

const uint8_t *
sign_seed(const struct sign_key *key)
{
	return key->secret;	/* libsodium's secret key is seed || public key */
}

void
sign_wipe(struct sign_key *key)
{
	sodium_memzero(key, sizeof *key);
}

void
sign_make(uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const struct sign_key *key)
{
	int rc = crypto_sign_ed25519_detached(sig, NULL, msg, len, key->secret);

	assert(rc == 0);
}

bool
sign_verify(const uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	return crypto_sign_ed25519_verify_detached(sig, msg, len, pub) == 0;
}

bool
sign_public_ok(const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	return crypto_core_ed25519_is_valid_point(pub) == 1;
}
