/*
 * `diwan check`: everything that can be checked without asking anybody. The file's own structure; each log's tiles and entries
 * against its signed checkpoint (log/audit.h); each payload against its entry; the derived rows against a fresh fold.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold/fold.h"
#include "log/audit.h"
#include "node/internal.h"

struct checking {
	struct node *n;
	struct store_reader *r;
	void (*finding)(void *ctx, const char *text);
	progress_fn progress;
	void *ctx;
	uint64_t *findings;
	struct log_row log;
	struct buf row, own_note;	/* own_note: what was published before the snapshot was taken */
	uint64_t rows[T_COUNT];		/* rows that a fresh fold gives */
	int64_t pos;			/* payload being folded */
};

__attribute__((format(printf, 2, 3))) static void
found(struct checking *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	++*c->findings;
	c->finding(c->ctx, text);
}

static void
report(void *ctx, const char *finding)
{
	struct checking *c = ctx;

	found(c, "store: %s", finding);
}

static int
tell(struct checking *c, const char *what, uint64_t done, uint64_t total, struct err *e)
{
	if (c->progress != NULL && c->progress(c->ctx, what, done, total) != 0)
		return err_set(e, ERR_STOP, "stopped");
	return OK;
}

/* ---- logs ---- */

/* The files of the log that is looked at, as a verifier would get them. */
static int
get_file(void *ctx, const char *path, struct buf *out, struct err *e)
{
	struct checking *c = ctx;
	struct tile t;
	size_t want;
	int rc;

	if (strcmp(path, "checkpoint") == 0 && c->log.own && c->own_note.len > 0)
		return buf_add(out, c->own_note.data, c->own_note.len) ? OK : err_set(e, ERR_NOMEM, "no memory to check a log");
	if (strcmp(path, "checkpoint") == 0)
		return store_checkpoint_get(c->r, c->log.no, UINT64_MAX, NULL, out, e);
	if ((rc = tile_parse(&t, path, strlen(path), e)) != OK)
		return rc;
	rc = store_tile_get(c->r, c->log.no, t.level == TILE_ENTRIES ? STORE_BUNDLE : t.level, t.n, &c->row, e);
	want = (size_t)t.width * (t.level == TILE_ENTRIES ? 2 + ENTRY_BYTES : HASH_BYTES);
	if (rc == OK && c->row.len < want)
		rc = err_set(e, ERR_NOTFOUND, "%s is shorter than the tree needs", path);
	if (rc == OK && !buf_add(out, c->row.data, want))
		rc = err_set(e, ERR_NOMEM, "no memory to check %s", path);
	return rc;
}

static int
audit_progress(void *ctx, uint64_t done, uint64_t size, struct err *e)
{
	struct checking *c = ctx;

	return tell(c, c->log.member, done, size, e);
}

static int
check_log(struct checking *c, const struct vkey *key, struct err *e)
{
	struct audit what = { .get = get_file, .progress = audit_progress, .ctx = c, .keys = key, .n_keys = 1 };
	struct audit_report *rep = malloc(sizeof *rep);
	struct err why = { 0 };
	int rc;

	if (rep == NULL)
		return err_set(e, ERR_NOMEM, "no memory to check a log");
	rc = audit_run(&what, rep, &why);
	if (rc == OK && (rep->checkpoint.size != c->log.size || memcmp(rep->checkpoint.root.b, c->log.root, HASH_BYTES) != 0) &&
	    rep->checkpoint.size >= c->log.size)
		found(c, "log of %s: its newest checkpoint is of %" PRIu64 " entries, its row says %" PRIu64 " with "
		    "another root", c->log.member,
		    rep->checkpoint.size, c->log.size);
	free(rep);
	if (rc == ERR_STOP || rc == ERR_NOMEM || rc == ERR_IO) {
		*e = why;
		return rc;
	}
	if (rc != OK && !(rc == ERR_NOTFOUND && c->log.size == 0))
		found(c, "log of %s: %s", c->log.member, why.text);
	return OK;
}

/* The key that has signed the log's newest checkpoint: during a change of key there are two. False: none is known. */
static bool
log_key_of(struct checking *c, int member, struct vkey *out)
{
	struct vkey keys[PULL_KEYS] = { { .type = 0 } };
	size_t n = keys_of_log(c->n, member, keys);
	struct buf note = { 0 };
	struct arena a = { 0 };
	struct checkpoint cp;
	struct note parsed;
	struct note_mark mark;

	*out = keys[0];
	if (n > 1 && get_file(c, "checkpoint", &note, NULL) == OK &&
	    checkpoint_open(&a, note.data, note.len, &keys[1], 1, &cp, &parsed, &mark, NULL) == OK)
		*out = keys[1];
	arena_free(&a);
	buf_free(&note);
	return n > 0;
}

static int
check_logs(struct checking *c, struct err *e)
{
	struct vkey key;
	int rc = OK;

	for (uint32_t i = 0; i < c->n->reg->members_count && rc == OK; i++) {
		if ((rc = store_log_get(c->r, node_log_no(c->n, (int)i), &c->log, e)) != OK)
			break;
		if (c->log.frozen)
			found(c, "log of %s: frozen, it showed two histories (`diwan fork show %s %s`)", c->log.member, c->n->dir,
			    c->log.member);
		if (log_key_of(c, (int)i, &key))
			rc = check_log(c, &key, e);
		else if (c->log.size > 0)
			found(c, "log of %s: entries are held, but its key is not known; pair again", c->log.member);
	}
	return rc;
}

/* ---- payloads and derived rows ---- */

