/* BENCHMARKS.md: filing while witnessed, filed to settled. */
#include "gen.h"
#include "http/client.h"
#include "http/server.h"

#define NODES 4				/* the members of the charter: a quorum is all three witnesses */
#define BULK_NODES 3			/* of these, two witnesses, while the rate is measured */
#define BULK 50000
#define ROUNDS 5			/* of one run with and one without; the ratio is the median of theirs */
#define SINGLES 40
#define PAUSE_US 300000

struct side {
	struct node *n;
	struct http_server *server;
	struct http_client *client;
};

/* A node whose folder exists, in a state that a run begins with: its exchange on, cosigning or not. */
static void
start_side(struct side *s, const char *dir, const char *address, bool witness)
{
	/* A pace that never comes stands for a node without witnesses: everything else stays the same. */
	struct node_options o = { .dir = dir, .clock_trusted = true, .cosign_ms = witness ? 1000 : INT64_C(1000000000) };
	struct err e = { 0 };

	if (node_open(&s->n, &o, &e) != OK || http_start(&s->server, s->n, address, &e) != OK ||
	    http_client_open(&s->client, s->n, &e) != OK || node_sync_start(s->n, http_client_transport(s->client), &e) != OK)
		die("start", &e);
}

static void
stop_side(struct side *s)
{
	node_sync_stop(s->n);
	http_stop(s->server);
	http_client_close(s->client);
	node_close(s->n);
}

static const char *const member[NODES] = { "kz", "kg", "tj", "uz" };
static char dir[NODES][300], address[NODES][40];
static struct side side[NODES];

static void
pair_all(const char *root)
{
	struct card card[NODES];
	struct node *n[NODES];
	struct err e = { 0 };

	for (int i = 0; i < NODES; i++) {
		snprintf(address[i], sizeof address[i], "127.0.0.1:%d", 18401 + i);
		snprintf(dir[i], sizeof dir[i], "%s/%s", root, member[i]);
		n[i] = gen_node(root, member[i], address[i]);
		node_card(n[i], &card[i]);
	}
	for (int i = 0; i < NODES; i++) {
		for (int k = 0; k < NODES; k++)
			if (k != i && node_pair(n[i], &card[k], &e) != OK)
				die("pair", &e);
		node_close(n[i]);
	}
}

static void
start_all(int count, bool witness)
{
	for (int i = 0; i < count; i++)
		start_side(&side[i], dir[i], address[i], witness);
}

static void
stop_all(int count)
{
	for (int i = 0; i < count; i++)
		stop_side(&side[i]);
}

static uint64_t
published(const struct side *s)
{
	struct err e = { 0 };
	uint64_t size = 0;

	if (node_published(s->n, node_own(s->n), &size, NULL, &e) != OK)
		die("published", &e);
	return size;
}

/* Until the others have all of it, so that each run has the same to do. */
static void
rest(void)
{
	struct peer_status p;

	for (int i = 1; i < BULK_NODES; i++)
		do {
			usleep(100000);
			if (node_peer_status(side[i].n, node_own(side[0].n), &p) != OK)
				die("status", &(struct err){ 0 });
		} while (p.payloads_next < published(&side[0]));
	usleep(500000);
}

static double
bulk(bool witness)
{
	double rate;

	start_all(BULK_NODES, witness);
	sleep(2);
	rate = BULK / gen_file(side[0].n, 0, BULK);
	rest();
	stop_all(BULK_NODES);
	return rate;
}

static bool
is_settled(uint64_t size)
{
	uint64_t settled = 0, time_s;

	return node_settled(side[0].n, node_own(side[0].n), &settled, &time_s, NULL, &(struct err){ 0 }) == OK && settled >= size;
}

static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static void
settling(void)
{
	static double ms[SINGLES];
	struct buf text = { 0 };
	struct err e = { 0 };

	start_all(NODES, true);
	sleep(5);
	for (int i = 0; i < SINGLES; i++) {
		struct entry_job job = { 0 };
		int64_t start;

		usleep((useconds_t)(PAUSE_US + i * 37000));	/* at all phases of the pace */
		gen_record(&text, (uint64_t)i, GEN_BYTES, 0);
		job.bytes = text.data;
		job.len = text.len;
		start = monotonic_us();
		if (node_file(side[0].n, &job, 1, &e) != OK || job.rc != OK)
			die("file", job.rc != OK ? &job.err : &e);
		while (!is_settled(job.index + 1))
			usleep(500);
		ms[i] = (double)(monotonic_us() - start) / 1000;
	}
	qsort(ms, SINGLES, sizeof ms[0], by_value);
	printf("filed to settled     p50 %.0f ms   p99 %.0f ms   max %.0f ms (pace 1000 ms)\n", ms[SINGLES / 2],
	    ms[SINGLES * 99 / 100], ms[SINGLES - 1]);
	buf_free(&text);
	stop_all(NODES);
}

int
main(void)
{
	const char *root = gen_root();
	double with = 0, without = 0, ratio[ROUNDS];

	pair_all(root);
	(void)bulk(true);		/* caches are warm */
	for (int i = 0; i < ROUNDS; i++) {
		double a = bulk(i % 2 == 0), b = bulk(i % 2 != 0);	/* whichever comes second has the larger store */

		with += (i % 2 == 0 ? a : b) / ROUNDS;
		without += (i % 2 == 0 ? b : a) / ROUNDS;
		ratio[i] = i % 2 == 0 ? a / b : b / a;
	}
	qsort(ratio, ROUNDS, sizeof ratio[0], by_value);
	printf("filing, witnessed    %.0f records/s; not witnessed %.0f/s, ratio %.3f (%.3f to %.3f)\n", with, without,
	    ratio[ROUNDS / 2], ratio[0], ratio[ROUNDS - 1]);
	settling();
	return 0;
}
