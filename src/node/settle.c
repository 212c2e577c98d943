/*
 * Cosignatures: kept with the checkpoint they are of, and counted. An entry is seen when a signed checkpoint covers it, settled
 * when a quorum of witnesses has cosigned one that does (docs/log.md 14).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/witness.h"
#include "node/internal.h"

#define TRIES 16				/* another peer's turn may have kept a cosignature of the same checkpoint between */

struct taking {
	struct node *n;
	int member;
	uint32_t log_no;
	struct vkey own[PULL_KEYS], *witness;
	size_t own_count, count;
	struct checkpoint cp;
	struct buf lines;		/* what came: cosignatures by known keys */
	struct buf base, merged;	/* what is stored of this size; that and what is new */
	bool stored;			/* ${base} is in the store */
	bool settled;			/* a quorum has cosigned ${merged} */
	uint64_t time_s;
};

/*
 * The witnesses that have cosigned, each once however many keys it has: a name is a witness. So is a key: the message does not name
 * the cosigner, so whoever put another's key on his card could pass off that one's cosignatures as his.
 */
static size_t
count_marks(const struct vkey *keys, size_t n, const struct note_mark *marks, struct note_mark *of_witness)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t same = n;

		for (size_t k = 0; k < i && same == n; k++)
			if (marks[k].signed_by && (strcmp(keys[k].name, keys[i].name) == 0 ||
			    memcmp(keys[k].pub, keys[i].pub, sizeof keys[k].pub) == 0))
				same = k;
		if (marks[i].signed_by && same == n)
			of_witness[count++] = marks[i];
	}
	return count;
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for cosignatures");
}

/* Do ${k} of the ${n} witness keys stand under this note, and since when? 1, 0, or ERR_NOMEM: it could not be found out. */
static int
is_settled(const struct vkey *own, size_t own_count, const struct vkey *keys, size_t n, size_t k, const void *note, size_t len,
    struct checkpoint *cp, uint64_t *time_s)
{
	struct vkey *all = calloc(n + 1, sizeof *all);
	struct note_mark *marks = calloc(n + 1, sizeof *marks), *of_witness = calloc(n + 1, sizeof *of_witness);
	struct arena a = { 0 };
	struct note parsed;
	struct err e;
	int yes = all == NULL || marks == NULL || of_witness == NULL ? ERR_NOMEM : 0, rc;

	for (size_t i = 0; i < own_count && yes == 0; i++) {
		all[0] = own[i];
		memcpy(all + 1, keys, n * sizeof *keys);
		if ((rc = checkpoint_open(&a, note, len, all, n + 1, cp, &parsed, marks, &e)) == OK) {
			size_t count = count_marks(keys, n, marks + 1, of_witness);

			yes = count >= k && checkpoint_settled(of_witness, count, k, time_s);
		} else if (rc == ERR_NOMEM) {
			yes = rc;
		}
	}
	free(all);
	free(marks);
	free(of_witness);
	arena_free(&a);
	return yes;
}

int
settle_counts(struct node *n, int member, const void *note, size_t len, struct checkpoint *cp, uint64_t *time_s)
{
	struct vkey own[PULL_KEYS], *keys = calloc(keys_witnesses_max(n), sizeof *keys);
	size_t own_count = keys_of_log(n, member, own), witnesses, k, count;
	int yes = ERR_NOMEM;

	node_quorum(n, member, &witnesses, &k);
	if (keys != NULL) {
		count = keys_of_witnesses(n, member, keys);
		yes = is_settled(own, own_count, keys, count, k, note, len, cp, time_s);
	}
	free(keys);
	return yes;
}

static void
settled_name(char out[80], const struct node *n, int member)
{
	snprintf(out, 80, "settled/%s", n->reg->members[member].code);
}

/* ---- keeping them ---- */

/* The size of the stored checkpoint of this log that is settled; 0 if there is none. */
static int
settled_before(const struct taking *t, struct store_reader *r, const char *name, uint64_t *size, struct err *e)
{
	struct buf note = { 0 };
	struct checkpoint cp;
	size_t text_len;
	int rc = store_meta_get(r, name, &note, e);

	*size = 0;
	if (rc == OK && note_split(note.data, note.len, &text_len) && checkpoint_parse(&cp, note.data, text_len, e) == OK &&
	    strcmp(cp.origin, t->cp.origin) == 0)
		*size = cp.size;
	buf_free(&note);
	return rc == ERR_NOTFOUND ? OK : rc;
}

/*
 * In the writer, where things have one order: the note, if what is there is still what the lines were put to; and as the settled
 * one, unless a larger one is.
 */
