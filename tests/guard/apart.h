/* Trying forbidden things, each in a process of its own: shared by the tests of processes that are locked in. */
#ifndef APART_H
#define APART_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "folder.h"
#include "guard/rows.h"

#define SKIP_ME 77
#define STOPPED 0			/* what a case exits with when it was stopped as it should be */

static struct guard_report report;
static struct err e;
static bool have_landlock, have_seccomp;
static const char *also[1];

/* ${f} in a process of its own, after ${before}: exit status, 128 + signal, or 99 when it could not be locked in. */
__attribute__((unused)) static int
apart(int (*before)(void), int (*f)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		if (before != NULL && before() != OK) {
			fprintf(stderr, "# %s\n", e.text);
			_exit(99);
		}
		_exit(f());
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

__attribute__((unused)) static void
expect(int got, int want, const char *name)
{
	if (got == SKIP_ME)
		skip(name, 1);
	else
		is(got, want, name);
}

/* Could ${path} be opened? STOPPED: not for lack of right. */
__attribute__((unused)) static int
stopped_opening(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd >= 0 ? 1 : errno == EACCES ? STOPPED : 2;
}

__attribute__((unused)) static int
opens(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
}

/* ---- what nobody may do ---- */

__attribute__((unused)) static int try_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0; }
__attribute__((unused)) static int try_setuid(void) { return setuid(0) == 0; }

__attribute__((unused)) static int
try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	return 1;
}

/* ---- the node ---- */

static int
as_node(void)
{
	return guard_node(folder, also, 1, &report, &e);
}

static int
learn(void)
{
	return as_node() == OK ? (int)(report.achieved & (GUARD_LANDLOCK | GUARD_SECCOMP)) : 99;
}

/* A folder as a node has it, another for backups, and what this kernel can do. */
__attribute__((unused)) static void
make_world(void)
{
	static char backups[] = "/tmp/guard-also.XXXXXX";
	int can;

	make_folder();
	also[0] = mkdtemp(backups);
	mkdir(in_folder("blobs"), 0700);
	write_key("keys/tls.key", KEYFILE_TLS, "kz", 9);
	write_key("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS);
	write_file(in_folder("diwan.db"), "", 0, 0600);
	can = apart(NULL, learn);
	have_landlock = can != 99 && can & GUARD_LANDLOCK;
	have_seccomp = can != 99 && can & GUARD_SECCOMP;
	ok(can != 99, "a node can be locked in (Landlock %s, seccomp %s)", have_landlock ? "yes" : "no",
	    have_seccomp ? "yes" : "no");
}

__attribute__((unused)) static void
remove_world(void)
{
	remove_folder();
	rmdir(also[0]);
}

#endif
