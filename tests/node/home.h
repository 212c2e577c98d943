/*
 * Real nodes in real folders, of the shipped charter of 2000 (members kz, kg, tj, uz, tm in this order),
 with a clock that the test sets.
 */
#ifndef TESTS_NODE_HOME_H
#define TESTS_NODE_HOME_H

#include <ftw.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "node/node.h"
#include "record/compose.h"
#include "tap.h"

#define CHARTER "charters/tashkent-2000.yaml"
#define START_MS INT64_C(1577872800000)		/* 2020-01-01T10:00:00Z */

enum { KZ, KG, TJ, UZ, TM };

static _Atomic int64_t home_now_ms = START_MS;
static char home_dir[200];		/* all of this test's folders are in it */

static int64_t
home_now(void *ctx)
{
	(void)ctx;
	return atomic_load(&home_now_ms);
}

static const struct clock home_clock = { home_now, NULL };

__attribute__((unused)) static void
node_must(int rc, const struct err *e)
{
	if (rc != OK) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void
home_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

__attribute__((unused)) static void
home_end(void)
{
	home_remove(home_dir);
}

__attribute__((unused)) static void
home_start(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(home_dir, sizeof home_dir, "%.150s/nodeXXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(home_dir) == NULL) {
		printf("Bail out! cannot make %s\n", home_dir);
		exit(1);
	}
}

/* Path of ${name} among this test's folders; valid for the next three calls. */
__attribute__((unused)) static const char *
in_home(const char *name)
{
	static char path[4][400];
	static int at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof path[at], "%s/%s", home_dir, name);
	return path[at];
}

__attribute__((unused)) static int
make_node_in(const char *dir, const char *member, const char *address, struct err *e)
{
	struct node_init in = { .dir = dir, .charter_path = CHARTER, .member = member, .address = address };

	return node_create(&in, &home_clock, &rng_system, e);
}

/* The node in folder ${name} opened; NULL and *${rc} when it does not. */
__attribute__((unused)) static struct node *
try_open(const char *name, bool readonly, int *rc, struct err *e)
{
	struct node_options o = { .dir = in_home(name), .readonly = readonly, .clock = &home_clock };
	struct node *n = NULL;

	*rc = node_open(&n, &o, e);
	return *rc == OK ? n : NULL;
}

__attribute__((unused)) static struct node *
open_in(const char *name)
{
	struct err e = { 0 };
	int rc;
	struct node *n = try_open(name, false, &rc, &e);

	node_must(rc, &e);
	return n;
}

/* A new node of ${member} in folder ${name}, opened. */
__attribute__((unused)) static struct node *
new_node(const char *name, const char *member, unsigned port)
{
	struct err e = { 0 };
	char address[40];

	snprintf(address, sizeof address, "127.0.0.1:%u", port);
	node_must(make_node_in(in_home(name), member, address, &e), &e);
	return open_in(name);
}

/* ---- records ------------------------------------------------------------------------------------------------------------ */

static const char *const party_codes[] = { "kz", "kg", "tj", "uz", "tm" };
static const char *const competent[] = { "kz-competent", "kg-competent", "tj-competent", "uz-competent", "tm-competent" };
static const struct draft_basis on_treaty = { .instrument = "treaty", .article = "7" };
static const char home_body[] =
	"{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":\"2019-12-31T10:00:00Z\",\"precision\":\"DAY\"},"
	"\"response\":[{\"lang\":\"en\",\"text\":\"Patrol sent.\"}]}";

