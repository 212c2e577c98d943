/*
 * Cosignatures: kept with the checkpoint they are of, and counted. An entry is seen when a signed checkpoint covers it, settled when
 * a quorum of witnesses has cosigned one that does (docs/log.md 14).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/witness.h"
#include "node/internal.h"

struct taking {
	struct node *n;
	int member;
	uint32_t log_no;
	struct vkey own[PULL_KEYS], *witness;
	size_t own_count, count;
	struct checkpoint cp;
	struct buf merged;
	bool settled, newer;		/* a quorum; and the newest that has one */
	uint64_t time_s;
};

/* The witnesses that have cosigned, each once however many keys it has: a name is a witness. */
static size_t
count_marks(const struct vkey *keys, size_t n, const struct note_mark *marks, struct note_mark *of_witness)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t same = n;

		for (size_t k = 0; k < i && same == n; k++)
			if (strcmp(keys[k].name, keys[i].name) == 0 && marks[k].signed_by)
				same = k;
		if (marks[i].signed_by && same == n)
			of_witness[count++] = marks[i];
	}
	return count;
}

/* Do ${k} of the ${n} witness keys stand under this note, and since when? */
static bool
is_settled(const struct vkey *own, size_t own_count, const struct vkey *keys, size_t n, size_t k, const void *note, size_t len,
    struct checkpoint *cp, uint64_t *time_s)
{
	struct vkey *all = calloc(n + 1, sizeof *all);
	struct note_mark *marks = calloc(n + 1, sizeof *marks), *of_witness = calloc(n + 1, sizeof *of_witness);
	struct arena a = { 0 };
	struct note parsed;
	struct err e;
	bool yes = false;

	for (size_t i = 0; i < own_count && !yes && all != NULL && marks != NULL && of_witness != NULL; i++) {
		all[0] = own[i];
		memcpy(all + 1, keys, n * sizeof *keys);
		if (checkpoint_open(&a, note, len, all, n + 1, cp, &parsed, marks, &e) == OK) {
			size_t count = count_marks(keys, n, marks + 1, of_witness);

			yes = count >= k && checkpoint_settled(of_witness, count, k, time_s);
		}
	}
	free(all);
	free(marks);
	free(of_witness);
	arena_free(&a);
	return yes;
}

bool
settle_counts(struct node *n, int member, const void *note, size_t len, struct checkpoint *cp, uint64_t *time_s)
{
	struct vkey own[PULL_KEYS], *keys = calloc(KEYS_WITNESSES_MAX, sizeof *keys);
	size_t own_count = keys_of_log(n, member, own), witnesses, k, count;
	bool yes = false;

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

/* With the note; and, if it is the newest that is settled, as such. */
static int
run_keep(void *arg, struct store *s, struct err *e)
{
	struct taking *t = arg;
	char name[80];
	int rc = store_checkpoint_put(s, t->log_no, t->cp.size, t->merged.data, t->merged.len, e);

	if (rc != OK || !t->newer)
		return rc;
	settled_name(name, t->n, t->member);
	return store_meta_put(s, name, t->merged.data, t->merged.len, e);
}

static void
set_settled(struct node *n, int member, uint64_t size, uint64_t time_s, const struct buf *note)
{
	struct settled *s = &n->settled[member];

	s->size = size;
	s->time_s = time_s;
	buf_reset(&s->note);
	buf_add(&s->note, note->data, note->len);
}

/* The stored note of this size, or the one that is shown, and the new lines. False: nothing is new. */
static int
merge(struct taking *t, struct store_reader *r, const void *note, size_t len, bool *changed, struct err *e)
{
	struct buf stored = { 0 };
	struct arena a = { 0 };
	uint64_t latest = (uint64_t)(node_now_ms(t->n) / 1000) + WITNESS_SKEW_S;
	size_t text_len = 0;
	int rc = store_checkpoint_get(r, t->log_no, t->cp.size, NULL, &stored, e);

	*changed = false;
	if (rc == ERR_NOTFOUND)
		rc = buf_add(&stored, note, len) ? OK : err_set(e, ERR_NOMEM, "no memory for a checkpoint");
	if (rc == OK && !note_split(note, len, &text_len))
		rc = err_set(e, ERR_INPUT, "a checkpoint without signatures");
	if (rc == OK)
		rc = note_merge(&a, &t->merged, stored.data, stored.len, (const char *)note + text_len + 1, len - text_len - 1,
		    t->witness, t->count, latest, e);
	*changed = rc == OK && (t->merged.len != stored.len || memcmp(t->merged.data, stored.data, stored.len) != 0);
	buf_free(&stored);
	arena_free(&a);
	return rc;
}

static int
keep(struct taking *t, struct err *e)
{
	struct node *n = t->n;
	struct checkpoint cp;
	size_t witnesses, k;
	int rc;

	node_quorum(n, t->member, &witnesses, &k);
	t->settled = is_settled(t->own, t->own_count, t->witness, t->count, k, t->merged.data, t->merged.len, &cp, &t->time_s);
	pthread_mutex_lock(&n->lock);
	t->newer = t->settled && (n->settled[t->member].note.len == 0 || t->cp.size >= n->settled[t->member].size);
	pthread_mutex_unlock(&n->lock);
	if ((rc = writer_do(n->writer, run_keep, t, e)) != OK)
		return rc;
	pthread_mutex_lock(&n->lock);
	if (t->newer)
		set_settled(n, t->member, t->cp.size, t->time_s, &t->merged);
	pthread_mutex_unlock(&n->lock);
	if (t->cp.size == n->published[t->member].size)
		publish(n, t->member, t->cp.size, t->merged.data, t->merged.len);
	return OK;
}

int
settle_take(struct node *n, int member, struct store_reader *r, const void *note, size_t len, struct err *e)
{
	struct taking t = { .n = n, .member = member, .log_no = node_log_no(n, member) };
	size_t text_len;
	bool changed;
	int rc = OK;

	if ((t.witness = calloc(KEYS_WITNESSES_MAX, sizeof *t.witness)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to count cosignatures");
	t.own_count = keys_of_log(n, member, t.own);
	t.count = keys_of_witnesses(n, member, t.witness);
	if (!note_split(note, len, &text_len))
		rc = err_set(e, ERR_INPUT, "a checkpoint without signatures");
	if (rc == OK && (rc = checkpoint_parse(&t.cp, note, text_len, e)) == OK && t.count > 0 &&
	    (rc = merge(&t, r, note, len, &changed, e)) == OK && changed)
		rc = keep(&t, e);
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
	int rc = r == NULL ? e->code : OK;

	for (uint32_t i = 0; rc == OK && i < n->reg->members_count; i++) {
		settled_name(name, n, (int)i);
		if ((rc = store_meta_get(r, name, &note, e)) == OK && settle_counts(n, (int)i, note.data, note.len, &cp, &time_s))
			set_settled(n, (int)i, cp.size, time_s, &note);
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
	else if (note != NULL)
		buf_add(note, n->settled[member].note.data, n->settled[member].note.len);
	*size = n->settled[member].size;
	*time_s = n->settled[member].time_s;
	pthread_mutex_unlock(&n->lock);
	return rc;
}
