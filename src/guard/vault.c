#include "guard/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/seal.h"
#include "crypt/secmem.h"
#include "guard/process.h"

#define MODE_MASK 077			/* a key file must not be readable by group or others */
#define STACK_BYTES 65536
#define PATH_BYTES (FRAME_DIR_MAX + 1 + PROCESS_FILE_MAX)

/* ---- memory ---- */

/*
 * The stack below the caller: touched, so that it is there, and locked. What is called later reuses it. By mlock2, since the
 * sanitizers make mlock do nothing.
 */
static __attribute__((noinline)) bool
lock_stack(void)
{
	volatile uint8_t room[STACK_BYTES];

	for (size_t i = 0; i < sizeof room; i += 1024)
		room[i] = 0;
	return mlock2((const void *)(uintptr_t)room, sizeof room, 0) == 0;
}

int
vault_new(struct vault **out, struct guard_report *r, struct err *e)
{
	bool stack = lock_stack();

	if ((*out = secmem_alloc(sizeof **out)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for keys");
	if (secmem_warning() != NULL)
		process_note(r, "%s", secmem_warning());
	else if (!stack)
		process_note(r, "the stack could not be locked in memory and may be written to swap; raise LimitMEMLOCK");
	else
		r->achieved |= GUARD_LOCKED_MEMORY;
	return OK;
}

/* ---- files ---- */

struct reading {
	struct vault *vault;
	const struct frame_open *open;
	uid_t user;			/* another owner that will do */
	char path[PATH_BYTES];
};

static int
check_file(const struct reading *x, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_DENIED, "%s is not a regular file; put the key file itself there", x->path);
	if (st->st_mode & MODE_MASK)
		return err_set(e, ERR_DENIED, "%s can be read by others (mode %04o); run `chmod 600 %s`, and if anybody may have "
		    "read it, replace the key", x->path, (unsigned)(st->st_mode & 07777), x->path);
	if (st->st_uid != geteuid() && st->st_uid != 0 && st->st_uid != x->user)
		return err_set(e, ERR_DENIED, "%s belongs to user %u, who could read or exchange it; run `chown %u %s`, and if "
		    "anybody may have read it, replace the key", x->path, (unsigned)st->st_uid, (unsigned)x->user, x->path);
	return OK;
}

/* ERR_NOTFOUND if there is none. */
static int
read_file(const struct reading *x, struct secmem *text, struct err *e)
{
	int fd = open(x->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_DENIED, "%s is a symbolic link; put the key file itself there", x->path);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s; restore it from where the keys are kept",
		    x->path, strerror(errno));
	rc = fstat(fd, &st) == 0 ? check_file(x, &st, e) : err_set(e, ERR_IO, "%s: %s", x->path, strerror(errno));
	if (rc == OK && (rc = secmem_read(text, fd, SEAL_MAX_BYTES, e)) != OK)
		err_at(e, "%s", x->path);
	close(fd);
	return rc;
}

/* A key as it is used: what its purpose does not need is not kept. */
static int
take(struct vault_key *out, const struct keyfile *k, struct err *e)
{
	int rc = OK;

	out->purpose = k->purpose;
	if (k->purpose == KEYFILE_LOG || k->purpose == KEYFILE_WITNESS) {
		sign_from_seed(&out->key, k->seed);
		rc = vkey_make(&out->vkey, k->name, k->purpose == KEYFILE_LOG ? VKEY_ED25519 : VKEY_COSIGN, out->key.pub, e);
		if (rc == OK)
			vkey_format(out->text, &out->vkey);
	} else {
		memcpy(out->seed, k->seed, sizeof out->seed);
		snprintf(out->text, sizeof out->text, "%s", k->name);
	}
	return rc;
}

/* A wrong passphrase is no failure of the process: another may be had. */
static int
unseal(struct keyfile *k, const struct reading *x, const struct secmem *text, struct err *e)
{
	struct seal s;
	int rc;

	if ((rc = seal_parse(&s, text->bytes, text->len, e)) != OK)
		return rc;
	if (x->open->passphrase.len == 0) {
		err_set(e, ERR_DENIED, "is sealed with a passphrase");
		return VAULT_SEALED;
	}
	rc = seal_open(k, &s, x->open->passphrase.s, x->open->passphrase.len, e);
	return rc == ERR_DENIED ? VAULT_SEALED : rc;
}

static int
parse(struct reading *x, const struct secmem *text, enum keyfile_purpose purpose, struct err *e)
{
	struct keyfile *k = &x->vault->scratch;
	int rc = seal_is(text->bytes, text->len) ? unseal(k, x, text, e) : keyfile_parse(k, text->bytes, text->len, e);

	if (rc == OK && k->purpose != purpose)
		rc = err_set(e, ERR_INPUT, "holds a %s key, a %s key is needed", keyfile_purpose_name(k->purpose),
		    keyfile_purpose_name(purpose));
	if (rc == OK)
		rc = take(&x->vault->key[x->vault->count++], k, e);
	keyfile_wipe(k);
	if (rc != OK)
		err_at(e, "%s", x->path);
	return rc;
}

static int
load_one(struct reading *x, const char *file, enum keyfile_purpose purpose, bool must, struct err *e)
{
	struct secmem text = { 0 };
	int rc;

	snprintf(x->path, sizeof x->path, "%.*s/%s", (int)x->open->dir.len, x->open->dir.s, file);
	rc = read_file(x, &text, e);
	if (rc == ERR_NOTFOUND && !must)
		return OK;
	if (rc == OK)
		rc = parse(x, &text, purpose, e);
	secmem_wipe(&text);
	return rc;
}

/* One key in two places would serve two purposes, or count twice. */
static int
check_distinct(const struct vault *v, struct err *e)
{
	struct vkey keys[FRAME_KEYS_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < v->count; i++)
		if (v->key[i].vkey.type != 0)
			keys[n++] = v->key[i].vkey;
	return vkey_distinct(keys, n, e);
}

static int
find_user(struct reading *x, struct err *e)
{
	char name[FRAME_USER_MAX + 1];
	const struct passwd *pw;

	x->user = geteuid();
	if (x->open->user.len == 0)
		return OK;
	snprintf(name, sizeof name, "%.*s", (int)x->open->user.len, x->open->user.s);
	if ((pw = getpwnam(name)) == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no user \"%.40s\" on this machine", name);
	x->user = pw->pw_uid;
	return OK;
}

int
vault_load(struct vault *v, enum process p, const struct frame_open *o, struct err *e)
{
	struct reading x = { .vault = v, .open = o };
	enum keyfile_purpose purpose;
	const char *file;
	bool must;
	int rc = find_user(&x, e);

	v->count = 0;
	for (unsigned i = 0; rc == OK && process_key(p, i, &file, &purpose, &must); i++)
		rc = v->count == FRAME_KEYS_MAX ? err_set(e, ERR_LIMIT, "at most %d keys", FRAME_KEYS_MAX) :
		    load_one(&x, file, purpose, must, e);
	if (rc == OK)
		rc = check_distinct(v, e);
	if (rc != OK) {
		explicit_bzero(v->key, sizeof v->key);
		v->count = 0;
	}
	return rc;
}