/* An incident of ${member} to the parties, with a new id. */
__attribute__((unused)) static struct draft
incident_of(int member)
{
	struct draft d;

	compose_start(&d, KIND_INCIDENT);
	record_new_id(d.id, home_now(NULL), &rng_system);
	d.seq = 1;
	d.mechanism = "tashkent-2000";
	d.channel = "incidents";
	d.member = party_codes[member];
	d.authority = competent[member];
	d.officer = "o-17";
	d.filed_at = (struct inst){ home_now(NULL), 0 };
	d.state = "OPEN";
	d.basis = &on_treaty;
	d.basis_count = 1;
	d.purposes = PURPOSE_BIT(1);
	d.base = AUD_PARTIES;
	d.base_arg = "treaty";
	d.delivery = (struct draft_list){ party_codes, 4 };
	d.onward = ONWARD_ASK;
	d.tlp = d.pap = TLP_AMBER;
	return d;
}

__attribute__((unused)) static struct buf
text_of(const struct draft *d, const char *body)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	node_must(compose_record(d, body, strlen(body), &b, &e), &e);
	return b;
}

/* File one text; its result, with the sentence in ${e}. */
__attribute__((unused)) static int
file_text(struct node *n, const void *text, size_t len, struct entry_job *out, struct err *e)
{
	struct entry_job job = { .bytes = text, .len = len };
	int rc = node_file(n, &job, 1, e);

	if (rc == OK && (rc = job.rc) != OK)
		*e = job.err;
	if (out != NULL)
		*out = job;
	return rc;
}

__attribute__((unused)) static int
file_draft(struct node *n, const struct draft *d, const char *body, struct entry_job *out, struct err *e)
{
	struct buf text = text_of(d, body);
	int rc = file_text(n, text.data, text.len, out, e);

	buf_free(&text);
	return rc;
}

/* ${count} incidents of the node's own member, in batches of ${batch}. */
__attribute__((unused)) static void
file_many(struct node *n, size_t count, size_t batch)
{
	struct entry_job *jobs = calloc(batch, sizeof *jobs);
	struct buf *texts = calloc(batch, sizeof *texts);
	struct err e = { 0 };

	for (size_t done = 0; done < count;) {
		size_t some = count - done < batch ? count - done : batch;

		for (size_t i = 0; i < some; i++) {
			struct draft d = incident_of(node_own(n));

			texts[i] = text_of(&d, home_body);
			jobs[i] = (struct entry_job){ .bytes = texts[i].data, .len = texts[i].len };
		}
		node_must(node_file(n, jobs, some, &e), &e);
		for (size_t i = 0; i < some; i++) {
			node_must(jobs[i].rc, &jobs[i].err);
			buf_free(&texts[i]);
		}
		done += some;
	}
	free(jobs);
	free(texts);
}

/* ---- looking ------------------------------------------------------------------------------------------------------------- */

static void
say_finding(void *ctx, const char *text)
{
	(void)ctx;
	printf("# finding: %s\n", text);
}

/* Findings of node_check, said as comments; -1 when it could not be made. */
__attribute__((unused)) static long
findings_of(struct node *n)
{
	uint64_t count = 0;
	struct err e = { 0 };

	if (node_check(n, say_finding, NULL, NULL, &count, &e) == OK)
		return (long)count;
	printf("# check: %s\n", e.text);
	return -1;
}

/* Size and note that the node publishes of ${member}'s log. */
__attribute__((unused)) static uint64_t
published_of(struct node *n, int member, struct buf *note)
{
	uint64_t size = 0;
	struct err e = { 0 };

	if (note != NULL)
		buf_reset(note);
	return node_published(n, member, &size, note, &e) == OK ? size : 0;
}

static int
count_payload(void *ctx, const struct payload *p)
{
	(void)p;
	++*(uint64_t *)ctx;
	return 0;
}

/* Payloads held of ${member}'s log. */
__attribute__((unused)) static uint64_t
payloads_of(struct node *n, int member)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	uint64_t count = 0;

	node_must(r == NULL ? e.code : OK, &e);
	node_must(store_payload_scan(r, POS(LOG_NO(member, 1), 0), POS(LOG_NO(member, 1) + 1, 0), count_payload,
	    &count, &e), &e);
	node_reader_done(n, r);
	return count;
}

#endif
