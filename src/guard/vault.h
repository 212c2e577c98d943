/*
 * Secret keys in the memory of the one process that holds them, and reading them from their files (docs/guard.md 1.4,
 * 1.5).
 */
#ifndef GUARD_VAULT_H
#define GUARD_VAULT_H

#include "crypt/keyfile.h"
#include "guard/frame.h"

#define VAULT_SEALED 1			/* not an error: a passphrase is needed */

struct vault_key {
	enum keyfile_purpose purpose;
	char text[VKEY_TEXT_MAX];	/* public: the vkey, or the key's name where it has none */
	struct vkey vkey;		/* log and witness keys */
	struct sign_key key;		/* log and witness keys */
	uint8_t seed[SIGN_SEED_BYTES];	/* others */
};

struct vault {
	unsigned count;
	struct vault_key key[FRAME_KEYS_MAX];
	struct frame frame;		/* the request in hand: it may carry a passphrase */
	struct keyfile scratch;		/* the key being read */
};

/*
 * vault_new(out, r, e):
 * An empty vault in memory of crypt/secmem.h, and the next 64 KB of the calling thread's stack locked too, where signatures
 * are made. How far that went is noted in ${r}. Call it after forking; free it with secmem_free. Errors: ERR_NOMEM.
 */
int vault_new(struct vault **out, struct guard_report *r, struct err *e);

/*
 * vault_load(v, p, o, e):
 * Read the key files of process ${p} (processes.def) below the folder of ${o}. A file must be a regular one, closed to group
 * and others, and owned by the effective user, by o->user or by root; keys must be of the purpose of their place and all
 * different. All sealed keys of a folder have one passphrase. VAULT_SEALED, with the file named in ${e}: it is sealed, and
 * o->passphrase is empty or wrong. On anything but OK the vault is empty again. Costs what seal_open costs for each sealed
 * key. Errors: ERR_NOTFOUND (a file that must be there), ERR_DENIED (open to others, owner, link), ERR_INPUT, ERR_UNKNOWN,
 * ERR_LIMIT, ERR_CONFLICT, ERR_VERIFY, ERR_IO, ERR_NOMEM.
 */
int vault_load(struct vault *v, enum process p, const struct frame_open *o, struct err *e);

#endif
