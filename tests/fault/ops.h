/* What is done while things fail: the operations of a node, each as the loop wants it. */
#ifndef TESTS_FAULT_OPS_H
#define TESTS_FAULT_OPS_H

#include "exchange/pull.h"
#include "fault/ops_keys.h"
#include "log/fork.h"
#include "log/witness.h"

/* ---- filing ---------------------------------------------------------------------------------------------------------------- */

#define FILED 3

static struct buf filed_text[FILED];
static struct entry_job filed_job[FILED];

static void
ops_setup(void)
{
	save_keys();
	for (int i = 0; i < FILED; i++) {
		struct draft d = incident_of(KZ);

		filed_text[i] = text_of(&d, home_body);
		memcpy(filed_job[i].id, d.id, sizeof d.id);
	}
}

static int
see_row(void *ctx, const struct row *row)
{
	*(int64_t *)ctx = row->v[2].num;
	return 1;
}

/* How many of the records are there, with their text. */
static int
filed_here(void)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(kz, &e);
	int count = 0;

	node_must(r == NULL ? e.code : OK, &e);
	for (int i = 0; i < FILED; i++) {
		struct row key = { .table = T_BY_ID, .cols = 3 };
		struct payload p;
		int64_t pos = -1;

		key.v[0] = val_blob(filed_job[i].id, RECORD_ID_BYTES);
		if (store_row_scan(r, &key, 1, 1, false, see_row, &pos, &e) > 0 && store_payload_get(r, pos, &p, &e) == OK)
			count += p.len == filed_text[i].len && memcmp(p.bytes, filed_text[i].data, p.len) == 0;
	}
	node_reader_done(kz, r);
	return count;
}

/* Files what is not there yet, in one batch. A record's own failure counts as that of the batch. */
static int
run_file(struct err *e)
{
	struct entry_job jobs[FILED] = { 0 };
	int rc;

	for (int i = 0; i < FILED; i++) {
		jobs[i].bytes = filed_text[i].data;
		jobs[i].len = filed_text[i].len;
	}
	rc = node_file(kz, jobs, FILED, e);
	for (int i = 0; i < FILED && rc == OK; i++)
		if ((rc = jobs[i].rc) == ERR_CONFLICT)
			rc = OK;		/* it is there: a time before it was */
		else if (rc != OK)
			*e = jobs[i].err;
	return rc;
}

static bool
may_file(void)
{
	return filed_here() < FILED;
}

/* The log has as many entries as there are records. */
static bool
half_filed(void)
{
	struct log_row row = kz_log(KZ);

	return row.payloads_next != row.size;
}

/* ---- exchange -------------------------------------------------------------------------------------------------------------- */

/* kz works until it has everything that kg has; it has some minutes for it. */
static int
run_pull(struct err *e)
{
	fault.paused++;
	node_bell(kz, KG, NULL, 0);
	fault.paused--;
	return kz_steps(4 * 60000, NULL, e);
}

static bool
may_pull(void)
{
	return !kz_has_all_of_kg() || kz_log(KG).size != KG_RECORDS;
}

static bool
half_pulled(void)
{
	struct log_row row = kz_log(KG);

	for (uint64_t i = 0; i < row.payloads_next; i++)
		if (!kz_holds(POS(row.no, i)))
			return true;
	return row.payloads_next > row.size;
}

/* kg asks for a cosignature. The note and its proof are made when they are first needed, from kg's own log. */
static struct buf cosign_body;

static int
run_cosign(struct err *e)
{
	struct buf out = { 0 };
	const char *type = NULL;
	int status;

	fault.paused++;
	if (cosign_body.len == 0) {
		struct buf note = { 0 };

		published_of(net.end[KG].node, KG, &note);
		node_must(witness_request_format(&cosign_body, 0, NULL, 0, note.data, note.len, e), e);
		buf_free(&note);
	}
	fault.paused--;
	status = node_add_checkpoint(kz, cosign_body.data, cosign_body.len, &out, &type);
	if (status == 200 && (out.failed || out.len == 0))
		bad("an empty cosignature");
	buf_free(&out);
	if (status == 409)		/* it was cosigned before, and kg asks as if it had not been */
		return OK;
	/* The answer is for machines: the status says it, the sentence is in the body. */
	return status == 200 ? OK : status == 503 || status == 500 ? err_set(e, loop_kind->codes[0], "status %d", status) :
	    err_set(e, ERR_VERIFY, "status %d", status);
}

