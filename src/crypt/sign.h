/*
 * Ed25519 signatures (RFC 8032) by libsodium, under one rule (docs/log.md section 11).
 *
 * RFC 8032 leaves verifiers a choice at the edges, and libraries choose differently: of 914 known edge cases ZIP 215's
 * verifiers accept all, OpenSSL and Go 208, libsodium 43. Nodes that fold signed records into one result, and convict
 * each other by signatures, must all answer alike, so here is the answer:
 *
 *   1. A public key A is enrolled only if it is the canonical encoding of a point of the prime-order group other than
 *      the identity (sign_public_ok). A signature by a key that was not enrolled means nothing and is never asked for.
 *   2. The signature is 64 bytes, R || S.
 *   3. S, little-endian, is below L = 2^252 + 27742317777372353535851937790883648493.
 *   4. R is not the identity (01 00 ... 00): the one point of low order that rule 5 lets through. It takes a nonce of
 *      0, which an honest signer never draws.
 *   5. encoding([S]B - [k]A), k = SHA-512(R || A || message), is byte for byte R: the cofactorless equation. It makes R
 *      canonical and of prime order without a check of its own.
 *
 * Whatever passes is accepted by every verifier we know of, strict or lenient, cofactored or not; and the signature of a
 * message cannot be changed into another one. Rules 3 and 4 are checked here as well as in the library, so that another
 * build of libsodium (it has a switch for lenient verification) gives no other answer.
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

/*
 * True if ${sig} is the signature of ${len} bytes by the holder of ${pub}, by rules 3 to 5. ${pub} must have passed
 * sign_public_ok at some time before: for any other key the answer means nothing. About 45 microseconds.
 */
bool sign_verify(const uint8_t sig[SIGN_BYTES], const void *msg, size_t len, const uint8_t pub[SIGN_PUBLIC_BYTES]);

/*
 * sign_public_ok(pub):
 * Rule 1. True if ${pub} is a canonical encoding of a point of the prime-order group other than the identity. Every public key
 * that comes from outside passes here once, before it is relied on (vkey.h does so).
 */
bool sign_public_ok(const uint8_t pub[SIGN_PUBLIC_BYTES]);

#endif