static int
run_keep(void *arg, struct store *s, struct err *e)
{
	struct taking *t = arg;
	struct buf now = { 0 };
	uint64_t before;
	char name[80];
	int rc = store_checkpoint_get(store_view(s), t->log_no, t->cp.size, NULL, &now, e);

	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if ((rc == OK) != t->stored || (rc == OK && (now.len != t->base.len || memcmp(now.data, t->base.data, now.len) != 0)))
		rc = err_set(e, ERR_CONFLICT, "another cosignature was kept first");
	else
		rc = store_checkpoint_put(s, t->log_no, t->cp.size, t->merged.data, t->merged.len, e);
	buf_free(&now);
	if (rc != OK || !t->settled)
		return rc;
	settled_name(name, t->n, t->member);
	if ((rc = settled_before(t, store_view(s), name, &before, e)) != OK || before > t->cp.size)
		return rc;
	return store_meta_put(s, name, t->merged.data, t->merged.len, e);
}

/* Never back; of one size, the one with more cosignatures. Without memory the older one stays. */
static int
set_settled(struct node *n, int member, uint64_t size, uint64_t time_s, const struct buf *note)
{
	struct settled *s = &n->settled[member];
	struct buf copy = { 0 };

	if (s->note.len > 0 && (size < s->size || (size == s->size && note->len < s->note.len)))
		return OK;
	if (!buf_add(&copy, note->data, note->len))
		return no_memory(NULL);
	buf_free(&s->note);
	s->note = copy;
	s->size = size;
	s->time_s = time_s;
	return OK;
}

/* What is stored of this size, or what is shown with nothing of it but the log's own lines. */
static int
find_base(struct taking *t, struct store_reader *r, const void *note, size_t len, struct err *e)
{
	int rc;

	buf_reset(&t->base);
	rc = store_checkpoint_get(r, t->log_no, t->cp.size, NULL, &t->base, e);
	t->stored = rc == OK;
	return rc == ERR_NOTFOUND ? pull_own_lines(t->own, t->own_count, note, len, &t->base, e) : rc;
}

/*
 * The lines of keys that have none under ${base} yet. The first cosignature stays: its time says since when the entries were seen,
 * and a checkpoint that stands still is cosigned anew every few minutes.
 */
static int
new_lines(const struct taking *t, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct note have, more;
	size_t k, other;
	int rc;

	if ((rc = note_parse(&a, t->base.data, t->base.len, &have, e)) == OK)
		rc = note_parse_lines(&a, t->lines.data, t->lines.len, &more, e);
	for (size_t i = 0; rc == OK && i < more.n_lines; i++) {
		bool there = false;

		rc = note_find_key(&more.line[i], t->witness, t->count, &k, e);
		for (size_t j = 0; rc == OK && j < have.n_lines && !there; j++)
			there = (rc = note_find_key(&have.line[j], t->witness, t->count, &other, e)) == OK && other == k;
		if (rc == OK && !there)
			buf_add(out, more.line[i].raw, more.line[i].raw_len);
	}
	arena_free(&a);
	return rc;
}

static int
merge(const struct taking *t, const struct buf *note, const struct buf *lines, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	uint64_t latest = (uint64_t)(node_now_ms(t->n) / 1000) + WITNESS_SKEW_S;
	int rc;

	buf_reset(out);
	rc = note_merge(&a, out, note->data, note->len, lines->data, lines->len, t->witness, t->count, latest, e);
	arena_free(&a);
	return rc;
}

/* Worth keeping: of a size that is stored anyway, or settled and the newest that is. Others' sizes must not fill the store. */
static int
worth_keeping(struct taking *t, bool *worth, struct err *e)
{
	struct checkpoint cp;
	size_t witnesses, k;
	bool newer;
	int yes;

	node_quorum(t->n, t->member, &witnesses, &k);
	if ((yes = is_settled(t->own, t->own_count, t->witness, t->count, k, t->merged.data, t->merged.len, &cp, &t->time_s)) < 0)
		return no_memory(e);
	t->settled = yes == 1;
	pthread_mutex_lock(&t->n->lock);
	newer = t->n->settled[t->member].note.len == 0 || t->cp.size > t->n->settled[t->member].size;
	pthread_mutex_unlock(&t->n->lock);
	*worth = t->stored || (t->settled && newer);
	return OK;
}

static int
keep(struct taking *t, struct store_reader *r, const void *note, size_t len, struct err *e)
{
	struct buf lines = { 0 };
	bool worth = false;
	int rc = ERR_CONFLICT;

	for (int i = 0; i < TRIES && rc == ERR_CONFLICT; i++) {
		buf_reset(&lines);
		if ((rc = find_base(t, r, note, len, e)) != OK || (rc = new_lines(t, &lines, e)) != OK || lines.len == 0 ||
		    (rc = merge(t, &t->base, &lines, &t->merged, e)) != OK ||
		    (rc = worth_keeping(t, &worth, e)) != OK || !worth)
			break;
		if ((rc = writer_do(t->n->writer, run_keep, t, e)) == OK && t->settled) {
			pthread_mutex_lock(&t->n->lock);
			rc = set_settled(t->n, t->member, t->cp.size, t->time_s, &t->merged);
			pthread_mutex_unlock(&t->n->lock);
			if (rc != OK)
				no_memory(e);
		}
	}
	buf_free(&lines);
	return rc;
}