static bool
may_cosign(void)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(kz, &e);
	struct witnessed w;
	int rc = r == NULL ? e.code : store_witness_get(r, "tashkent-2000.diwan/kg/1", &w, NULL, &e);

	node_must(rc == ERR_NOTFOUND ? OK : rc, &e);
	node_reader_done(kz, r);
	return rc != OK || w.size != KG_RECORDS;
}

static struct buf seen_before;

static int
run_seen(struct err *e)
{
	struct buf out = { 0 };
	int rc = node_seen(kz, KG, &out, e);

	fault.paused++;
	if (rc == OK && seen_before.len == 0)
		buf_add(&seen_before, out.data, out.len);
	if (rc == OK && (out.len != seen_before.len || memcmp(out.data, seen_before.data, out.len) != 0))
		bad("another answer than before");
	fault.paused--;
	buf_free(&out);
	return rc;
}

/* A proof that kg has signed two trees of one size: made with kg's key, as nothing else can make it. */
static struct buf fork_text;

static void
make_fork(void)
{
	struct node *kg = net.end[KG].node;
	struct checkpoint cp = { .size = KG_RECORDS };
	struct buf one = { 0 }, other = { 0 };
	struct fork_proof p;
	struct err e = { 0 };

	published_of(kg, KG, &one);
	snprintf(cp.origin, sizeof cp.origin, "%s", kg->own_log.origin);
	memset(cp.root.b, 7, sizeof cp.root.b);
	node_must(checkpoint_sign(&other, &cp, &kg->signer, &e), &e);
	node_must(fork_make(one.data, one.len, other.data, other.len, NULL, NULL, 0, &p, &e), &e);
	node_must(fork_format(&fork_text, &p, &e), &e);
	buf_free(&one);
	buf_free(&other);
}

static int
run_fork(struct err *e)
{
	fault.paused++;
	if (fork_text.len == 0)
		make_fork();
	fault.paused--;
	(void)fork_found(kz, fork_text.data, fork_text.len, e);
	*e = (struct err){ 0 };
	return kz_steps(3 * 60000, NULL, e);
}

/* Frozen, and told to everybody. */
static bool
may_fork(void)
{
	return !kz_log(KG).frozen || kz_log(KZ).size == place_own_size;
}

/* ---- what a node does by itself ------------------------------------------------------------------------------------------- */

/* The day after the one by which the first record is to be gone. */
static int
run_erase(struct err *e)
{
	int64_t day = (int64_t)(DELETE_BY + 1) * DAY_MS + 1000;

	if (home_now(NULL) < day)
		atomic_store(&home_now_ms, day);
	return kz_steps(3 * 60000, NULL, e);
}

static bool
may_erase(void)
{
	return kz_holds(POS(LOG_NO(KZ, 1), 0));
}

static bool
half_erased(void)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(kz, &e);
	struct erasure x;
	int rc = r == NULL ? e.code : store_erasure_get(r, POS(LOG_NO(KZ, 1), 0), &x, &e);

	node_must(rc == ERR_NOTFOUND ? OK : rc, &e);
	node_reader_done(kz, r);
	return (rc == OK) == may_erase();
}

/* ---- care ----------------------------------------------------------------------------------------------------------------- */

static int
run_open(struct err *e)
{
	return place_open(KZ, &kz, e);
}

static int
run_rebuild(struct err *e)
{
	uint64_t records;

	return node_rebuild(kz, NULL, NULL, &records, e);
}

static void
hear_finding(void *ctx, const char *text)
{
	(void)ctx;
	if (loop_kind->codes[0] != ERR_IO)	/* that a page cannot be read is a finding */
		bad("a finding where there is none: %s", text);
}