static bool
same_row(const struct row *a, const struct row *b)
{
	for (int i = 0; i < a->cols; i++) {
		if (a->v[i].type != b->v[i].type || a->v[i].num != b->v[i].num || a->v[i].len != b->v[i].len ||
		    (a->v[i].len > 0 && memcmp(a->v[i].bytes, b->v[i].bytes, a->v[i].len) != 0))
			return false;
	}
	return true;
}

/* A row that the fold gives must be in the store, and the same. */
static int
expect_row(void *ctx, const struct row *row, struct err *e)
{
	struct checking *c = ctx;
	struct row stored;
	int rc = store_row_get(c->r, row, &stored, e);

	c->rows[row->table]++;
	if (rc == ERR_NOTFOUND || (rc == OK && !same_row(row, &stored)))
		found(c, "table %s: the row of payload %u/%" PRIu64 " is %s; run `diwan rebuild`",
		    store_table_def(row->table)->name,
		    POS_LOG(c->pos), POS_INDEX(c->pos), rc == OK ? "not what a fresh fold gives" : "missing");
	return rc == ERR_NOTFOUND ? OK : rc;
}

struct copied {
	struct payload p;
	struct buf bytes;
	bool have;
};

static int
copy_payload(void *ctx, const struct payload *p)
{
	struct copied *x = ctx;

	x->p = *p;
	buf_reset(&x->bytes);
	x->have = true;
	return buf_add(&x->bytes, p->bytes, p->len) ? 1 : ERR_NOMEM;
}

static int
check_payload(struct checking *c, struct entry_reader *er, struct copied *x, struct arena *a, struct err *e)
{
	struct record r;
	struct law_record law;
	struct digest commitment;
	struct err why = { 0 };
	int rc = entry_read(er, c->r, POS_INDEX(x->p.pos), &commitment, &why);

	c->pos = x->p.pos;
	if (rc == ERR_NOMEM || rc == ERR_IO) {
		*e = why;
		return rc;
	}
	if (rc != OK || !entry_opens(&commitment, x->p.nonce, x->bytes.data, x->bytes.len))
		found(c, "payload %u/%" PRIu64 " does not match its entry", POS_LOG(c->pos), POS_INDEX(c->pos));
	rc = payload_verdict(c->n, LOG_MEMBER(POS_LOG(c->pos)), x->bytes.data, x->bytes.len, a, &r, &law, &why);
	if (rc == ERR_NOMEM)
		*e = why;
	if (rc != OK)
		return rc == ERR_NOMEM ? rc : fold_quarantine_rows(x->bytes.data, x->bytes.len, c->pos, &why,
		    expect_row, c, e);
	return fold_rows(c->r, &r, c->pos, expect_row, c, e);
}

static int
check_payloads(struct checking *c, struct err *e)
{
	struct entry_reader er = { 0 };
	struct copied x = { 0 };
	struct arena one = { 0 };
	int64_t from = 0;
	uint64_t done = 0;
	int rc = OK;

	for (;;) {
		x.have = false;
		rc = store_payload_scan(c->r, from, INT64_MAX, copy_payload, &x, e);
		if (rc == ERR_NOMEM)
			err_set(e, rc, "no memory to check a payload");
		if (rc < 0 || !x.have)
			break;
		if (er.log_no != POS_LOG(x.p.pos)) {
			er.log_no = POS_LOG(x.p.pos);
			er.loaded = false;
		}
		arena_reset(&one);
		if ((rc = check_payload(c, &er, &x, &one, e)) != OK ||
		    (++done % 1024 == 0 && (rc = tell(c, "payloads", done, 0, e)) != OK))
			break;
		from = x.p.pos + 1;
	}
	entry_reader_free(&er);
	buf_free(&x.bytes);
	arena_free(&one);
	return rc < 0 ? rc : OK;
}

static int
count_row(void *ctx, const struct row *row)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

/* No row may be there that the fold does not give. */
static int
check_counts(struct checking *c, struct err *e)
{
	for (int t = 0; t < T_COUNT; t++) {
		struct row from = { .table = (enum derived_table)t, .cols = store_table_def((enum derived_table)t)->cols };
		uint64_t count = 0;
		int rc = store_row_scan(c->r, &from, 0, 0, false, count_row, &count, e);

		if (rc < 0)
			return rc;
		if (count != c->rows[t])
			found(c, "table %s: %" PRIu64 " rows, a fresh fold gives %" PRIu64 "; run `diwan rebuild`",
			    store_table_def((enum derived_table)t)->name, count, c->rows[t]);
	}
	return OK;
}

static void
blob_finding(void *ctx, const char *text)
{
	found(ctx, "%s", text);
}

static int
blob_progress(void *ctx, uint64_t done, struct err *e)
{
	return tell(ctx, "attachments", done, 0, e);
}

int
node_check(struct node *n, void (*finding)(void *ctx, const char *text), progress_fn progress, void *ctx, uint64_t *findings,
    struct err *e)
{
	struct checking c = { .n = n, .finding = finding, .progress = progress, .ctx = ctx, .findings = findings };
	uint64_t size;
	int rc;

	*findings = 0;
	(void)node_published(n, n->own, &size, &c.own_note, e);	/* none yet: the stored one will do */
	if ((c.r = node_reader(n, e)) == NULL)
		return e->code;
	if ((rc = store_selfcheck(c.r, report, &c, e)) == OK && (rc = store_reader_hold(c.r, e)) == OK) {
		if ((rc = check_logs(&c, e)) == OK && (rc = check_payloads(&c, e)) == OK && (rc = check_counts(&c, e)) == OK)
			rc = blob_check(c.r, n->own, blob_finding, blob_progress, &c, e);
		store_reader_release(c.r);
	}
	node_reader_done(n, c.r);
	buf_free(&c.row);
	buf_free(&c.own_note);
	return rc;
}
