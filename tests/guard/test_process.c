/* The processes that hold keys, locked in: forbidden things are tried, and must be stopped; what is needed must go on working. */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include "apart.h"

/* ---- signer and evaluator ---- */

static int
as_signer(void)
{
	int rc = process_begin(PROCESS_SIGNER, STDERR_FILENO + 1, &report, &e);

	return rc == OK ? process_confine(PROCESS_SIGNER, folder, NULL, 0, &report, &e) : rc;
}

static int
as_evaluator(void)
{
	int rc = process_begin(PROCESS_EVALUATOR, STDERR_FILENO + 1, &report, &e);

	return rc == OK ? process_confine(PROCESS_EVALUATOR, folder, NULL, 0, &report, &e) : rc;
}

static int try_shadow(void) { return open("/etc/shadow", O_RDONLY) >= 0; }
static int try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static int try_fork(void) { return syscall(SYS_fork) >= 0; }
static int try_kill(void) { return kill(getppid(), 0) == 0; }
static int try_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1) == 0; }
static int try_unlink(void) { return unlink(in_folder("keys/log.key")) == 0; }

static int
goes_on_signing(void)
{
	uint8_t seed[SIGN_SEED_BYTES] = { 1 }, sig[SIGN_BYTES];
	struct sign_key key;
	struct timespec now;

	sign_from_seed(&key, seed);
	sign_make(sig, "x", 1, &key);
	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || write(STDERR_FILENO, "", 0) != 0)
		return 1;
	return sign_verify(sig, "x", 1, key.pub) ? 0 : 2;
}

static void
test_holders(void)
{
	static const struct {
		int (*f)(void);
		const char *name;
	} deadly[] = {
		{ try_shadow, "opens /etc/shadow: killed" }, { try_socket, "makes a socket: killed" },
		{ try_ptrace, "traces its parent: killed" }, { try_fork, "forks: killed" }, { try_exec, "executes: killed" },
		{ try_kill, "sends a signal: killed" }, { try_setuid, "becomes root: killed" },
		{ try_dumpable, "makes itself dumpable: killed" }, { try_unlink, "removes a key: killed" },
	};

	is(apart(as_signer, goes_on_signing), 0, "signer: signs, asks the time, writes");
	is(apart(as_evaluator, goes_on_signing), 0, "evaluator: computes, asks the time, writes");
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		char name[80];

		snprintf(name, sizeof name, "signer %s", deadly[i].name);
		expect(have_seccomp ? apart(as_signer, deadly[i].f) : SKIP_ME, 128 + SIGSYS, name);
		snprintf(name, sizeof name, "evaluator %s", deadly[i].name);
		expect(have_seccomp ? apart(as_evaluator, deadly[i].f) : SKIP_ME, 128 + SIGSYS, name);
	}
}

/* Landlock alone, in case a kernel has no seccomp: nothing can be reached. */
static int
only_fenced(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(&e, ERR_IO, "prctl");
	return landlock_confine(PROCESS_SIGNER, folder, NULL, 0, &report, &e);
}

static int fenced_read(void) { return stopped_opening("/etc/passwd", O_RDONLY); }
static int fenced_key(void) { return stopped_opening(in_folder("keys/log.key"), O_RDONLY); }
static int fenced_write(void) { return stopped_opening(in_folder("new"), O_WRONLY | O_CREAT); }

static int
fenced_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (report.landlock_abi < 4)
		return SKIP_ME;
	return connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno == EACCES ? STOPPED : 1;
}

static int
fenced_signal(void)
{
	if (report.landlock_abi < 6)
		return SKIP_ME;
	return kill(getppid(), 0) != 0 && errno == EPERM ? STOPPED : 1;
}

