/*
 * The header of an age file: inside age_*.c only.
 *
 *     "age-encryption.org/v1" LF
 *     1*( "-> " argument *( SP argument ) LF *( 64 base64 characters LF ) at most 63 base64 characters LF )
 *     "--- " 43 base64 characters LF
 *
 * Base64 is without padding and canonical. A stanza of type X25519 has one more argument, the ephemeral public key, and a
 * body of 32 bytes, the file key under ChaCha20-Poly1305. The last line is the HMAC of all before its space.
 */
#ifndef CRYPT_AGE_HEADER_H
#define CRYPT_AGE_HEADER_H

#include "base/buf.h"
#include "crypt/age.h"

#define AGE_VERSION_LINE "age-encryption.org/v1\n"
#define AGE_STANZA_MARK "-> "
#define AGE_END_MARK "---"
#define AGE_TYPE_X25519 "X25519"
#define AGE_BASE64_CHARS 43		/* of 32 bytes */
#define AGE_FILE_KEY_BYTES 16
#define AGE_WRAPPED_BYTES (AGE_FILE_KEY_BYTES + 16)
#define AGE_NONCE_BYTES 16		/* at the start of the payload */
#define AGE_TAG_BYTES 16		/* added to each chunk */
#define AGE_CHUNK_NONCE_BYTES 12
#define AGE_MAC_BYTES 32

struct age_stanza {
	uint8_t share[AGE_KEY_BYTES];
	uint8_t body[AGE_WRAPPED_BYTES];
};

struct age_header {
	const uint8_t *bytes;		/* borrowed */
	size_t mac_len;			/* how many of them the MAC covers */
	uint8_t mac[AGE_MAC_BYTES];
	size_t n_stanzas;		/* of any type */
	size_t n_x25519;
	bool passphrase;		/* there is one of type scrypt */
	struct age_stanza x25519[AGE_RECIPIENTS_MAX];
};

/* ---- age_wrap.c ---- */

/* HKDF-SHA-256 (RFC 5869) of 32 bytes, the only length that age uses. */
void age_hkdf(uint8_t out[AGE_KEY_BYTES], const uint8_t *secret, size_t secret_len, const uint8_t *salt, size_t salt_len,
    const char *info);

/* The 12-byte nonce of chunk ${counter}: 11 bytes big-endian, and 1 for the last chunk. */
void age_chunk_nonce(uint8_t nonce[AGE_CHUNK_NONCE_BYTES], uint64_t counter, bool last);

/* Append a header for ${file_key}. Errors: ERR_INPUT (recipient of low order), ERR_NOMEM. */
int age_header_make(struct buf *out, const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_recipient *to, size_t n_to,
    const struct rng *rng, struct err *e);

/* Unwrap the file key and check the MAC. Errors: ERR_DENIED, ERR_VERIFY, ERR_INPUT (ephemeral key of low order). */
int age_header_open(uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_header *h, const struct age_identity *ids,
    size_t n_ids, struct err *e);

/* ---- age_header.c ---- */

/*
 * How long the header at the start of ${len} bytes is, or 0 while its end has not been seen. *${seen} (0 at first) says how
 * far earlier calls have looked, so that a file that comes byte by byte is looked through once.
 */
size_t age_header_len(const uint8_t *bytes, size_t len, size_t *seen);

/*
 * A header of ${len} bytes as age_header_len has it, or all that there is of it. ${out} keeps the bytes. Errors: ERR_INPUT,
 * ERR_UNKNOWN (version), ERR_LIMIT (stanzas).
 */
int age_header_parse(struct age_header *out, const uint8_t *bytes, size_t len, struct err *e);

#endif
