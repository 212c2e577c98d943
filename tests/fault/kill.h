/*
 * kill -9 under load: three `diwan serve` that file (through their control sockets) and exchange, and are killed at random
 * moments, in the middle of whatever they do, thousands of times. What must be true (docs/faults.md 5):
 *
 *   K1  A record that was acknowledged is in its log afterwards, where it was said to be, with its text.
 *   K2  No two different trees of one size are ever shown of a log: every checkpoint that anybody shows is remembered.
 *   K3  What is left is sound: the node starts again by itself, and node_check finds nothing.
 *
 * The folder keeps what is needed to go on: run again with the same folder, a run continues.
 */
#ifndef TESTS_FAULT_KILL_H
#define TESTS_FAULT_KILL_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/json.h"
#include "http/client.h"
#include "node/home.h"
#include "sim/dice.c"

#define KILL_NODES 3
#define ACKED_MAX 2000000
#define SIZES_MAX 2000000
#define BATCH_MAX 24

struct kill_options {
	const char *program;		/* diwan */
	uint64_t seed;
	unsigned from, cycles;		/* cycles from .. cycles - 1 are run */
	unsigned check_each;		/* cycles after which the killed node is looked at before it starts again */
	bool progress;
};

struct acked {
	uint8_t id[RECORD_ID_BYTES];
	uint32_t who;
	uint64_t index;
};

static struct {
	pid_t pid[KILL_NODES];
	void *session[KILL_NODES];
	struct acked *acked;
	size_t acked_count, checked[KILL_NODES];	/* acked: those before were found */
	FILE *acked_file;
	uint64_t *root[KILL_NODES];	/* a hash of the root that was shown of each size; 0: none */
	uint64_t kills, requests, refused, notes, lost, forks, unsound, silent_ends;
} run;

/* ---- children ------------------------------------------------------------------------------------------------------------- */

static const char *
dir_of(int who)
{
	return in_home(party_codes[who]);
}

static void
start_node(const char *program, int who)
{
	pid_t pid = fork();
	char log[420];
	int fd;

	if (pid < 0) {
		printf("Bail out! cannot start a process\n");
		exit(1);
	}
	if (pid == 0) {
		snprintf(log, sizeof log, "%s.log", dir_of(who));
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(9);
		execl(program, program, "serve", dir_of(who), (char *)NULL);
		_exit(9);
	}
	run.pid[who] = pid;
}

/* It may have ended by itself, which it must not. */
static void
kill_node(int who)
{
	int status = 0;

	kill(run.pid[who], SIGKILL);
	waitpid(run.pid[who], &status, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		run.silent_ends++;
		printf("# %s ended by itself with %x; its last words are in %s.log\n", party_codes[who], (unsigned)status,
		    dir_of(who));
	}
	run.pid[who] = 0;
	run.kills++;
	control_end(run.session[who]);
	run.session[who] = NULL;
}

struct killer {
	pid_t pid;
	unsigned after_us;
};

static void *
killer_main(void *arg)
{
	struct killer *k = arg;

	usleep(k->after_us);
	kill(k->pid, SIGKILL);
	return NULL;
}

/* ---- load ------------------------------------------------------------------------------------------------------------------ */

static void
real_time(void)
{
	atomic_store(&home_now_ms, clock_now_ms(&clock_system));
}

static int
take_ack(int who, const char *line, size_t len)
{
	static const struct json_limits limits = { 65536, 4, 32 };
	struct arena a = { 0 };
	struct json *root;
	struct acked *x = &run.acked[run.acked_count];
	int rc = json_parse(&a, line, len, &limits, &root, NULL);

	if (rc == OK && json_get(root, "ok") != NULL && json_get(root, "ok")->type == JSON_TRUE && run.acked_count < ACKED_MAX) {
		x->who = (uint32_t)who;
		x->index = (uint64_t)json_get(root, "index")->num;
		hex_decode(x->id, sizeof x->id, json_get(root, "id")->str, json_get(root, "id")->len);
		if (fwrite(x, sizeof *x, 1, run.acked_file) == 1)
			run.acked_count++;
	} else {
		run.refused++;
	}
	arena_free(&a);
	return rc;
}

