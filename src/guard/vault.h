/*
 * Secret keys in the memory of the one process that holds them, and reading them from their files (docs/guard.md 1.4,
 * 1.5).
 */
#ifndef GUARD_VAULT_H
#define GUARD_VAULT_H

#include "crypt/keyfile.h"
#include "guard/frame.h"

#define VAULT_FILE_MAX 4096		/* a key file, sealed or not */
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
	uint8_t file[VAULT_FILE_MAX];	/* the key file being read */
};

/*
 * vault_new(out, r, e):
 * An empty vault in memory that is not swapped, not dumped and not inherited, between two pages that nothing may touch; and
 * the next 64 KB of the calling thread's stack locked too, where signatures are made. How far that went is noted in ${r}.
 * It lives as long as the process. Errors: ERR_NOMEM.
 */
int vault_new(struct vault **out, struct guard_report *r, struct err *e);

/*
 * vault_load(v, p, o, e):
 * Read the key files of process ${p} (processes.def) below the folder of ${o}. A file must be a regular one, closed to group
 * and others, and owned by the effective user, by o->user or by root; keys must be of the purpose of their place and all
 * different. VAULT_SEALED, with the file named in ${e}: sealed, and o->passphrase is empty. On anything but OK the vault is
 * empty again. Errors: ERR_NOTFOUND (a file that must be there), ERR_DENIED (open to others, owner, link, passphrase),
 * ERR_INPUT, ERR_UNKNOWN, ERR_LIMIT, ERR_IO.
 */
int vault_load(struct vault *v, enum process p, const struct frame_open *o, struct err *e);

#endif
