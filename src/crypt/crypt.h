/*
 * The crypt room is the one door to the cryptographic libraries: no other room includes their headers.
 *
 *   hash.h      SHA-256                       nettle (GnuTLS links it already; no algorithm lookup per hash)
 *   sign.h      Ed25519 (RFC 8032)            libsodium
 *   keyfile.h   the text form of a secret key
 *   seal.h      the same under a passphrase   libsodium (Argon2id, XChaCha20-Poly1305)
 *   secmem.h    memory for secrets            libsodium
 *   cert.h      X.509 certificates and pins   GnuTLS
 *   age.h       files encrypted to keys       libsodium (X25519, ChaCha20-Poly1305), nettle (HMAC)
 *   bech32.h    the text form of their keys
 */
#ifndef CRYPT_CRYPT_H
#define CRYPT_CRYPT_H

#include "base/err.h"

/*
 * crypt_init(e):
 * Make the libraries ready and check one known answer of SHA-256 and one of Ed25519, so that a broken library or
 * processor stops the program before it signs anything. Call once at the start of every process, before any other
 * function of this room; later calls cost nothing much and are harmless. Errors: ERR_VERIFY (wrong answer), ERR_IO (no
 * source of random bytes).
 */
int crypt_init(struct err *e);

#endif
