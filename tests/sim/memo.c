/*
 * Signatures that were verified once are not verified again, nor are public keys. A world shows the same few checkpoints and
 * cosignatures thousands of times, and nine tenths of its time would go into Ed25519. These take the place of libsodium's
 * functions, since a program's own come before a library's: the first time the library is asked, and a "yes" is remembered by
 * the SHA-256 of what was asked. So every answer is the library's.
 */
#include <assert.h>
#include <dlfcn.h>
#include <sodium.h>
#include <string.h>

#include "crypt/hash.h"

#define MEMO_SLOTS 65536

static struct digest found_good[MEMO_SLOTS];	/* what was found good: a signature, a point */

static struct digest *
slot_of(const struct digest *d)
{
	uint32_t slot;

	memcpy(&slot, d->b, sizeof slot);
	return &found_good[slot % MEMO_SLOTS];
}

/* The library's own function ${name}, into the function pointer at ${out}. */
static void
library_function(const char *name, void *out)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	assert(symbol != NULL);
	memcpy(out, &symbol, sizeof symbol);
}

int
crypto_sign_ed25519_verify_detached(const unsigned char *sig, const unsigned char *msg, unsigned long long len,
    const unsigned char *pub)
{
	static int (*library)(const unsigned char *, const unsigned char *, unsigned long long, const unsigned char *);
	struct digest d;
	struct hash h;
	int rc;

	if (library == NULL)
		library_function("crypto_sign_ed25519_verify_detached", &library);
	hash_start(&h);
	hash_add(&h, pub, crypto_sign_ed25519_PUBLICKEYBYTES);
	hash_add(&h, sig, crypto_sign_ed25519_BYTES);
	hash_add(&h, msg, (size_t)len);
	hash_done(&h, &d);
	if (hash_equal(slot_of(&d), &d))
		return 0;
	if ((rc = library(sig, msg, len, pub)) == 0)
		*slot_of(&d) = d;
	return rc;
}

int
crypto_core_ed25519_is_valid_point(const unsigned char *p)
{
	static int (*library)(const unsigned char *);
	struct digest d;
	int rc;

	if (library == NULL)
		library_function("crypto_core_ed25519_is_valid_point", &library);
	hash_once(&d, p, crypto_core_ed25519_BYTES);	/* no signature's hash: those are of more bytes */
	if (hash_equal(slot_of(&d), &d))
		return 1;
	if ((rc = library(p)) == 1)
		*slot_of(&d) = d;
	return rc;
}