static void
file_batch(int who, unsigned count)
{
	struct buf body = { 0 }, out = { 0 };
	const char *at, *end, *lf;
	struct err e;
	int status = 0, rc;

	real_time();
	for (unsigned i = 0; i < count; i++) {
		struct draft d = incident_of(who);
		struct buf text = text_of(&d, home_body);

		buf_add(&body, text.data, text.len);
		buf_byte(&body, '\n');
		buf_free(&text);
	}
	run.requests++;
	rc = control_call(&run.session[who], dir_of(who), "POST", "/control/file", body.data, body.len, 1 << 20, &status, &out, &e);
	if (rc != OK || status != 200)
		usleep(5000);		/* it is down, or not open yet */
	at = buf_cstr(&out);
	end = rc == OK && status == 200 ? at + out.len : at;
	for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))) != NULL; at = lf + 1)
		if (take_ack(who, at, (size_t)(lf - at)) != OK)
			break;
	buf_free(&body);
	buf_free(&out);
}

/* ---- K2 -------------------------------------------------------------------------------------------------------------------- */

static uint64_t
hash_of(const char *s, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
	return h == 0 ? 1 : h;
}

/* "origin LF size LF root LF ...". */
static void
see_note(int of, const char *note)
{
	const char *size = strchr(note, '\n'), *root = size == NULL ? NULL : strchr(size + 1, '\n');
	const char *end = root == NULL ? NULL : strchr(root + 1, '\n');
	unsigned long long n;
	uint64_t h;

	if (end == NULL || (n = strtoull(size + 1, NULL, 10)) >= SIZES_MAX)
		return;
	h = hash_of(root, (size_t)(end - root));
	run.notes++;
	if (run.root[of][n] != 0 && run.root[of][n] != h) {
		run.forks++;
		printf("# two trees of %llu entries were shown of the log of %s\n", n, party_codes[of]);
	}
	run.root[of][n] = h;
}

static void
look_at_notes(int at, int of)
{
	struct buf out = { 0 };
	struct err e;
	char path[80];
	int status = 0;

	snprintf(path, sizeof path, "/log/tashkent-2000/%s/checkpoint", party_codes[of]);
	if (control_call(&run.session[at], dir_of(at), "GET", path, NULL, 0, 65536, &status, &out, &e) == OK && status == 200)
		see_note(of, buf_cstr(&out));
	buf_free(&out);
}

/* ---- K1, K3: a node that is down is opened here -------------------------------------------------------------------------- */

static bool
is_there(struct store_reader *r, const struct acked *x)
{
	struct payload p;
	struct record rec;
	struct arena a = { 0 };
	struct err e;
	bool yes = store_payload_get(r, POS(LOG_NO((int)x->who, 1), x->index), &p, &e) == OK &&
	    record_parse(&a, p.bytes, p.len, &rec, &e) == OK && memcmp(rec.id, x->id, sizeof rec.id) == 0;

	arena_free(&a);
	return yes;
}

static void
look_inside(int who, bool thorough)
{
	struct node_options o = { .dir = dir_of(who) };
	struct node *n = NULL;
	struct err e = { 0 };
	struct store_reader *r;
	struct buf note = { 0 };

	if (node_open(&n, &o, &e) != OK) {
		run.unsound++;
		printf("# %s does not open: %s\n", party_codes[who], e.text);
		return;
	}
	r = node_reader(n, &e);
	node_must(r == NULL ? e.code : OK, &e);
	for (size_t i = thorough ? 0 : run.checked[who]; i < run.acked_count; i++)
		if (run.acked[i].who == (uint32_t)who && !is_there(r, &run.acked[i])) {
			run.lost++;
			printf("# %s has lost what it acknowledged at %" PRIu64 "\n", party_codes[who], run.acked[i].index);
		}
	run.checked[who] = run.acked_count;
	node_reader_done(n, r);
	for (int of = 0; of < KILL_NODES; of++)
		if (published_of(n, of, &note) > 0)
			see_note(of, buf_cstr(&note));
	buf_free(&note);
	if (thorough && findings_of(n) != 0)
		run.unsound++;
	node_close(n);
}

/* ---- the run ---------------------------------------------------------------------------------------------------------------- */

