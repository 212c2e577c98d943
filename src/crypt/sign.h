/*
 * Ed25519 signatures (RFC 8032) by libsodium.
 *
 * Verifiers of Ed25519 differ on public keys of low order and on non-canonical encodings. Here a key is checked once,
 * when it is enrolled (sign_public_ok), and libsodium's verifier refuses low-order and non-canonical points of its own
 * accord; for keys that pass, every verifier we know of answers alike, which is what lets all nodes reach one result.
 *
 * Call crypt_init() first. Signing is deterministic: the same key and message always give the same bytes, so a node
 * that crashed between storing a root and publishing it signs the same checkpoint again.
 */
#ifndef CRYPT_SIGN_H
#define CRYPT_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_SEED_BYTES 32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_SECRET_BYTES 64		/* seed || public key, as libsodium keeps it */
#define SIGN_BYTES 64

/* A key pair. Wipe it (sign_wipe) when done; never print, log or store it but by keyfile.h. */
struct sign_key {
	uint8_t secret[SIGN_SECRET_BYTES];
	uint8_t pub[SIGN_PUBLIC_BYTES];
};

/* The key pair that ${seed} stands for. About 15 microseconds (bench/BENCHMARKS.md). */
void sign_from_seed(struct sign_key *key, const uint8_t seed[SIGN_SEED_BYTES]);

/* The 32 bytes ${key} was made from; inside ${key}, valid as long as it. */
const uint8_t *sign_seed(const struct sign_key *key);

/* Overwrite ${key} in a way the compiler does not remove. */
void sign_wipe(struct sign_key *key);

/* Sign ${len} bytes. Never fails. About 20 microseconds for short messages. */
void sign_make(uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const struct sign_key *key);

/* True if ${sig} is the signature of ${len} bytes by the holder of ${pub}. About 45 microseconds. */
bool sign_verify(const uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const uint8_t pub[SIGN_PUBLIC_BYTES]);

/*
 * sign_public_ok(pub):
 * True if ${pub} is a canonical encoding of a point of the prime-order group other than the identity. Every public key
 * that comes from outside passes here once, before it is relied on (vkey.h does so).
 */
bool sign_public_ok(const uint8_t pub[SIGN_PUBLIC_BYTES]);

#endif
