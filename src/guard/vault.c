#include "guard/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard/process.h"

#define MODE_MASK 077			/* a key file must not be readable by group or others */
#define STACK_BYTES 65536
#define PATH_BYTES (FRAME_DIR_MAX + 64)

/* ---- memory ---- */

/* Pages that are in no other mapping, not even the kernel's (Linux 5.14; often switched off). */
static bool
secret_pages(void *at, size_t len)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = ftruncate(fd, (off_t)len) == 0 &&
	    mmap(at, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at;
	close(fd);
	return good;
#else
	(void)at, (void)len;
	return false;
#endif
}

static bool
locked_pages(void *at, size_t len)
{
	return mprotect(at, len, PROT_READ | PROT_WRITE) == 0 && mlock(at, len) == 0;
}

/* The stack below the caller: touched, so that it is there, and locked. What is called later reuses it. */
static __attribute__((noinline)) bool
lock_stack(void)
{
	volatile uint8_t room[STACK_BYTES];

	for (size_t i = 0; i < sizeof room; i += 1024)
		room[i] = 0;
	return mlock((const void *)(uintptr_t)room, sizeof room) == 0;
}

int
vault_new(struct vault **out, struct guard_report *r, struct err *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = (sizeof **out + page - 1) / page * page;
	uint8_t *all = mmap(NULL, len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *inner;

	if (all == MAP_FAILED)
		return err_set(e, ERR_NOMEM, "no memory for keys");
	inner = all + page;
	if (secret_pages(inner, len)) {
		r->achieved |= GUARD_SECRET_MEMORY | GUARD_LOCKED_MEMORY;
	} else if (mmap(inner, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != inner) {
		return err_set(e, ERR_NOMEM, "no memory for keys");
	} else if (locked_pages(inner, len)) {
		r->achieved |= GUARD_LOCKED_MEMORY;
	} else {
		process_note(r, "keys may be swapped to disk: memory cannot be locked (%s); raise LimitMEMLOCK", strerror(errno));
		if (mprotect(inner, len, PROT_READ | PROT_WRITE) != 0)
			return err_set(e, ERR_NOMEM, "no memory for keys");
	}
	madvise(inner, len, MADV_DONTDUMP);
	madvise(inner, len, MADV_DONTFORK);
	if (!lock_stack())
		process_note(r, "the stack may be swapped to disk: it cannot be locked (%s); raise LimitMEMLOCK", strerror(errno));
	*out = (struct vault *)(void *)inner;
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
	if (st->st_size > VAULT_FILE_MAX)
		return err_set(e, ERR_LIMIT, "%s is longer than %d bytes: that is no key file", x->path, VAULT_FILE_MAX);
	return OK;
}

/* The file's bytes into the vault. ERR_NOTFOUND if there is none. */
static int
read_file(struct reading *x, size_t *len, struct err *e)
{
	int fd = open(x->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_DENIED, "%s is a symbolic link; put the key file itself there", x->path);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s; restore it from where the keys are kept",
		    x->path, strerror(errno));
	*len = 0;
	rc = fstat(fd, &st) == 0 ? check_file(x, &st, e) : err_set(e, ERR_IO, "%s: %s", x->path, strerror(errno));
	while (rc == OK && *len < VAULT_FILE_MAX && (n = read(fd, x->vault->file + *len, VAULT_FILE_MAX - *len)) > 0)
		*len += (size_t)n;
	if (rc == OK && n < 0)
		rc = err_set(e, ERR_IO, "%s: %s", x->path, strerror(errno));
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

static int
parse(struct reading *x, size_t len, enum keyfile_purpose purpose, struct err *e)
{
	struct keyfile k;
	int rc = keyfile_parse(&k, x->vault->file, len, e);

	if (rc == OK && k.purpose != purpose)
		rc = err_set(e, ERR_INPUT, "holds a %s key, a %s key is needed", keyfile_purpose_name(k.purpose),
		    keyfile_purpose_name(purpose));
	if (rc == OK)
		rc = take(&x->vault->key[x->vault->count++], &k, e);
	keyfile_wipe(&k);
	return rc == OK ? OK : err_at(e, "%s", x->path);
}

static int
load_one(struct reading *x, const char *file, enum keyfile_purpose purpose, bool must, struct err *e)
{
	size_t len = 0;
	int rc;

	snprintf(x->path, sizeof x->path, "%.*s/%s", (int)x->open->dir.len, x->open->dir.s, file);
	rc = read_file(x, &len, e);
	if (rc == ERR_NOTFOUND && !must)
		return OK;
	if (rc == OK)
		rc = parse(x, len, purpose, e);
	explicit_bzero(x->vault->file, sizeof x->vault->file);
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
