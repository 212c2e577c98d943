/*
 * BENCHMARKS.md: idle. Fourteen members on this machine, each a real `diwan serve` with its signer, paired with one another over
 * loopback; nobody files anything. What they use of a core, all together, once they have come to rest.
 *
 *   bench_idle [SECONDS]		how long to look (60)
 */
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define MEMBERS 14
#define PROGRAM "build/diwan"
#define FIRST_PORT 17301
#define START_S 15			/* until all have heard from one another, and may sign */
#define REST_S 15			/* until what was filed has arrived, and receipts and cosignatures of all */
#define LOOK_S 60

static char dir[3000];
static pid_t node[MEMBERS];

static void
stop_all(void)
{
	for (int i = 0; i < MEMBERS; i++)
		if (node[i] > 0)
			kill(node[i], SIGTERM);
	for (int i = 0; i < MEMBERS; i++)
		if (node[i] > 0)
			waitpid(node[i], NULL, 0);
}

__attribute__((noreturn)) static void
die(const char *what)
{
	stop_all();
	fprintf(stderr, "bench_idle: %s (what was made is in %s)\n", what, dir);
	exit(1);
}

__attribute__((format(printf, 1, 2))) static void
shell(const char *fmt, ...)
{
	char command[8000], sh[] = "sh", option[] = "-c";
	char *argv[] = { sh, option, command, NULL };
	va_list ap;
	pid_t pid;
	int status = 0;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die(command);
}

/* A treaty of fourteen, with an authority each. */
static void
write_charter(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		die("no charter can be written");
	fprintf(f, "charter: 1\nmechanism: idle\nname: {en: Fourteen at rest}\nmembers:\n");
	for (int i = 0; i < MEMBERS; i++)
		fprintf(f, "  m%c:\n    name: {en: Member %d}\n    status: member\n    from: 2020-01-01\n"
		    "    zone: \"+05:00\"\n    weekend: [saturday, sunday]\n", 'a' + i, i + 1);
	fprintf(f, "instruments:\n  treaty:\n    name: {en: A treaty}\n    adopted: 2020-01-01\n"
	    "    in force: {when: all signatories have ratified}\n    survival: until delete by\n    acts:\n");
	for (int i = 0; i < MEMBERS; i++)
		fprintf(f, "      - {who: m%c, act: sign, on: 2020-01-01}\n      - {who: m%c, act: ratify, on: 2020-01-01}\n",
		    'a' + i, 'a' + i);
	fprintf(f, "authorities:\n");
	for (int i = 0; i < MEMBERS; i++)
		fprintf(f, "  m%c-office:\n    member: m%c\n    name: {en: Office of member %d}\n"
		    "    type: single point of contact\n    competences:\n"
		    "      - {may: [file, see, act, approve], purposes: [P01, P13], kinds: all}\n",
		    'a' + i, 'a' + i, i + 1);
	fprintf(f, "channels:\n  incidents:\n    under: treaty\n    kinds: [incident]\n    purposes: [P01]\n");
	if (fclose(f) != 0)
		die("the charter cannot be written");
}

static void
make_nodes(void)
{
	char charter[3100];

	snprintf(charter, sizeof charter, "%s/charter.yaml", dir);
	write_charter(charter);
	for (int i = 0; i < MEMBERS; i++) {
		shell(PROGRAM " init %s/%c --charter %s --member m%c --address 127.0.0.1:%d >%s/out 2>&1", dir, 'a' + i, charter,
		    'a' + i, FIRST_PORT + i, dir);
		shell(PROGRAM " pair %s/%c >%s/%c.card", dir, 'a' + i, dir, 'a' + i);
	}
	for (int i = 0; i < MEMBERS; i++)
		for (int k = 0; k < MEMBERS; k++)
			if (i != k)
				shell(PROGRAM " pair %s/%c --add %s/%c.card --yes >%s/out 2>&1", dir, 'a' + i, dir, 'a' + k, dir);
}

