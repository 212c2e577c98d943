/* The node, locked in: what must be out of its reach, and what must go on working. */
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/un.h>

#include "apart.h"

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

/* Asking is answered; setting is refused to whoever has not the right to. */
static int
node_clock(void)
{
	struct timex ask = { .modes = 0 };

	return adjtimex(&ask) < 0 ? errno : 0;
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
		{ node_clock, false, false, 0, "node: asks whether the clock is synchronised" },
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

int
main(void)
{
	make_world();
	test_node();
	remove_world();
	return tap_done();
}
