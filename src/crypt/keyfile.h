/*
 * The text form of a secret key: one line (docs/log.md section 9).
 *
 *     diwan-key-v1 <purpose> <name> <base64 of the 32-byte seed> LF
 *
 * The purpose is part of the file so that a log key cannot be put where a TLS key is expected; one key never serves two
 * purposes. Reading and writing the file, its mode and its sealing are the node's business: these functions see bytes
 * only.
 */
#ifndef CRYPT_KEYFILE_H
#define CRYPT_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/sign.h"

#define KEYFILE_NAME_MAX 255
#define KEYFILE_MAX_BYTES 512

enum keyfile_purpose {
	KEYFILE_LOG = 1,	/* signs the member's own checkpoints (vkey type 01) */
	KEYFILE_WITNESS,	/* cosigns others' checkpoints (vkey type 04) */
	KEYFILE_TLS,		/* the node's certificate */
	KEYFILE_MATCH,		/* seed of private matching */
	KEYFILE_POUCH		/* opens pouches */
};

struct keyfile {
	enum keyfile_purpose purpose;
	char name[KEYFILE_NAME_MAX + 1];	/* of [a-z0-9._/-]; the key name of log and witness keys */
	uint8_t seed[SIGN_SEED_BYTES];
};

/*
 * keyfile_parse(out, bytes, len, e):
 * Strict: exactly the bytes keyfile_format writes. Errors: ERR_INPUT (malformed), ERR_UNKNOWN (purpose or version),
 * ERR_LIMIT (longer than KEYFILE_MAX_BYTES). The sentence never quotes the seed. On failure ${out} is wiped.
 */
int keyfile_parse(struct keyfile *out, const void *bytes, size_t len, struct err *e);

/* Append the line. ${out} then holds a secret: buf_wipe it. Errors: ERR_INPUT (name), ERR_NOMEM. */
int keyfile_format(struct buf *out, const struct keyfile *k, struct err *e);

void keyfile_wipe(struct keyfile *k);

/* True if ${len} bytes can be the name of a key: 1 to KEYFILE_NAME_MAX characters of [a-z0-9._/-]. */
bool keyfile_name_ok(const char *s, size_t len);

/* "log", "witness", ...; and back: 0 if the word is not one of them. */
const char *keyfile_purpose_name(enum keyfile_purpose p);
enum keyfile_purpose keyfile_purpose_from(const char *word, size_t len);

#endif
