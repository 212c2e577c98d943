/*
 * What survives: a child files and reports what was acknowledged through a pipe,
 and is killed or runs out of space. Afterwards every
 * acknowledged record is there, the log verifies, and nothing is there by half.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "home.h"

#define ROUNDS 20
#define MAX_ACKED 60000

static uint8_t acked[MAX_ACKED][RECORD_ID_BYTES];
static size_t acked_count;

/* ---- the child ---------------------------------------------------------------------------------------------------------- */

struct filer {
	struct node *n;
	int out;
	size_t batch;
};

/* File batch after batch; ids go to the pipe once node_file has returned OK for them. */
static void *
file_on(void *arg)
{
	struct filer *f = arg;

	for (;;) {
		struct entry_job jobs[32] = { 0 };
		struct buf texts[32];
		struct err e = { 0 };

		for (size_t i = 0; i < f->batch; i++) {
			struct draft d = incident_of(KZ);

			texts[i] = text_of(&d, home_body);
			jobs[i].bytes = texts[i].data;
			jobs[i].len = texts[i].len;
		}
		if (node_file(f->n, jobs, f->batch, &e) != OK)
			return NULL;
		for (size_t i = 0; i < f->batch; i++) {
			if (jobs[i].rc == OK && write(f->out, jobs[i].id, RECORD_ID_BYTES) != RECORD_ID_BYTES)
				return NULL;
			buf_free(&texts[i]);
		}
	}
}

static void
child_files(int out)
{
	struct filer f[2] = { { .out = out, .batch = 1 }, { .out = out, .batch = 32 } };
	pthread_t thread;

	f[0].n = f[1].n = open_in("one");
	pthread_create(&thread, NULL, file_on, &f[0]);
	file_on(&f[1]);
	_exit(1);			/* only a signal ends it */
}

/* ---- the parent --------------------------------------------------------------------------------------------------------- */

static pid_t
start_child(void (*run)(int out), int *in)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) != 0 || (pid = fork()) < 0) {
		printf("Bail out! cannot start a child\n");
		exit(1);
	}
	if (pid == 0) {
		close(fd[0]);
		run(fd[1]);
		_exit(0);
	}
	close(fd[1]);
	*in = fd[0];
	return pid;
}

/* Ids until the pipe ends. */
static void
read_acked(int in)
{
	uint8_t id[RECORD_ID_BYTES];

	while (acked_count < MAX_ACKED && read(in, id, sizeof id) == sizeof id)
		memcpy(acked[acked_count++], id, sizeof id);
}

static int
see_row(void *ctx, const struct row *row)
{
	*(int64_t *)ctx = row->v[2].num;
	return 1;
}

/* Acknowledged records from ${from} on that are not in the log, with their text. */
static size_t
missing(struct node *n, size_t from)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	size_t gone = 0;

	for (size_t i = from; i < acked_count; i++) {
		struct row key = { .table = T_BY_ID, .cols = 3 };
		struct arena a = { 0 };
		struct payload p;
		struct record rec;
		int64_t pos = -1;

		key.v[0] = val_blob(acked[i], RECORD_ID_BYTES);
		if (store_row_scan(r, &key, 1, 1, false, see_row, &pos, &e) < 0 || pos < 0 || store_payload_get(r,
		    pos, &p, &e) != OK ||
		    record_parse(&a, p.bytes, p.len, &rec, &e) != OK || memcmp(rec.id, acked[i], RECORD_ID_BYTES) != 0)
			gone++;
		arena_free(&a);
	}
	node_reader_done(n, r);
	return gone;
}

static bool
whole(struct node *n)
{
	uint64_t size = published_of(n, KZ, NULL);
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct log_row row;
	bool good = r != NULL && store_log_get(r, node_own_log(n), &row,
	    &e) == OK && row.size == size && row.payloads_next == size &&
	    payloads_of(n, KZ) == size;

	node_reader_done(n, r);
	return good;
}

