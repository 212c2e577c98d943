/*
 * Files encrypted to keys: the age format, version 1 (age-encryption.org/v1, C2SP age.md), with X25519 recipients. Any
 * age program can read what is written here and the other way round, so a member can open a pouch without Diwan.
 *
 * A file is a header, which wraps a fresh 16-byte file key once for each recipient and is sealed by a MAC under that key,
 * and a payload in chunks of 64 KiB, each authenticated with its number and with whether it is the last. Hence a reader
 * gives out no byte that was changed, moved or put in place of another file's, and knows a cut file from a whole one.
 * What the format does not say is who wrote the file: anybody who knows a recipient can. The authorship of a pouch is in
 * the signed checkpoint inside it. Nor are recipients named in it, but their number can be seen.
 *
 * Both directions are streams: at most one chunk is held, whatever the size of the file. Call crypt_init() first.
 * Not spoken here: ASCII armour, passphrases (scrypt), plugins, and the post-quantum recipient type; such stanzas beside
 * ours are skipped, as the format demands.
 */
#ifndef CRYPT_AGE_H
#define CRYPT_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "crypt/bech32.h"
#include "crypt/keyfile.h"

#define AGE_KEY_BYTES 32
#define AGE_CHUNK_BYTES 65536u			/* plaintext of every chunk but the last */
#define AGE_HEADER_MAX_BYTES 65536u		/* our own bound; the format has none */
#define AGE_RECIPIENTS_MAX 256			/* likewise: each costs a reader up to 0.1 ms for each of its keys */
#define AGE_IDENTITIES_MAX 16
#define AGE_RECIPIENT_CHARS BECH32_LEN(3, AGE_KEY_BYTES)	/* "age1..." */
#define AGE_IDENTITY_CHARS BECH32_LEN(15, AGE_KEY_BYTES)	/* "AGE-SECRET-KEY-1..." */

/* ---- keys (age_key.c) ---- */

/* Whom a file can be made for: an X25519 public key (RFC 7748). */
struct age_recipient {
	uint8_t pub[AGE_KEY_BYTES];
};

/* Who can open it. Secret: keep it in memory of secmem.h, wipe it when done. */
struct age_identity {
	uint8_t secret[AGE_KEY_BYTES];
	struct age_recipient public;
};

/*
 * Read "age1...": exactly the ${len} characters, no line end. Errors: ERR_INPUT, also for the few public keys of low
 * order, with which everybody could open the file.
 */
int age_recipient_parse(struct age_recipient *out, const char *s, size_t len, struct err *e);
void age_recipient_format(char text[AGE_RECIPIENT_CHARS + 1], const struct age_recipient *r);

/* Read "AGE-SECRET-KEY-1..." likewise. The sentence quotes nothing of it; on failure ${out} is wiped. */
int age_identity_parse(struct age_identity *out, const char *s, size_t len, struct err *e);
/* ${text} then holds the secret: wipe it. */
void age_identity_format(char text[AGE_IDENTITY_CHARS + 1], const struct age_identity *id);

/* The identity that a key file of purpose "pouch" stands for: its seed is the secret. Errors: ERR_INPUT (other purpose). */
int age_identity_from_keyfile(struct age_identity *out, const struct keyfile *k, struct err *e);
void age_identity_from_seed(struct age_identity *out, const uint8_t seed[AGE_KEY_BYTES]);
void age_identity_wipe(struct age_identity *id);

/* ---- writing (age_write.c) ---- */

/* Where the file goes: all ${len} bytes, or an error code with its sentence. */
struct age_sink {
	int (*write)(void *ctx, const void *bytes, size_t len, struct err *e);
	void *ctx;
};

struct age_writer;

/*
 * age_writer_open(out, to, n_to, rng, sink, e):
 * Start a file for ${n_to} recipients (1 to AGE_RECIPIENTS_MAX, borrows) and write its header to ${sink} (keeps). File key,
 * nonce and one ephemeral secret for each recipient are drawn from ${rng} (borrows), which must be unpredictable: who can
 * repeat it can read the file. Errors: ERR_INPUT (no recipient, or one of low order), ERR_LIMIT, ERR_NOMEM, and the sink's.
 * On failure *${out} is NULL. Holds about 128 KiB.
 */
int age_writer_open(struct age_writer **out, const struct age_recipient *to, size_t n_to, const struct rng *rng,
    struct age_sink sink, struct err *e);

/* Encrypt ${len} more bytes. Errors: the sink's; from then on every call answers the same, and the file is to be dropped. */
int age_write(struct age_writer *w, const void *bytes, size_t len, struct err *e);

/* Write the last chunk. Without it the file is refused by every reader. Nothing may be written after it. */
int age_writer_end(struct age_writer *w, struct err *e);

/* Wipes keys and text. Does not end the file. */
void age_writer_free(struct age_writer *w);

/* ---- reading (age_read.c) ---- */

/* Where the file comes from: 1 to ${cap} bytes into ${out} and their number into *${len}, 0 at its end, or an error. */
struct age_source {
	int (*read)(void *ctx, void *out, size_t cap, size_t *len, struct err *e);
	void *ctx;
};

struct age_reader;

/* True if the bytes begin like an age file of any version. Says nothing else about them. */
bool age_is(const void *bytes, size_t len);

/*
 * age_reader_open(out, ids, n_ids, source, e):
 * Read the header from ${source} (keeps) and open it by the first of ${n_ids} identities (1 to AGE_IDENTITIES_MAX, borrows)
 * that fits. On failure *${out} is NULL. Holds about 128 KiB. Errors:
 *   ERR_INPUT    not an age file, or its header breaks a rule of the format
 *   ERR_UNKNOWN  another version of the format
 *   ERR_LIMIT    header larger than AGE_HEADER_MAX_BYTES, or more than AGE_RECIPIENTS_MAX stanzas
 *   ERR_DENIED   none of the identities opens it. A stanza changed on the way cannot be told from one for another key
 *   ERR_VERIFY   the header was changed after it was written
 *   ERR_NOMEM, and the source's
 */
int age_reader_open(struct age_reader **out, const struct age_identity *ids, size_t n_ids, struct age_source source,
    struct err *e);

/*
 * age_read(r, bytes, len, e):
 * The next chunk of the text, at most AGE_CHUNK_BYTES, valid until the next call; *${len} 0 at the end. Every byte was
 * authenticated, and the end is answered only if the file was whole with nothing after it: so what was read before is
 * to be acted upon only then. Errors: ERR_VERIFY (changed, cut, or something after the end), ERR_INPUT (an empty last
 * chunk after others, which the format forbids), and the source's. After an error every call answers the same.
 */
int age_read(struct age_reader *r, const uint8_t **bytes, size_t *len, struct err *e);

/* Wipes key and text. */
void age_reader_free(struct age_reader *r);

#endif