static void
test_fence(void)
{
	static const struct {
		int (*f)(void);
		const char *name;
	} cases[] = {
		{ fenced_read, "fenced: reads no file" }, { fenced_key, "fenced: not even a key" },
		{ fenced_write, "fenced: makes none" },
		{ fenced_connect, "fenced: connects nowhere" }, { fenced_signal, "fenced: sends no signal" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(have_landlock ? apart(only_fenced, cases[i].f) : SKIP_ME, STOPPED, cases[i].name);
}

/* ---- beginning, users, threads ---- */

static int
after_begin(void)
{
	int first = open("/dev/null", O_RDONLY), keep = dup(first), other = dup(first);
	struct rlimit core;

	if (process_begin(PROCESS_SIGNER, keep, &report, &e) != OK)
		return 1;
	if (fcntl(first, F_GETFD) >= 0 || fcntl(other, F_GETFD) >= 0 || fcntl(keep, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 3;
	raise(SIGTERM);
	raise(SIGINT);
	raise(SIGHUP);
	return umask(0) == 077 ? 0 : 4;
}

/*
 * A grandchild that begins as a signer writes one byte into a pipe that it alone keeps open. Then the child between ends, and the
 * pipe must end too.
 */
static int
dies_with_parent(void)
{
	int go[2], life[2], keep;
	pid_t child;
	char c;

	if (pipe(go) != 0 || pipe(life) != 0)
		return 1;
	keep = life[1] + 20;
	if ((child = fork()) == 0) {
		if (fork() == 0) {
			if (dup2(life[1], keep) == keep && process_begin(PROCESS_SIGNER, keep, &report, &e) == OK &&
			    write(keep, "y", 1) == 1)
				for (;;)
					pause();
			_exit(1);
		}
		close(life[1]);
		close(go[1]);
		_exit(read(go[0], &c, 1) == 0 ? 0 : 1);
	}
	close(life[1]);
	alarm(20);
	if (read(life[0], &c, 1) != 1)
		return 2;
	close(go[1]);
	waitpid(child, NULL, 0);
	return read(life[0], &c, 1) == 0 ? 0 : 3;
}

static int
becomes_nobody(void)
{
	uid_t a, b, c;

	if (process_user("nobody", &report, &e) != OK)
		return 1;
	if (getresuid(&a, &b, &c) != 0 || a != 65534 || b != 65534 || c != 65534 || getgroups(0, NULL) != 0)
		return 2;
	if (seteuid(0) == 0 || setegid(0) == 0 || prctl(PR_GET_DUMPABLE) != 0 || !(report.achieved & GUARD_USER))
		return 3;
	if (process_user("nobody", &report, &e) != OK || process_user("root", &report, &e) != ERR_DENIED)
		return 4;
	return stopped_opening(in_folder("keys/log.key"), O_RDONLY);
}

static void *
wait_for_end(void *arg)
{
	pthread_mutex_lock(arg);
	pthread_mutex_unlock(arg);
	return NULL;
}

static int
with_threads(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t t;
	int rc;

	if (process_threads() != 1)
		return 1;
	pthread_mutex_lock(&lock);
	if (pthread_create(&t, NULL, wait_for_end, &lock) != 0)
		return SKIP_ME;
	rc = process_threads() == 2 ? guard_node(folder, NULL, 0, &report, &e) : OK;
	pthread_mutex_unlock(&lock);
	pthread_join(t, NULL);
	return rc == ERR_CONFLICT ? 0 : 2;
}

static int
also_absent(void)
{
	static const char *const none[] = { "/nowhere/at/all" };

	if (!have_landlock)
		return SKIP_ME;
	return guard_node(folder, none, 1, &report, &e) == ERR_NOTFOUND ? 0 : 1;
}

int
main(void)
{
	make_world();
	is(apart(NULL, after_begin), 0, "begin: descriptors, core, signals, umask");
	is(apart(NULL, dies_with_parent), 0, "a signer dies with its parent");
	expect(geteuid() == 0 ? apart(NULL, becomes_nobody) : SKIP_ME, 0, "user: changed for good");
	is(process_user("", &report, &e), OK, "user: nothing to do");
	is(process_user("no-such-user-here", &report, &e), ERR_NOTFOUND, "user: unknown");
	expect(apart(NULL, with_threads), 0, "not while threads run");
	expect(apart(NULL, also_absent), 0, "a folder for backups must be there");
	is(process_from("evaluator"), PROCESS_EVALUATOR, "a process by its name");
	is(process_from("frob"), 0, "no such process");
	test_holders();
	test_fence();
	remove_world();
	return tap_done();
}
