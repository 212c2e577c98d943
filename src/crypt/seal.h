/*
 * Key files closed with a passphrase: one line (docs/log.md section 9).
 *
 *     diwan-sealed-key-v1 <purpose> <name> argon2id <ops> <memory> <base64 salt> <base64 box> LF
 *
 * A key is derived from the passphrase by Argon2id (RFC 9106, version 1.3, one lane) with <ops> passes over <memory> bytes
 * and the 16-byte salt. The box is a 24-byte nonce and the key file's text (keyfile.h) under XChaCha20-Poly1305 with that key;
 * everything before the box is authenticated with it, so that a sealed key cannot be given another purpose, name or cost.
 *
 * What sealing gives: who has the disk or the backup has to guess the passphrase, at the cost of one derivation for each
 * guess. What it does not: nothing protects a short passphrase, and nothing a running node. A passphrase is any bytes; a
 * caller who takes it from a keyboard normalises it (Unicode NFC) and takes the line end off.
 *
 * Costs that come from a file are bounded before they are paid. Call crypt_init() first.
 */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "crypt/keyfile.h"

#define SEAL_MAX_BYTES 2048
#define SEAL_PASS_MAX 1024
#define SEAL_OPS_MAX 10
#define SEAL_MEM_MIN 8192u			/* bytes: Argon2's own least */
#define SEAL_MEM_MAX (1024u * 1024 * 1024)
#define SEAL_SALT_BYTES 16
#define SEAL_NONCE_BYTES 24
#define SEAL_BOX_MAX (KEYFILE_MAX_BYTES + 16)

/* What one guess costs. Memory is taken while the key is derived and given back. */
struct seal_cost {
	uint32_t ops;			/* passes: 1 to SEAL_OPS_MAX */
	uint32_t mem_bytes;		/* SEAL_MEM_MIN to SEAL_MEM_MAX */
};

/* 3 passes over 256 MiB: below a second on a small server, and what RFC 9106 asks for and more. */
extern const struct seal_cost seal_cost_default;

/* A sealed key as it was read. Holds no secret. */
struct seal {
	enum keyfile_purpose purpose;
	char name[KEYFILE_NAME_MAX + 1];
	struct seal_cost cost;
	uint8_t salt[SEAL_SALT_BYTES];
	uint8_t nonce[SEAL_NONCE_BYTES];
	uint8_t box[SEAL_BOX_MAX];
	size_t box_len;
};

/* True if the bytes begin like a sealed key of any version, rather than a bare one. Says nothing else about them. */
bool seal_is(const void *bytes, size_t len);

/*
 * seal_make(out, key, pass, pass_len, cost, rng, e):
 * Append the line for ${key}, closed with ${pass_len} bytes (1 to SEAL_PASS_MAX). Salt and nonce come from ${rng}. Takes the
 * time and memory of ${cost}. Errors: ERR_INPUT (empty passphrase, name, cost out of its bounds), ERR_LIMIT (passphrase),
 * ERR_NOMEM (also: not the memory that ${cost} asks for).
 */
int seal_make(struct buf *out, const struct keyfile *key, const void *pass, size_t pass_len, const struct seal_cost *cost,
    const struct rng *rng, struct err *e);

/*
 * seal_parse(out, bytes, len, e):
 * Strict: exactly the bytes seal_make writes. Nothing is derived yet, so purpose and name can be shown when asking for the
 * passphrase; they are claims until seal_open. Errors: ERR_INPUT (malformed), ERR_UNKNOWN (version, purpose, derivation),
 * ERR_LIMIT (length, or a cost above the bounds).
 */
int seal_parse(struct seal *out, const void *bytes, size_t len, struct err *e);

/* Append the line again: the bytes that were parsed. Errors: ERR_NOMEM. */
int seal_format(struct buf *out, const struct seal *s, struct err *e);

/*
 * seal_open(out, s, pass, pass_len, e):
 * The key itself, into memory of secmem.h if the caller is wise: keyfile_wipe it. Takes the time and memory of ${s}->cost. The
 * sentence tells nothing of the passphrase. Errors: ERR_DENIED (wrong passphrase, or the line was changed: the two cannot be
 * told apart), ERR_VERIFY (it holds another key than it says), ERR_NOMEM. On failure ${out} is wiped.
 */
int seal_open(struct keyfile *out, const struct seal *s, const void *pass, size_t pass_len, struct err *e);

#endif