static int
run_check(struct err *e)
{
	uint64_t count = 0;

	return node_check(kz, hear_finding, NULL, NULL, &count, e);
}

static const char *
copy_path(void)
{
	return in_home("kz/copy.db");
}

/* Beside the store; what an earlier attempt made is gone with the disk's image, but for its name. */
static int
run_backup(struct err *e)
{
	int rc;

	fault.paused++;
	unlink(copy_path());
	unlink(in_home("kz/copy.db.part"));
	fault.paused--;
	rc = node_backup(kz, copy_path(), NULL, NULL, e);
	if (rc != OK && access(copy_path(), F_OK) == 0)
		bad("a copy that failed is there");
	if (rc != OK && access(in_home("kz/copy.db.part"), F_OK) == 0)
		bad("an unfinished copy is left");
	return rc;
}

/* A copy that is there is whole. */
static bool
half_backed_up(void)
{
	struct store *s = NULL;
	struct log_row row;
	struct err e = { 0 };
	int rc;

	if (access(copy_path(), F_OK) != 0)
		return false;
	rc = store_open_sqlite(copy_path(), STORE_READONLY, &s, &e);
	if (rc == OK)
		rc = store_log_get(store_view(s), LOG_NO(KZ, 1), &row, &e);
	store_close(s);
	if (rc != OK)
		printf("# the copy: %s\n", e.text);
	return rc != OK || row.size < KZ_RECORDS;
}

static bool
may_back_up(void)
{
	return access(copy_path(), F_OK) != 0;
}

static int
run_pair(struct err *e)
{
	struct card card;

	fault.paused++;
	node_card(net.end[KG].node, &card);
	snprintf(card.address, sizeof card.address, "127.0.0.1:7199");
	fault.paused--;
	return node_pair(kz, &card, e);
}

static bool
may_pair(void)
{
	struct card card;
	struct err e = { 0 };

	node_must(node_peer_card(kz, KG, &card, &e), &e);
	return strcmp(card.address, "127.0.0.1:7199") != 0;
}

/* ---- all of them ----------------------------------------------------------------------------------------------------------- */

static const struct op ops[] = {
	{ .name = "open", .run = run_open, .closed = true },
	{ .name = "file", .run = run_file, .may_do = may_file, .half = half_filed },
	{ .name = "pull", .run = run_pull, .may_do = may_pull, .half = half_pulled, .background = true },
	{ .name = "cosign", .run = run_cosign, .may_do = may_cosign },
	{ .name = "seen", .run = run_seen },
	{ .name = "fork", .run = run_fork, .may_do = may_fork, .findings = 1, .background = true },
	{ .name = "erase", .run = run_erase, .may_do = may_erase, .half = half_erased, .background = true },
	{ .name = "rebuild", .run = run_rebuild },
	{ .name = "check", .run = run_check },
	{ .name = "backup", .run = run_backup, .may_do = may_back_up, .half = half_backed_up },
	{ .name = "pair", .run = run_pair, .may_do = may_pair },
	{ .name = "create", .run = run_create, .closed = true, .reset = reset_new },
	{ .name = "epoch", .run = run_epoch, .may_do = may_epoch, .closed = true, .resumes = true, .reset = reset_keys },
	{ .name = "rotate", .run = run_rotate, .may_do = may_rotate, .closed = true, .reset = reset_keys },
};

static void
ops_end(void)
{
	for (int i = 0; i < FILED; i++)
		buf_free(&filed_text[i]);
	buf_free(&cosign_body);
	buf_free(&seen_before);
	buf_free(&fork_text);
	ops_end_keys();
}

/* Every operation, or the one named ${only}, with every kind of trouble. */
static int
ops_main(const struct trouble *kinds, size_t count, uint64_t usual, const char *only)
{
	place_setup();
	ops_setup();
	for (size_t o = 0; o < sizeof ops / sizeof ops[0]; o++)
		for (size_t k = 0; k < count; k++)
			if (only == NULL || strcmp(only, ops[o].name) == 0)
				run_loop(&ops[o], &kinds[k], loop_limit(usual));
	loop_report();
	ops_end();
	place_end();
	return tap_done();
}

#endif
