/*
 * SHA-256 (FIPS 180-4), in one call or in a stream. None of these functions can fail or allocates.
 *
 * Cost: one compression per started 64 bytes of (length + 9); bench/BENCHMARKS.md has rates.
 */
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32

/* A hash value. A struct, so that it can be assigned, kept in arrays and passed as a const pointer. */
struct digest {
	uint8_t b[HASH_BYTES];
};

/* A hash being computed. No secrets are hashed with it, so there is nothing to wipe. */
struct hash {
	struct sha256_ctx ctx;
};

void hash_start(struct hash *h);
void hash_add(struct hash *h, const void *bytes, size_t len);
/* Write the hash of all that was added; ${h} is then ready for another start. */
void hash_done(struct hash *h, struct digest *out);

/* SHA-256 of ${len} bytes. ${bytes} may be NULL if ${len} is 0. */
void hash_once(struct digest *out, const void *bytes, size_t len);

/* Equality; not in constant time: hashes compared here are public. */
bool hash_equal(const struct digest *a, const struct digest *b);

#endif