static void
test_kill(void)
{
	uint32_t seed = 17;
	size_t wholes = 0, lost = 0, before;
	int killed = 0, status, in, rc;
	struct err e = { 0 };
	struct node *n;

	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid = start_child(child_files, &in);
		uint8_t id[RECORD_ID_BYTES];

		before = acked_count;
		if (read(in, id, sizeof id) == sizeof id)
			memcpy(acked[acked_count++], id, sizeof id);
		usleep((seed = seed * 1664525 + 1013904223) % 30000);
		kill(pid, SIGKILL);
		read_acked(in);
		close(in);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		if ((n = try_open("one", false, &rc, &e)) == NULL) {
			printf("# round %d: %s\n", round, e.text);
			continue;
		}
		wholes += whole(n);
		lost += missing(n, round % 5 == 4 ? 0 : before);
		node_close(n);
	}
	is(killed, ROUNDS, "killed while it filed");
	is(wholes, ROUNDS, "each time the node opens, and log, payloads and published size agree");
	ok(lost == 0 && acked_count > ROUNDS, "of %zu acknowledged records none is lost", acked_count);
	n = open_in("one");
	is(missing(n, 0), 0, "nor later");
	is(findings_of(n), 0, "the log verifies, each payload fits its entry, the derived rows are those of a fresh fold");
	file_many(n, 1, 1);
	node_close(n);
}

/* ---- no space left ------------------------------------------------------------------------------------------------------ */

/* Room for ${more} bytes beyond the store's file; 0: as much as there is. */
static void
limit_file(rlim_t more)
{
	struct rlimit l;
	struct stat st;

	if (stat(in_home("one/diwan.db"), &st) != 0 || getrlimit(RLIMIT_FSIZE, &l) != 0)
		_exit(3);
	l.rlim_cur = more == 0 ? l.rlim_max : (rlim_t)st.st_size + more;
	if (setrlimit(RLIMIT_FSIZE, &l) != 0)
		_exit(3);
}

static int
file_one(struct filer *f, struct err *e)
{
	struct draft d = incident_of(KZ);
	struct entry_job job;
	int rc = file_draft(f->n, &d, home_body, &job, e);

	if (rc == OK && write(f->out, job.id, RECORD_ID_BYTES) != RECORD_ID_BYTES)
		_exit(4);
	return rc;
}

/* Told through the pipe: ids that were acknowledged; then 16 bytes of which the first says what came of it. */
static void
child_fills(int out)
{
	uint8_t told[RECORD_ID_BYTES] = { 0 };
	struct filer f = { .out = out, .batch = 32 };
	struct err e = { 0 };
	int full = OK, rc = ERR_NOTFOUND;

	signal(SIGXFSZ, SIG_IGN);
	f.n = open_in("one");
	limit_file(400000);
	file_on(&f);			/* returns when a batch could not be filed */
	for (int i = 0; i < 5000 && full == OK; i++)	/* a single record may still fit, or the housekeeper finds some room */
		full = file_one(&f, &e);
	limit_file(0);
	for (int i = 0; i < 50 && rc != OK; i++) {
		usleep(20000);		/* the housekeeper needs space too */
		rc = file_one(&f, &e);
	}
	told[0] = full == ERR_FULL;
	told[1] = rc == OK;
	told[2] = node_failed(f.n, &e);
	memset(told + 3, 0xff, sizeof told - 3);
	if (write(out, told, sizeof told) != sizeof told)
		_exit(4);
	node_close(f.n);
	_exit(0);
}

static void
test_full(void)
{
	int in, status, rc;
	struct err e = { 0 };
	struct node *n;
	pid_t pid = start_child(child_fills, &in);
	size_t before = acked_count;
	const uint8_t *told;

	read_acked(in);
	close(in);
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0 && acked_count > before, "a node whose disk is full goes on "
	    "running (status %x)",
	    (unsigned)status);
	told = acked[--acked_count];
	is(told[0], 1, "what cannot be written is refused as such");
	is(told[2], 0, "which is no reason to stop");
	is(told[1], 1, "once there is room again, filing goes on in the same process");
	n = try_open("one", false, &rc, &e);
	ok(n != NULL, "it opens: %s", n == NULL ? e.text : "yes");
	if (n == NULL)
		return;
	ok(whole(n) && missing(n, before) == 0, "%zu records were acknowledged before and are there", acked_count - before);
	is(findings_of(n), 0, "and all is sound");
	node_close(n);
}

int
main(void)
{
	home_start();
	node_close(new_node("one", "kz", 7101));
	test_kill();
	test_full();
	home_end();
	return tap_done();
}
