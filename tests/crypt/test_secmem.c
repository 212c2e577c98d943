/* Memory for secrets: what the kernel says of it, what happens where locking is forbidden, reading a file into it. */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt/crypt.h"
#include "crypt/secmem.h"
#include "tap.h"

static struct err e;

/* The kernel's flags of the mapping that holds ${p} (proc(5), VmFlags), or "". */
static const char *
vm_flags(const void *p)
{
	static char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long long from, to, at = (uintptr_t)p;
	bool here = false;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			here = at >= from && at < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0) {
			fclose(f);
			return line;
		}
	}
	if (f != NULL)
		fclose(f);
	return "";
}

static void
test_alloc(void)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 32, 528, 4080, 4096, 4097, 65537 };
	const char *flags;
	bool good = true;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint8_t *p = secmem_alloc(sizes[i]);

		good &= p != NULL && (uintptr_t)p % 16 == 0;
		for (size_t k = 0; good && k < sizes[i]; k++)
			good &= p[k] == 0;
		if (p != NULL)
			memset(p, 0xa5, sizes[i]);
		secmem_free(p);
	}
	ok(good, "memory of all sizes is zeroed, aligned, and can be written to its end");
	secmem_free(NULL);
	ok(secmem_alloc(0) == NULL && secmem_alloc(SIZE_MAX) == NULL && secmem_alloc(SIZE_MAX - 4096) == NULL,
	    "none of size 0, none larger than there is");
	void *p = secmem_alloc(100);

	flags = vm_flags(p);
	ok(strstr(flags, " dd") != NULL, "is kept out of core dumps: %.*s", (int)strcspn(flags, "\n"), flags);
	ok(secmem_warning() != NULL || strstr(flags, " lo") != NULL, "is locked, or there is a warning");
	secmem_free(p);
}

/* What a child does, by its exit code; -1 if a signal ended it. */
static int
child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* The sanitizers report a bad access as a signal here, as they find no own memory at the place. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		_exit(run());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
write_after(void)
{
	volatile uint8_t *p = secmem_alloc(32);

	p[32] = 1;
	return 0;
}

static int
write_before(void)
{
	uint8_t *p = secmem_alloc(32);
	volatile uint8_t *before = p - 1;

	*before ^= 1;
	secmem_free(p);
	return 0;
}

/* Without the right to lock: as another user if we are root, to whom no limit applies. */
static int
without_lock(void)
{
	static const struct rlimit none = { 0, 0 };
	uint8_t *p;

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
		return 40;
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
		return 40;
	if (secmem_warning() != NULL)
		return 41;
	if ((p = secmem_alloc(32)) == NULL)
		return 42;
	p[31] = 1;
	secmem_free(p);
	if (secmem_warning() == NULL || strstr(secmem_warning(), "ulimit -l") == NULL)
		return 43;
	return 0;
}

static int
lock_process(void)
{
	struct rlimit core;

	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (secmem_lock_process(&e) != OK)
		return 50;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 ||
	    core.rlim_max != 0)
		return 51;
	return secmem_lock_process(&e) == OK ? 0 : 52;
}

static void
test_children(void)
{
	int rc;

	is(child(write_after), -1, "a write past the end stops the program at once");
	is(child(write_before), -1, "one before the start when it is freed");
	if (secmem_warning() != NULL)
		skip("memory cannot be locked here at all", 1);
	else if ((rc = child(without_lock)) == 40)
		skip("the right to lock memory cannot be given up here", 1);
	else
		is(rc, 0, "without the right to lock, memory comes with a warning");
	is(child(lock_process), 0, "a locked process can neither dump core nor be looked into");
}

static int
open_with(char *path, const char *bytes, size_t len)
{
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		ok(false, "%s is written", path);
	return fd;
}

static void
test_read(void)
{
	char path[] = "/tmp/diwan-secmem.XXXXXX", big[5000];
	struct secmem m = { (char *)1, 1 };
	int fd, pipes[2];

	fd = open_with(path, "correct horse\n", 14);
	is(secmem_read(&m, fd, 14, &e), OK, "a file as large as allowed");
	ok(m.len == 14 && strcmp(m.bytes, "correct horse\n") == 0, "is read from its start, and ends in a NUL");
	secmem_wipe(&m);
	ok(m.bytes == NULL && m.len == 0, "and is given back");
	secmem_wipe(&m);
	is(secmem_read(&m, fd, 13, &e), ERR_LIMIT, "one that is larger");
	ok(m.bytes == NULL && m.len == 0 && strstr(e.text, "at most 13") != NULL, "gives nothing: %s", e.text);
	memset(big, 'x', sizeof big);
	is(ftruncate(fd, 0), 0, "an empty file");
	is(secmem_read(&m, fd, 100, &e), ERR_INPUT, "is refused");
	ok(pwrite(fd, big, sizeof big, 0) == (ssize_t)sizeof big && secmem_read(&m, fd, sizeof big, &e) == OK &&
	    m.len == sizeof big && memcmp(m.bytes, big, sizeof big) == 0, "a file of more than a page");
	secmem_wipe(&m);
	close(fd);
	unlink(path);
	is(secmem_read(&m, fd, 100, &e), ERR_IO, "no open file");
	if (pipe(pipes) == 0) {
		is(secmem_read(&m, pipes[0], 100, &e), ERR_INPUT, "a pipe");
		close(pipes[0]);
		close(pipes[1]);
	}
	fd = open("/proc/self/status", O_RDONLY);
	is(secmem_read(&m, fd, 100, &e), ERR_INPUT, "a file that hides its size");
	close(fd);
	/* The files of sysfs say a page and give less: a file that shrinks, as it were. */
	fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
	if (fd < 0)
		skip("no file here that gives less than it says", 1);
	else
		ok(secmem_read(&m, fd, 1 << 20, &e) == ERR_CONFLICT && m.bytes == NULL, "a file that gives less than it says");
	close(fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	is(secmem_read(&m, fd, 1 << 20, &e), ERR_INPUT, "a folder");
	close(fd);
}

int
main(void)
{
	crypt_init(&e);
	test_alloc();
	test_children();
	test_read();
	return tap_done();
}