/* Put ${fresh} in place of ${shown}, if that is what is published still: they change places. */
static bool
replace(struct node *n, int member, const struct buf *shown, struct buf *fresh)
{
	struct published *p = &n->published[member];
	struct buf old;
	bool same;

	pthread_mutex_lock(&n->lock);
	same = p->note.len == shown->len && memcmp(p->note.data, shown->data, shown->len) == 0;
	if (same) {
		old = p->note;
		p->note = *fresh;
		*fresh = old;
	}
	pthread_mutex_unlock(&n->lock);
	return same;
}

/* What is shown to others has the newest lines: they say that the log is alive. */
static int
freshen(struct taking *t, struct err *e)
{
	struct node *n = t->n;
	struct buf shown = { 0 }, fresh = { 0 };
	bool done = false;
	int rc = OK;

	for (int i = 0; i < TRIES && !done && rc == OK; i++) {
		buf_reset(&shown);
		pthread_mutex_lock(&n->lock);
		if (n->published[t->member].note.len > 0 && n->published[t->member].size == t->cp.size)
			buf_add(&shown, n->published[t->member].note.data, n->published[t->member].note.len);
		pthread_mutex_unlock(&n->lock);
		if (shown.len == 0)
			break;
		if ((rc = merge(t, &shown, &t->lines, &fresh, e)) == OK)
			done = replace(n, t->member, &shown, &fresh);
	}
	buf_free(&shown);
	buf_free(&fresh);
	return rc;
}

/* Is this, byte for byte, what is published already? Then all of it was looked at. */
static bool
is_published(struct node *n, int member, const void *note, size_t len)
{
	const struct published *p = &n->published[member];
	bool yes;

	pthread_mutex_lock(&n->lock);
	yes = p->note.len == len && memcmp(p->note.data, note, len) == 0;
	pthread_mutex_unlock(&n->lock);
	return yes;
}

/* Lines by keys that are known as witnesses', into t->lines; there may be none. */
static int
known_lines(struct taking *t, const void *note, size_t len, struct err *e)
{
	struct arena a = { 0 };
	struct note n;
	size_t k;
	int rc = note_parse(&a, note, len, &n, e);

	for (size_t i = 0; rc == OK && i < n.n_lines; i++)
		if ((rc = note_find_key(&n.line[i], t->witness, t->count, &k, e)) == OK && k < t->count)
			buf_add(&t->lines, n.line[i].raw, n.line[i].raw_len);
	arena_free(&a);
	return rc;
}

int
settle_take(struct node *n, int member, struct store_reader *r, const void *note, size_t len, struct err *e)
{
	struct taking t = { .n = n, .member = member, .log_no = node_log_no(n, member) };
	size_t text_len;
	int rc = OK;

	if (is_published(n, member, note, len))
		return OK;
	if ((t.witness = calloc(keys_witnesses_max(n), sizeof *t.witness)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to count cosignatures");
	t.own_count = keys_of_log(n, member, t.own);
	t.count = keys_of_witnesses(n, member, t.witness);
	if (!note_split(note, len, &text_len))
		rc = err_set(e, ERR_INPUT, "a checkpoint without signatures");
	if (rc == OK && (rc = checkpoint_parse(&t.cp, note, text_len, e)) == OK && (rc = known_lines(&t, note, len, e)) == OK &&
	    t.lines.len > 0 && (rc = keep(&t, r, note, len, e)) == OK)
		rc = freshen(&t, e);
	buf_free(&t.lines);
	buf_free(&t.base);
	buf_free(&t.merged);
	free(t.witness);
	return rc;
}

int
settle_load(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	struct buf note = { 0 };
	struct checkpoint cp;
	uint64_t time_s;
	char name[80];
	int rc = r == NULL ? e->code : OK, yes;

	for (uint32_t i = 0; rc == OK && i < n->reg->members_count; i++) {
		settled_name(name, n, (int)i);
		buf_reset(&note);
		if ((rc = store_meta_get(r, name, &note, e)) == OK &&
		    ((yes = settle_counts(n, (int)i, note.data, note.len, &cp, &time_s)) < 0 ||
		    (yes == 1 && set_settled(n, (int)i, cp.size, time_s, &note) != OK)))
			rc = no_memory(e);
		rc = rc == ERR_NOTFOUND ? OK : rc;
	}
	buf_free(&note);
	if (r != NULL)
		node_reader_done(n, r);
	return rc;
}

int
node_settled(struct node *n, int member, uint64_t *size, uint64_t *time_s, struct buf *note, struct err *e)
{
	int rc = OK;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return err_set(e, ERR_NOTFOUND, "no such member");
	pthread_mutex_lock(&n->lock);
	if (n->settled[member].note.len == 0)
		rc = err_set(e, ERR_NOTFOUND, "no checkpoint of the log of %s has been cosigned by a quorum yet",
		    n->reg->members[member].code);
	else if (note != NULL && !buf_add(note, n->settled[member].note.data, n->settled[member].note.len))
		rc = no_memory(e);
	*size = n->settled[member].size;
	*time_s = n->settled[member].time_s;
	pthread_mutex_unlock(&n->lock);
	return rc;
}
