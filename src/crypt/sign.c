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

/* The order of the prime-order group, little-endian. */
static const uint8_t order[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10
};

/* Rule 3. Signatures are public, so it need not take constant time. */
static bool
scalar_ok(const uint8_t s[32])
{
	for (int i = 31; i >= 0; i--)
		if (s[i] != order[i])
			return s[i] < order[i];
	return false;
}

/* Rule 4. */
static bool
is_identity(const uint8_t point[32])
{
	static const uint8_t identity[32] = { 1 };

	return memcmp(point, identity, sizeof identity) == 0;
}

bool
sign_verify(const uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	return scalar_ok(sig + 32) && !is_identity(sig) &&
	    crypto_sign_ed25519_verify_detached(sig, msg, len, pub) == 0;
}

bool
sign_public_ok(const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	return crypto_core_ed25519_is_valid_point(pub) == 1;
}
