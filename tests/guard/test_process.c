/* Processes locked in: forbidden things are tried, and must be stopped; what is needed must go on working. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "folder.h"
#include "guard/rows.h"

#define SKIP_ME 77
#define STOPPED 0			/* what a case exits with when it was stopped as it should be */

static struct guard_report report;
static struct err e;
static bool have_landlock, have_seccomp;

/* ${f} in a process of its own, after ${before}: exit status, 128 + signal, or 99 when it could not be locked in. */
static int
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

static void
expect(int got, int want, const char *name)
{
	if (got == SKIP_ME)
		skip(name, 1);
	else
		is(got, want, name);
}

/* Could ${path} be opened? STOPPED: not for lack of right. */
static int
stopped_opening(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd >= 0 ? 1 : errno == EACCES ? STOPPED : 2;
}

static int
opens(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
}

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
static int try_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0; }
static int try_fork(void) { return syscall(SYS_fork) >= 0; }
static int try_kill(void) { return kill(getppid(), 0) == 0; }
static int try_setuid(void) { return setuid(0) == 0; }
static int try_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1) == 0; }
static int try_unlink(void) { return unlink(in_folder("keys/log.key")) == 0; }

static int
try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	return 1;
}

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

/* ---- the node ---- */

static const char *also[1];

static int
as_node(void)
{
	return guard_node(folder, also, 1, &report, &e);
}

static int node_key(void) { return stopped_opening(in_folder("keys/log.key"), O_RDONLY); }
static int node_witness(void) { return stopped_opening(in_folder("keys/witness.key"), O_RDONLY | O_NOFOLLOW); }
static int node_new_key(void) { return stopped_opening(in_folder("keys/tls.crt.new"), O_WRONLY | O_CREAT | O_EXCL); }
static int node_outside(void) { return stopped_opening("/var/lib", O_RDONLY); }
static int node_etc_write(void) { return stopped_opening("/etc/diwan-test", O_WRONLY | O_CREAT); }
static int node_parent(void) { return stopped_opening(in_folder("../guard-test-outside"), O_WRONLY | O_CREAT); }
static int node_init(void) { return GUARD_IS_SANITIZED ? SKIP_ME : stopped_opening("/proc/1/status", O_RDONLY); }
static int node_rename_key(void) { return rename(in_folder("keys/log.key"), in_folder("new")) != 0 ? STOPPED : 1; }

static int
node_replace_key(void)
{
	if (rename(in_folder("keys/tls.key"), in_folder("keys/log.key")) == 0)
		return 1;
	return link(in_folder("diwan.db"), in_folder("keys/log.next.key")) == 0 ? 2 : STOPPED;
}

static int
node_new_top(void)
{
	int rc = stopped_opening(in_folder("new"), O_RDWR | O_CREAT);

	return rc == STOPPED && access(in_folder("new"), F_OK) == 0 ? 3 : rc;
}

static int node_tls(void) { return opens(in_folder("keys/tls.key"), O_RDONLY); }
static int node_db(void) { return opens(in_folder("diwan.db"), O_RDWR); }
static int node_hosts(void) { return access("/etc/hosts", F_OK) == 0 ? opens("/etc/hosts", O_RDONLY) : 0; }
static int node_random(void) { return opens("/dev/urandom", O_RDONLY); }

static int
node_blob(void)
{
	int fd = open(in_folder("blobs/one"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) != 0 || close(fd) != 0)
		return errno;
	return rename(in_folder("blobs/one"), in_folder("blobs/two")) == 0 && unlink(in_folder("blobs/two")) == 0 ? 0 : errno;
}

static int
node_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%.80s/node.sock", folder);
	return bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && unlink(at.sun_path) == 0 ? 0 : errno;
}

static int
node_also(void)
{
	char path[4352];

	snprintf(path, sizeof path, "%s/backup", also[0]);
	return opens(path, O_WRONLY | O_CREAT | O_EXCL) == 0 && unlink(path) == 0 ? 0 : errno;
}

/* A store as the node has it: opened before, used after, with a second connection on the same files. */
static int
node_sqlite(void)
{
	sqlite3 *again;
	int rc;

	if (sqlite3_open(in_folder("diwan.db"), &again) != SQLITE_OK)
		return 1;
	rc = sqlite3_exec(again, "create table if not exists t(a); insert into t values(1); pragma wal_checkpoint(truncate)", NULL,
	    NULL, NULL);
	sqlite3_close(again);
	return rc;
}

static int
open_store_then_node(void)
{
	static sqlite3 *db;

	if (sqlite3_open(in_folder("diwan.db"), &db) != SQLITE_OK ||
	    sqlite3_exec(db, "pragma journal_mode = wal; create table first(a)", NULL, NULL, NULL) != SQLITE_OK)
		return err_set(&e, ERR_IO, "sqlite: %s", sqlite3_errmsg(db));
	return as_node();
}

static void *
answer(void *arg)
{
	return arg;
}

