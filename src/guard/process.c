#include "guard/process.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crypt/secmem.h"
#include "guard/rows.h"

void
process_note(struct guard_report *r, const char *fmt, ...)
{
	size_t at = strlen(r->note), room = sizeof r->note - at;
	va_list ap;
	int n;

	if (at > 0 && room > 2) {
		memcpy(r->note + at, "; ", 3);
		room -= 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(r->note + sizeof r->note - room, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		r->note[at] = 0;
}

static int
failed(struct err *e, const char *what)
{
	return err_set(e, ERR_IO, "%s: %s", what, strerror(errno));
}

/* ---- beginning ---- */

/* No memory image for anybody, not even for programs of the same user. */
static int
no_dump(struct guard_report *r, struct err *e)
{
	int rc = secmem_lock_process(e);

	if (rc != OK)
		return rc;
	r->achieved |= GUARD_NOT_DUMPABLE;
	if (GUARD_IS_SANITIZED && !(r->achieved & GUARD_SANITIZED)) {
		r->achieved |= GUARD_SANITIZED;
		process_note(r, "built with sanitizers: for tests only");
	}
	return OK;
}

/* Where close_range(2) is absent (before Linux 5.9): one by one, by what /proc lists. */
static int
close_listed(int keep_fd)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *item;

	if (d == NULL)
		return -1;
	while ((item = readdir(d)) != NULL) {
		long fd = strtol(item->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != keep_fd && fd != dirfd(d))
			close((int)fd);
	}
	return closedir(d);
}

static int
close_others(int keep_fd)
{
	unsigned keep = (unsigned)keep_fd, first = STDERR_FILENO + 1;

	if ((keep == first || syscall(SYS_close_range, first, keep - 1, 0) == 0) &&
	    syscall(SYS_close_range, keep + 1, ~0U, 0) == 0)
		return 0;
	return close_listed(keep_fd);
}

int
process_begin(enum process p, int keep_fd, struct guard_report *r, struct err *e)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP };
	int rc;

	if (close_others(keep_fd) != 0)	/* before no_dump: then only root lists /proc/self/fd */
		return failed(e, "closing descriptors");
	if ((rc = no_dump(r, e)) != OK)
		return rc;
	umask(077);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, process_name(p), 0, 0, 0);	/* what ps shows; nothing rests on it */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 ? OK : failed(e, "prctl(PR_SET_PDEATHSIG)");
}

/* ---- another user ---- */

/* Root can come back from seteuid alone; all three ids must be gone, and trying must fail. */
static int
become(const struct passwd *pw, struct err *e)
{
	if (setgroups(0, NULL) != 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return failed(e, "changing to the user");
	if (pw->pw_uid != 0 && (setuid(0) == 0 || setgid(0) == 0))
		return err_set(e, ERR_IO, "changed to user %s, but root could be had back; nothing goes on like this", pw->pw_name);
	return OK;
}

int
process_user(const char *user, struct guard_report *r, struct err *e)
{
	const struct passwd *pw;
	int rc;

	if (user[0] == 0)
		return OK;
	errno = 0;
	if ((pw = getpwnam(user)) == NULL)
		return err_set(e, errno == 0 ? ERR_NOTFOUND : ERR_IO, "there is no user \"%.40s\" on this machine; make it with "
		    "`adduser --system --group %.40s`", user, user);
	if (geteuid() == pw->pw_uid && getuid() == pw->pw_uid)
		return OK;
	if (geteuid() != 0)
		return err_set(e, ERR_DENIED, "only root can change to user %.40s; start it as root or as that user", user);
	if ((rc = become(pw, e)) != OK)
		return rc;
	r->achieved |= GUARD_USER;
	return no_dump(r, e);		/* a change of user puts back what an administrator set for such programs */
}

/* ---- locking in ---- */

unsigned
process_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *item;
	unsigned n = 0;

	if (d == NULL)
		return 0;
	while ((item = readdir(d)) != NULL)
		n += item->d_name[0] != '.';
	closedir(d);
	return n;
}

static int
set_limits(enum process p, struct guard_report *r, struct err *e)
{
	for (const struct guard_row *row = rows_of(p); row != NULL; row = rows_next(row)) {
		struct rlimit limit = { (rlim_t)row->value, (rlim_t)row->value };

		if (row->type == ROW_LIMIT && setrlimit((__rlimit_resource_t)row->number, &limit) != 0)
			return failed(e, "setrlimit");
	}
	r->achieved |= GUARD_LIMITS;
	return OK;
}

int
process_confine(enum process p, const char *dir, const char *const *also, size_t also_count, struct guard_report *r, struct err *e)
{
	int rc;

	if (process_threads() > 1)
		return err_set(e, ERR_CONFLICT, "the %s has %u threads already; it must be locked in before it starts them",
		    process_name(p), process_threads());
	if (p != PROCESS_NODE && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)	/* lost with a change of user */
		return failed(e, "prctl(PR_SET_PDEATHSIG)");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed(e, "prctl(PR_SET_NO_NEW_PRIVS)");
	r->achieved |= GUARD_NO_NEW_PRIVS;
	/* Landlock needs descriptors of its own, so that the limits come after it; seccomp last. */
	if ((rc = landlock_confine(p, dir, also, also_count, r, e)) != OK || (rc = set_limits(p, r, e)) != OK)
		return rc;
	return seccomp_confine(p, r, e);
}

int
guard_node(const char *dir, const char *const *also, size_t also_count, struct guard_report *r, struct err *e)
{
	int rc;

	*r = (struct guard_report){ 0 };
	if (also_count > GUARD_ALSO_MAX)
		return err_set(e, ERR_LIMIT, "at most %d folders beside the node's own can be written to", GUARD_ALSO_MAX);
	if ((rc = no_dump(r, e)) != OK)
		return rc;
	return process_confine(PROCESS_NODE, dir, also, also_count, r, e);
}
