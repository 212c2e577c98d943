/*
 * The Landlock rows of a process, through the system calls themselves (Linux 5.13 and later; the C library has no names for
 * them). The structures and bits are those of the kernel's documentation, "Landlock: unprivileged access control"; the
 * machine this is built on may have older headers than the one it runs on, so they are written out here. A kernel is told
 * only of what its version knows; what an older one cannot deny stays possible, and the report says which version it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard/rows.h"

#ifndef SYS_landlock_create_ruleset	/* the same numbers on every architecture */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_REMOVE_DIR (1ull << 4)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_DIR (1ull << 7)
#define FS_MAKE_REG (1ull << 8)
#define FS_MAKE_SOCK (1ull << 9)
#define FS_ALL_1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)		/* version 2 */
#define FS_TRUNCATE (1ull << 14)	/* version 3 */
#define FS_IOCTL_DEV (1ull << 15)	/* version 5 */
#define NET_TCP ((1ull << 0) | (1ull << 1))	/* version 4: bind, connect */
#define SCOPE_ALL ((1ull << 0) | (1ull << 1))	/* version 6: abstract sockets of others, signals to others */

#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)	/* what a file's rule may say */
#define FS_FILE (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE)
#define FS_TREE (FS_FILE | FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_REFER)
#define FS_TOP (FS_READ_DIR | FS_REMOVE_FILE | FS_MAKE_SOCK)

struct ruleset_attr {
	uint64_t fs, net, scope;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct landlock {
	const char *dir;
	int fd;
	uint64_t handled;		/* file rights that this kernel knows */
};

static int
version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	return v < 0 ? 0 : (int)v;
}

/* Allow ${rights} at and below ${path}. One that is not there is passed over. */
static int
allow(const struct landlock *l, const char *path, uint64_t rights, struct err *e)
{
	struct path_attr a = { .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	int rc = OK;

	if (a.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? OK :
		    err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	a.allowed = rights & l->handled;
	if (fstat(a.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		a.allowed &= FS_OF_FILES;
	if (a.allowed != 0 && syscall(SYS_landlock_add_rule, l->fd, RULE_PATH_BENEATH, &a, 0) != 0)
		rc = err_set(e, ERR_IO, "%s: Landlock takes no rule for it: %s", path, strerror(errno));
	close(a.parent_fd);
	return rc;
}

/*
 * All that is in the folder now, one rule an entry, since a rule for the folder itself reaches into keys/. FS_TOP does: the node
 * needs it for its control socket, and can also remove a key with it, but not read one, nor put another in its place.
 */
static int
allow_entries(const struct landlock *l, struct err *e)
{
	char path[4352];
	struct dirent *item;
	DIR *d = opendir(l->dir);
	int rc;

	if (d == NULL)
		return err_set(e, ERR_IO, "%s: %s", l->dir, strerror(errno));
	rc = allow(l, l->dir, FS_TOP, e);
	while (rc == OK && (item = readdir(d)) != NULL) {
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 || strcmp(item->d_name, "keys") == 0)
			continue;
		if (snprintf(path, sizeof path, "%s/%s", l->dir, item->d_name) >= (int)sizeof path)
			rc = err_set(e, ERR_LIMIT, "%s: the name is too long", l->dir);
		else
			rc = allow(l, path, FS_TREE, e);
	}
	closedir(d);
	return rc;
}

static int
allow_row(const struct landlock *l, const struct guard_row *row, struct err *e)
{
	static const uint64_t rights[] = {
		[REACH_READ] = FS_READ_FILE | FS_READ_DIR, [REACH_WRITE] = FS_FILE, [REACH_TREE] = FS_TREE
	};
	const char *s = row->text, *word;
	char path[4352];
	size_t n;
	int rc = OK;

	if (row->number == REACH_ENTRIES)
		return allow_entries(l, e);
	while (rc == OK && (n = rows_word(&s, &word)) > 0) {
		int len = word[0] == '/' ? snprintf(path, sizeof path, "%.*s", (int)n, word) :
		    snprintf(path, sizeof path, "%s/%.*s", l->dir, (int)n, word);

		rc = len >= (int)sizeof path ? err_set(e, ERR_LIMIT, "%s: the name is too long", l->dir) :
		    allow(l, path, rights[row->number], e);
	}
	return rc;
}

static int
add_rules(const struct landlock *l, enum process p, const char *const *also, size_t also_count, struct err *e)
{
	int rc = OK;

	for (const struct guard_row *row = rows_of(p); row != NULL && rc == OK; row = rows_next(row))
		if (row->type == ROW_REACH)
			rc = allow_row(l, row, e);
	for (size_t i = 0; i < also_count && rc == OK; i++)
		rc = access(also[i], F_OK) == 0 ? allow(l, also[i], FS_TREE, e) :
		    err_set(e, ERR_NOTFOUND, "%s: %s; make the folder first", also[i], strerror(errno));
	return rc;
}

/* What this kernel's version can deny. Network: to the node ports are its business, to the others nothing is. */
static struct ruleset_attr
handled_by(int abi, enum process p)
{
	struct ruleset_attr a = { .fs = FS_ALL_1 };

	a.fs |= abi >= 2 ? FS_REFER : 0;
	a.fs |= abi >= 3 ? FS_TRUNCATE : 0;
	a.fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
	a.net = abi >= 4 && p != PROCESS_NODE ? NET_TCP : 0;
	a.scope = abi >= 6 ? SCOPE_ALL : 0;
	return a;
}

int
landlock_confine(enum process p, const char *dir, const char *const *also, size_t also_count, struct guard_report *r,
    struct err *e)
{
	int abi = version();
	struct ruleset_attr a = handled_by(abi, p);
	struct landlock l = { .dir = dir, .handled = a.fs };
	size_t size = abi >= 6 ? sizeof a : abi >= 4 ? 16 : 8;
	int rc;

	if (abi == 0) {
		process_note(r, "files are not fenced: this kernel has no Landlock (Linux 5.13 with \"landlock\" in lsm=)");
		return OK;
	}
	if ((l.fd = (int)syscall(SYS_landlock_create_ruleset, &a, size, 0)) < 0)
		return err_set(e, ERR_IO, "Landlock takes no rules: %s", strerror(errno));
	rc = add_rules(&l, p, also, also_count, e);
	if (rc == OK && syscall(SYS_landlock_restrict_self, l.fd, 0) != 0)
		rc = err_set(e, ERR_IO, "Landlock cannot be switched on: %s", strerror(errno));
	close(l.fd);
	if (rc == OK) {
		r->achieved |= GUARD_LANDLOCK;
		r->landlock_abi = abi;
	}
	return rc;
}