/* A record to all each, so that logs and cosignatures are of something. */
static void
file_records(void)
{
	char body[3100];
	FILE *f;

	snprintf(body, sizeof body, "%s/body.json", dir);
	if ((f = fopen(body, "w")) == NULL || fputs("{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":"
	    "\"2024-12-31T10:00:00Z\",\"precision\":\"DAY\"},\"response\":[{\"lang\":\"en\",\"text\":\"seized\"}]}", f) < 0 ||
	    fclose(f) != 0)
		die("the record cannot be written");
	for (int i = 0; i < MEMBERS; i++)
		shell(PROGRAM " file %s/%c --kind incident --channel incidents --to parties:treaty --basis treaty:1 --tlp AMBER"
		    " --body %s >%s/out 2>&1", dir, 'a' + i, body, dir);
}

static void
start_nodes(void)
{
	char path[3100];

	for (int i = 0; i < MEMBERS; i++) {
		snprintf(path, sizeof path, "%s/%c", dir, 'a' + i);
		if ((node[i] = fork()) == 0) {
			if (freopen("/dev/null", "w", stdout) != NULL)
				execl(PROGRAM, PROGRAM, "serve", path, "--quiet", "--clock-trusted", (char *)NULL);
			_exit(127);
		}
		if (node[i] < 0)
			die("fork");
	}
}

/* Ticks of processor time of process ${pid}, and its parent; false: it has gone. */
static bool
ticks_of(long pid, unsigned long long *ticks, long *parent)
{
	char path[64], line[1000];
	unsigned long long user, kernel;
	const char *end = NULL;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return false;
	if (fgets(line, sizeof line, f) != NULL)
		end = strrchr(line, ')');
	fclose(f);
	if (end == NULL || sscanf(end + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", parent, &user, &kernel) != 3)
		return false;
	*ticks = user + kernel;
	return true;
}

static bool
is_ours(long pid)
{
	for (int i = 0; i < MEMBERS; i++)
		if (node[i] == pid)
			return true;
	return false;
}

/* Seconds of processor time that all nodes and their signers have used so far. */
static double
used(void)
{
	unsigned long long ticks, all = 0;
	int nodes = 0;
	struct dirent *d;
	DIR *proc = opendir("/proc");
	long parent;

	while (proc != NULL && (d = readdir(proc)) != NULL) {
		long pid = strtol(d->d_name, NULL, 10);

		if (pid > 0 && ticks_of(pid, &ticks, &parent) && (is_ours(pid) || is_ours(parent))) {
			all += ticks;
			nodes += is_ours(pid);
		}
	}
	if (proc != NULL)
		closedir(proc);
	if (nodes != MEMBERS)
		die("a node has ended");
	return (double)all / (double)sysconf(_SC_CLK_TCK);
}

int
main(int argc, char **argv)
{
	unsigned look_s = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : LOOK_S;
	const char *tmp = getenv("TMPDIR");
	double before, took_s, start_s;
	int64_t from_us;

	if (access(PROGRAM, X_OK) != 0) {
		printf("%s is not built: nothing measured\n", PROGRAM);
		return 0;
	}
	snprintf(dir, sizeof dir, "%s/bench-idle.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL)
		die("no folder");
	make_nodes();
	start_nodes();
	sleep(START_S);
	file_records();
	sleep(REST_S);
	start_s = before = used();
	from_us = monotonic_us();
	sleep(look_s);
	before = used() - before;
	took_s = (double)(monotonic_us() - from_us) / 1e6;
	printf("%d members at rest   %6.2f %% of a core in all   (%.2f s of processor time in %.1f s; %.1f s in the first %d s)\n",
	    MEMBERS, 100 * before / took_s, before, took_s, start_s, START_S + REST_S);
	stop_all();
	shell("rm -rf %s", dir);
	return 0;
}