static int
node_thread(void)
{
	pthread_t t;
	void *got = NULL;
	int one;

	return pthread_create(&t, NULL, answer, &one) == 0 && pthread_join(t, &got) == 0 && got == &one ? 0 : 1;
}

static int
node_resolver(void)
{
	struct addrinfo *list = NULL;
	int rc = getaddrinfo("localhost", "80", NULL, &list);

	if (rc == 0)
		freeaddrinfo(list);
	return rc == 0 ? 0 : 1;
}

static int
node_listens(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 1) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0 && connect(to, (struct sockaddr *)&at, len) == 0 ? 0 : errno;
}

static int node_raw(void) { return socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == ENOSYS ? STOPPED : 1; }
static int node_kill(void) { return GUARD_IS_SANITIZED ? SKIP_ME : kill(getppid(), 0) != 0 && errno == ENOSYS ? STOPPED : 1; }
static int node_ptrace(void) { return GUARD_IS_SANITIZED ? SKIP_ME : try_ptrace(); }
static int node_clone(void) { return GUARD_IS_SANITIZED ? SKIP_ME : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 ? STOPPED : 1; }
static int node_raise(void) { return setrlimit(RLIMIT_CORE, &(struct rlimit){ 1, 1 }) != 0 ? STOPPED : 1; }
static int node_mount(void) { return syscall(SYS_mount, "none", folder, "tmpfs", 0, NULL) == 0; }
static int node_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0) == 0; }

static int
node_dumpable(void)
{
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 1;
	return GUARD_IS_SANITIZED || prctl(PR_SET_DUMPABLE, 1) != 0 ? STOPPED : 2;
}

static int
node_write_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (GUARD_IS_SANITIZED)
		return SKIP_ME;
	if (p != MAP_FAILED)
		return 1;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) != 0 ? STOPPED : 2;
}

static void
test_node(void)
{
	static const struct {
		int (*f)(void);
		bool landlock, seccomp;
		int want;
		const char *name;
	} cases[] = {
		{ node_key, true, false, STOPPED, "node: does not read its own log key" },
		{ node_witness, true, false, STOPPED, "node: nor the witness key" },
		{ node_new_key, true, false, STOPPED, "node: nor puts a key there" },
		{ node_rename_key, true, false, STOPPED, "node: nor moves one out" },
		{ node_replace_key, true, false, STOPPED, "node: nor puts another key in its place" },
		{ node_outside, true, false, STOPPED, "node: reads nothing outside" },
		{ node_init, true, false, STOPPED, "node: nor of other processes" },
		{ node_etc_write, true, false, STOPPED, "node: writes nothing outside" },
		{ node_parent, true, false, STOPPED, "node: nor beside its folder" },
		{ node_new_top, true, false, STOPPED, "node: makes no file at the top of its folder" },
		{ node_tls, false, false, 0, "node: reads its TLS key" },
		{ node_db, false, false, 0, "node: opens its store" },
		{ node_blob, false, false, 0, "node: makes, changes, renames, removes files in a folder below" },
		{ node_socket, false, false, 0, "node: makes and removes its control socket" },
		{ node_also, false, false, 0, "node: writes to the folder for backups" },
		{ node_hosts, false, false, 0, "node: reads /etc/hosts" },
		{ node_random, false, false, 0, "node: reads /dev/urandom" },
		{ node_thread, false, false, 0, "node: starts a thread" },
		{ node_resolver, false, false, 0, "node: resolves a name" },
		{ node_listens, false, false, 0, "node: listens and connects" },
		{ node_dumpable, false, true, STOPPED, "node: not dumpable, and stays so" },
		{ node_raise, false, true, STOPPED, "node: does not raise its limits" },
		{ node_raw, false, true, STOPPED, "node: has no raw sockets" },
		{ node_kill, false, true, STOPPED, "node: sends no signals" },
		{ node_clone, false, true, STOPPED, "node: starts no process" },
		{ node_write_exec, false, true, STOPPED, "node: has no memory both writable and executable" },
		{ try_exec, false, true, 128 + SIGSYS, "node executes: killed" },
		{ node_ptrace, false, true, 128 + SIGSYS, "node traces: killed" },
		{ try_setuid, false, true, 128 + SIGSYS, "node becomes root: killed" },
		{ node_mount, false, true, 128 + SIGSYS, "node mounts: killed" },
		{ node_bpf, false, true, 128 + SIGSYS, "node loads programs into the kernel: killed" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool able = (!cases[i].landlock || have_landlock) && (!cases[i].seccomp || have_seccomp);

		expect(able ? apart(as_node, cases[i].f) : SKIP_ME, cases[i].want, cases[i].name);
	}
	is(apart(open_store_then_node, node_sqlite), 0, "node: a store opened before goes on, with a second connection");
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

static int
learn(void)
{
	return as_node() == OK ? (int)(report.achieved & (GUARD_LANDLOCK | GUARD_SECCOMP)) : 99;
}

int
main(void)
{
	int can;
	char backups[] = "/tmp/guard-also.XXXXXX";

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
	test_node();
	remove_folder();
	rmdir(backups);
	return tap_done();
}
