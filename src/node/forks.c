/* Two histories of one log, from whoever found them: verified here, kept, and the log is frozen. */
#include <stdio.h>
#include <string.h>

#include "log/fork.h"
#include "node/internal.h"

#define RETRY_MS 60000

/* A setting says that all members are still to be told of a fork: telling can fail, or be cut off, and must not be forgotten. */
static void
untold_name(char out[80], const struct node *n, int member, uint32_t epoch)
{
	snprintf(out, 80, "untold/%s/%u", n->reg->members[member].code, epoch);
}

struct freezing {
	struct node *n;
	int member;
	uint32_t epoch;
	uint32_t log_no;
	const char *origin;
	const void *proof;
	size_t len;
	bool news;
};

static int
run_freeze(void *arg, struct store *s, struct err *e)
{
	struct freezing *f = arg;
	struct buf known = { 0 };
	struct log_row row;
	char untold[80];
	int64_t found_ms;
	int rc = store_fork_get(store_view(s), f->origin, &found_ms, &known, e);

	buf_free(&known);
	f->news = rc == ERR_NOTFOUND;
	if (rc != ERR_NOTFOUND)
		return rc;
	if ((rc = store_log_get(store_view(s), f->log_no, &row, e)) != OK ||
	    (rc = store_fork_put(s, f->origin, node_now_ms(f->n), f->proof, f->len, e)) != OK)
		return rc;
	row.frozen = true;
	if (row.own)
		f->n->own_log.frozen = true;
	untold_name(untold, f->n, f->member, f->epoch);
	if (!row.own && (rc = store_meta_put(s, untold, "", 0, e)) != OK)
		return rc;
	return store_log_put(s, &row, e);
}

/*
 * The proof with the log's own lines only. What else stood under its notes proves nothing, and could make it longer than what
 * nodes tell each other may be.
 */
static int
trim(const struct fork_proof *p, const struct vkey *keys, size_t n_keys, struct buf note[2], struct fork_proof *out, struct err *e)
{
	int rc = OK;

	for (int i = 0; i < 2 && rc == OK; i++)
		rc = pull_own_lines(keys, n_keys, p->side[i].note, p->side[i].note_len, &note[i], e);
	if (rc == OK)
		rc = fork_make(note[0].data, note[0].len, note[1].data, note[1].len, &p->other_root, p->hash, p->n, out, e);
	return rc;
}

/* Freeze, and say so. */
static int
convict(struct node *n, struct freezing *f, struct err *e)
{
	int rc = writer_do(n->writer, run_freeze, f, e);

	if (rc != OK || !f->news)
		return rc;
	if (f->member == n->own) {
		guard_froze(n);
		return OK;
	}
	pthread_mutex_lock(&n->lock);
	n->tell_ms = node_now_ms(n);
	pthread_mutex_unlock(&n->lock);
	forks_tell(n);
	return OK;
}

int
fork_found(struct node *n, const void *proof, size_t len, struct err *e)
{
	struct freezing f = { .n = n };
	struct vkey keys[PULL_KEYS];
	struct fork_proof shown, p;
	struct buf note[2] = { 0 }, text = { 0 };
	struct fork_result result;
	struct arena a = { 0 };
	size_t n_keys;
	int rc = fork_parse(proof, len, &shown, e);

	if (rc != OK)
		return rc;
	f.origin = shown.side[0].checkpoint.origin;
	f.member = keys_member_of(n, f.origin, &f.epoch);
	if (f.member == LAW_NONE)
		return err_set(e, ERR_NOTFOUND, "a proof about \"%.100s\", which is no log of this mechanism", f.origin);
	f.log_no = LOG_NO(f.member, f.epoch);
	if ((n_keys = keys_of_log(n, f.member, keys)) == 0 || strcmp(keys[0].name, f.origin) != 0)
		return err_set(e, ERR_NOTFOUND, "a proof about %s, whose key is not known here", f.origin);
	if ((rc = trim(&shown, keys, n_keys, note, &p, e)) == OK &&
	    (rc = fork_verify(&a, &p, f.origin, keys, n_keys, &result, e)) == OK && (rc = fork_format(&text, &p, e)) == OK) {
		f.proof = text.data;
		f.len = text.len;
		rc = convict(n, &f, e);
	}
	arena_free(&a);
	buf_free(&text);
	buf_free(&note[0]);
	buf_free(&note[1]);
	return rc;
}

/* ---- looking ---- */

struct visiting {
	struct node *n;
	struct store_reader *r;
	int (*visit)(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof);
	void *ctx;
	struct err *e;
};

static int
visit_fork(void *ctx, const char *origin, int64_t found_ms)
{
	struct visiting *v = ctx;
	struct buf proof = { 0 };
	uint32_t epoch = 0;
	int member = keys_member_of(v->n, origin, &epoch), rc;

	if ((rc = store_fork_get(v->r, origin, &found_ms, &proof, v->e)) == OK && member != LAW_NONE)
		rc = v->visit(v->ctx, member, epoch, found_ms, &proof);
	buf_free(&proof);
	return rc;
}

int
node_forks(struct node *n, int (*visit)(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof),
    void *ctx, struct err *e)
{
	struct visiting v = { n, node_reader(n, e), visit, ctx, e };
	int rc;

	if (v.r == NULL)
		return e->code;
	rc = store_fork_each(v.r, visit_fork, &v, e);
	node_reader_done(n, v.r);
	return rc;
}

/* ---- telling ---- */

static int
run_told(void *arg, struct store *s, struct err *e)
{
	return store_meta_put(s, arg, "told", 4, e);
}

/* Told already, or now. A record that was filed just before a crash is filed twice, which harms nobody. */
static int
tell_one(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof)
{
	struct node *n = ctx;
	struct store_reader *r;
	struct buf state = { 0 };
	struct err e;
	char name[80];
	int rc;

	(void)found_ms;
	if ((r = node_reader(n, &e)) == NULL)
		return e.code;
	untold_name(name, n, member, epoch);
	rc = store_meta_get(r, name, &state, &e);
	node_reader_done(n, r);
	if (rc == OK && state.len == 0 && (rc = fork_announce(n, member, epoch, proof->data, proof->len, &e)) == OK)
		rc = writer_do(n->writer, run_told, name, &e);
	buf_free(&state);
	return rc == ERR_NOTFOUND ? OK : rc;	/* found before there was this setting, or about ourselves */
}

void
forks_tell(struct node *n)
{
	struct err e;
	int64_t now = node_now_ms(n), due;
	int rc;

	pthread_mutex_lock(&n->lock);
	due = n->tell_ms;
	if (due <= now)
		n->tell_ms = INT64_MAX;
	pthread_mutex_unlock(&n->lock);
	if (due > now)
		return;
	if ((rc = guard_may_sign(n, &e)) == OK)
		rc = node_forks(n, tell_one, n, &e);
	pthread_mutex_lock(&n->lock);
	if (rc != OK && n->tell_ms > now + RETRY_MS)
		n->tell_ms = now + RETRY_MS;
	pthread_mutex_unlock(&n->lock);
}
