/* BENCHMARKS.md: filed to verified, many identifiers, catching up, idle memory. */
#include <sys/wait.h>

#include "gen.h"
#include "http/client.h"
#include "http/server.h"

#define SINGLES 200
#define CATCH_UP 100000

struct side {
	struct node *n;
	struct http_server *server;
	struct http_client *client;
};

static struct side
start_side(const char *root, const char *member, const char *address)
{
	struct side s = { .n = gen_node(root, member, address) };
	struct err e = { 0 };

	if (http_start(&s.server, s.n, address, &e) != OK || http_client_open(&s.client, s.n, &e) != OK ||
	    node_sync_start(s.n, http_client_transport(s.client), &e) != OK)
		die("start", &e);
	return s;
}

static void
stop_side(struct side *s)
{
	node_sync_stop(s->n);
	http_stop(s->server);
	http_client_close(s->client);
	node_close(s->n);
}

static void
pair(struct side *a, struct side *b)
{
	struct card ca, cb;
	struct err e = { 0 };

	node_card(a->n, &ca);
	node_card(b->n, &cb);
	if (node_pair(a->n, &cb, &e) != OK || node_pair(b->n, &ca, &e) != OK)
		die("pair", &e);
}

/* Wait until ${b} holds payload ${index} of ${member}'s log, durable and folded; look every ${us}. Looking costs time, too. */
static void
await_payload(struct node *b, int member, uint64_t index, unsigned us)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(b, &e);
	struct log_row log;

	if (r == NULL)
		die("reader", &e);
	for (;;) {
		if (store_log_get(r, LOG_NO(member, 1), &log, &e) != OK)
			die("log", &e);
		if (log.payloads_next > index)
			break;
		usleep(us);
	}
	node_reader_done(b, r);
}

static double
one_record(struct side *a, struct side *b, uint64_t i, size_t bytes, int identifiers)
{
	static struct buf text;
	struct entry_job job = { 0 };
	struct err e = { 0 };
	int64_t start;

	gen_record(&text, i, bytes, identifiers);
	job.bytes = text.data;
	job.len = text.len;
	start = monotonic_us();
	if (node_file(a->n, &job, 1, &e) != OK || job.rc != OK)
		die("file", job.rc != OK ? &job.err : &e);
	await_payload(b->n, node_own(a->n), job.index, 100);
	return (double)(monotonic_us() - start) / 1000;
}

static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static void
latency(struct side *a, struct side *b)
{
	static double ms[SINGLES];

	for (int i = 0; i < 10; i++)
		one_record(a, b, (uint64_t)i, GEN_BYTES, 0);	/* connections are made */
	for (int i = 0; i < SINGLES; i++) {
		usleep(50000);
		ms[i] = one_record(a, b, (uint64_t)i, GEN_BYTES, 0);
	}
	qsort(ms, SINGLES, sizeof ms[0], by_value);
	printf("filed to verified    p50 %.2f ms   p99 %.2f ms   max %.2f ms\n", ms[SINGLES / 2],
	    ms[SINGLES * 99 / 100], ms[SINGLES - 1]);
	printf("10,000 identifiers   %.0f ms\n", one_record(a, b, 1, 1, 10000));
}

static void
catch_up(struct side *a, const char *root)
{
	struct side b = start_side(root, "tj", "127.0.0.1:18303");
	struct err e = { 0 };
	uint64_t size = 0;
	double filing = CATCH_UP / gen_file(a->n, 0, CATCH_UP), seconds;
	int64_t start;

	if (node_published(a->n, node_own(a->n), &size, NULL, &e) != OK)
		die("published", &e);
	start = monotonic_us();
	pair(a, &b);
	await_payload(b.n, node_own(a->n), size - 1, 5000);
	seconds = (double)(monotonic_us() - start) / 1e6;
	printf("catching up          %.0f records/s (%llu records in %.2f s), bulk filing in this run %.0f/s, ratio %.2f\n",
	    (double)size / seconds, (unsigned long long)size, seconds, filing, (double)size / seconds / filing);
	stop_side(&b);
}

int
main(void)
{
	const char *root = gen_root();
	struct side a = start_side(root, "kz", "127.0.0.1:18301"), b = start_side(root, "kg", "127.0.0.1:18302");

	pair(&a, &b);
	sleep(2);
	printf("idle memory          %ld KiB resident with two nodes in the process\n", resident_kib());
	latency(&a, &b);
	stop_side(&b);
	catch_up(&a, root);
	stop_side(&a);
	return 0;
}
