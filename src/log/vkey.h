/*
 * Keys of signed notes: verifier keys ("vkeys") and signers (C2SP signed-note, tlog-cosignature; docs/log.md section
 * 5).
 *
 *     key id = first 4 bytes of SHA-256(name || 0x0A || type || public key), read big-endian
 *     vkey   = name "+" key id in 8 lower-case hex digits "+" base64(type || public key)
 *
 * The key id is a label to find the key by; no security rests on it. Two types are known:
 *
 *     0x01  Ed25519 over the note's text: a log signs its own checkpoints
 *     0x04  Ed25519 cosignature with a time: a witness says that at that time this was the largest consistent tree of
 *           this origin it had seen. What is signed: "cosignature/v1\ntime <decimal>\n" || text
 *
 * Signature bytes in a note line, after the key id: 64 for type 01; 8 (seconds since 1970, big-endian) + 64 for type
 * 04. The cosigned message does not name the cosigner: one public key must never serve two names or two types
 * (vkey_distinct).
 */
#ifndef LOG_VKEY_H
#define LOG_VKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/sign.h"

#define VKEY_NAME_MAX 255
#define VKEY_TEXT_MAX (VKEY_NAME_MAX + 10 + 44 + 1)	/* longest vkey text of a known type, and its NUL */
#define VKEY_MAX_TIME_S INT64_MAX

enum vkey_type {
	VKEY_ED25519 = 0x01,
	VKEY_COSIGN = 0x04
};

struct vkey {
	char name[VKEY_NAME_MAX + 1];
	uint8_t type;			/* enum vkey_type */
	uint32_t id;
	uint8_t pub[SIGN_PUBLIC_BYTES];
};

/*
 * A key name in a note or vkey: not empty, valid UTF-8, no '+', no control character, no Unicode space. No length bound
 * here.
 */
bool vkey_name_ok(const char *name, size_t len);

/*
 * vkey_make(out, name, type, pub, e):
 * Build a vkey. Names of our own use a-z 0-9 . _ / - only (keyfile.h); any valid key name is taken here. Errors:
 * ERR_INPUT (name, public key that fails sign_public_ok), ERR_UNKNOWN (type).
 */
int vkey_make(struct vkey *out, const char *name, uint8_t type, const uint8_t pub[SIGN_PUBLIC_BYTES], struct err *e);

/*
 * Parse a vkey text, without line end. The key id must be the right one. Errors: ERR_INPUT, ERR_UNKNOWN (type),
 * ERR_LIMIT (name).
 */
int vkey_parse(struct vkey *out, const char *text, size_t len, struct err *e);

void vkey_format(char text[VKEY_TEXT_MAX], const struct vkey *k);

/*
 * vkey_distinct(keys, n, e):
 * A set of keys that are counted (a log and its witnesses) must hold every public key once and every (name, id) once: a
 * witness under two names, or a log that cosigns itself, would count twice. O(n^2). Errors: ERR_INPUT, names the two.
 */
int vkey_distinct(const struct vkey *keys, size_t n, struct err *e);

/*
 * vkey_verify(k, text, len, sig, sig_len, time_s, e):
 * Is ${sig} (the bytes of a note line after the key id) a signature of ${text} by ${k}? *${time_s} gets the
 * cosignature's time, 0 for type 01. A time of 0 in a cosignature is refused (tlog-witness). Errors: ERR_VERIFY,
 * ERR_NOMEM.
 */
int vkey_verify(const struct vkey *k, const void *text, size_t len, const uint8_t *sig, size_t sig_len, uint64_t *time_s,
    struct err *e);

/*
 * Whoever can sign: a key in memory, or another process that holds it. ${sign} writes 64 bytes of Ed25519 signature;
 * the message is whole and final, so that a signer that holds keys can look at what it signs.
 */
struct note_signer {
	struct vkey vkey;
	int (*sign)(void *ctx, const void *msg, size_t len, uint8_t sig[SIGN_BYTES], struct err *e);
	void *ctx;
};

/* A signer by ${key}, which it keeps: the caller holds it valid while ${out} is used. Errors as vkey_make. */
int vkey_signer(struct note_signer *out, const char *name, uint8_t type, struct sign_key *key, struct err *e);

/*
 * vkey_sign(s, text, len, time_s, sig, sig_len, e):
 * The bytes of a note line after the key id, for ${text}: at most VKEY_SIG_MAX, their number into *${sig_len}.
 * ${time_s} must be 0 for type 01 and positive for type 04. Errors: ERR_INPUT (time), ERR_NOMEM, and those of the
 * signer.
 */
#define VKEY_SIG_MAX (8 + SIGN_BYTES)
int vkey_sign(const struct note_signer *s, const void *text, size_t len, uint64_t time_s, uint8_t sig[VKEY_SIG_MAX],
    size_t *sig_len, struct err *e);

#endif