static void
make_nodes(void)
{
	unsigned port = 20000 + (unsigned)getpid() % 20000;
	struct node *n[KILL_NODES];
	struct err e = { 0 };
	struct card card;
	char address[40];

	for (int i = 0; i < KILL_NODES; i++) {
		struct node_init in = { .dir = dir_of(i), .charter_path = CHARTER, .member = party_codes[i], .address = address };
		struct node_options o = { .dir = in.dir };

		snprintf(address, sizeof address, "127.0.0.1:%u", port + (unsigned)i);
		node_must(node_create(&in, &clock_system, &rng_system, &e), &e);
		node_must(node_open(&n[i], &o, &e), &e);
	}
	for (int i = 0; i < KILL_NODES; i++)
		for (int k = 0; k < KILL_NODES; k++)
			if (i != k) {
				node_card(n[k], &card);
				node_must(node_pair(n[i], &card, &e), &e);
			}
	for (int i = 0; i < KILL_NODES; i++)
		node_close(n[i]);
}

static void
run_start(const struct kill_options *o)
{
	char path[420];

	run.acked = calloc(ACKED_MAX, sizeof *run.acked);
	for (int i = 0; i < KILL_NODES; i++)
		run.root[i] = calloc(SIZES_MAX, sizeof *run.root[i]);
	snprintf(path, sizeof path, "%s", in_home("acked"));
	if (access(dir_of(0), F_OK) != 0)
		make_nodes();
	run.acked_file = fopen(path, "a+b");
	if (run.acked == NULL || run.root[KILL_NODES - 1] == NULL || run.acked_file == NULL) {
		printf("Bail out! no memory, or %s cannot be written\n", path);
		exit(1);
	}
	rewind(run.acked_file);
	run.acked_count = fread(run.acked, sizeof *run.acked, ACKED_MAX, run.acked_file);
	for (int i = 0; i < KILL_NODES; i++)
		start_node(o->program, i);
}

/* Load for a while, in the middle of which one node dies; then it starts again. */
static void
one_cycle(const struct kill_options *o, unsigned cycle)
{
	struct dice d = dice_of(o->seed * 1000003 + cycle, "kill");
	int victim = (int)dice_below(&d, KILL_NODES);
	struct killer k = { run.pid[victim], (unsigned)dice_below(&d, dice_below(&d, 4) == 0 ? 1500000 : 250000) };
	int64_t end = monotonic_us() + k.after_us + (int64_t)dice_below(&d, 100000);
	pthread_t thread;

	if (pthread_create(&thread, NULL, killer_main, &k) != 0) {
		printf("Bail out! cannot start a thread\n");
		exit(1);
	}
	while (monotonic_us() < end) {
		int who = dice_below(&d, 2) == 0 ? victim : (int)dice_below(&d, KILL_NODES);

		file_batch(who, 1 + (unsigned)dice_below(&d, BATCH_MAX));
		look_at_notes((int)dice_below(&d, KILL_NODES), (int)dice_below(&d, KILL_NODES));
	}
	pthread_join(thread, NULL);
	kill_node(victim);
	if (cycle % o->check_each == 0)
		look_inside(victim, cycle % (10 * o->check_each) == 0);
	start_node(o->program, victim);
}

static void
run_kills(const struct kill_options *o)
{
	int64_t start = monotonic_us();

	run_start(o);
	for (unsigned c = o->from; c < o->cycles; c++) {
		one_cycle(o, c);
		if (o->progress && (c + 1) % 25 == 0) {
			double s = (double)(monotonic_us() - start) / 1e6, each = s / (c + 1 - o->from);

			printf("# cycle %u of %u, %zu acknowledged, %" PRIu64 " checkpoints seen; %.0f s, about %.0f s left\n",
			    c + 1, o->cycles, run.acked_count, run.notes, s, each * (o->cycles - c - 1));
			fflush(stdout);
		}
	}
	for (int i = 0; i < KILL_NODES; i++) {
		kill_node(i);
		look_inside(i, true);
	}
	fclose(run.acked_file);
	ok(run.lost == 0 && run.acked_count > 0, "%zu records were acknowledged and are there, after %" PRIu64 " kills",
	    run.acked_count, run.kills);
	ok(run.forks == 0 && run.notes > 0, "%" PRIu64 " checkpoints were shown, no two of one size that differ", run.notes);
	ok(run.unsound == 0 && run.silent_ends == 0, "every node starts again and is sound; none ended by itself");
	free(run.acked);
	for (int i = 0; i < KILL_NODES; i++)
		free(run.root[i]);
}

#endif
