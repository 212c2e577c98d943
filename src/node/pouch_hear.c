/* What an opened pouch tells of other logs: what the sender has seen, and which of our checkpoints it cosigned. */
#include "node/pouch_opening.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "exchange/seen.h"

/* Of our own log: larger than it is here, if we have signed that; else a part of it, with cosignatures. */
static int
hear_own(struct opening *o, const struct buf *note, const struct checkpoint *cp, struct err *e)
{
	struct pull p = pouch_line(o, o->n->own);
	struct checkpoint signed_cp;
	struct log_row log;
	int rc = store_log_get(o->r, p.log_no, &log, e);

	if (rc != OK)
		return rc;
	if (cp->size > log.size) {
		if (cp->size > o->told->ahead && pouch_line_note(&p, note, &signed_cp, e) == OK)
			o->told->ahead = cp->size;
		return OK;
	}
	rc = pull_judge(&p, &log, note->data, note->len, e);
	pull_end(&p);
	return rc == OK ? settle_take(o->n, o->n->own, o->r, note->data, note->len, e) : rc;
}

/* Of another log, as far as it is held. There is no line by which more could be had. */
static int
hear_other(struct opening *o, int member, const struct buf *note, const struct checkpoint *cp, struct err *e)
{
	struct pull p = pouch_line(o, member);
	struct log_row log;
	int rc = store_log_get(o->r, p.log_no, &log, e);

	if (rc != OK || log.frozen || p.n_keys == 0 || cp->size > log.size)
		return rc;
	rc = pull_judge(&p, &log, note->data, note->len, e);
	pull_end(&p);
	return rc == OK ? settle_take(o->n, member, o->r, note->data, note->len, e) : rc;
}

static int
hear(void *ctx, const struct seen_item *i)
{
	struct opening *o = ctx;
	struct buf note = { 0 };
	struct checkpoint cp;
	struct err e = { 0 };
	uint32_t epoch = 0;
	size_t text_len;
	int member = LAW_NONE, rc = OK;

	if (i->what == SEEN_FORK)
		rc = fork_found(o->n, i->bytes, i->len, &e);
	else if (note_split(i->bytes, i->len, &text_len) && checkpoint_parse(&cp, i->bytes, text_len, &e) == OK)
		member = keys_member_of(o->n, cp.origin, &epoch);
	if (member != LAW_NONE && LOG_NO(member, epoch) == node_log_no(o->n, member)) {
		if (!buf_add(&note, i->bytes, i->len))
			rc = err_set(&e, ERR_NOMEM, "no memory for a checkpoint");
		else if (member == o->n->own || (rc = witness_recall(o->n, member, o->r, &cp, i->bytes, i->len, &e)) == OK)
			rc = member == o->n->own ? hear_own(o, &note, &cp, &e) : hear_other(o, member, &note, &cp, &e);
		buf_free(&note);
	}
	if (rc != ERR_IO && rc != ERR_FULL && rc != ERR_NOMEM)
		return OK;		/* one log's trouble is not the others', and what is made up is no trouble */
	*o->e = e;
	return rc;
}

static int
run_remember(void *arg, struct store *s, struct err *e)
{
	struct opening *o = arg;
	struct buf held = { 0 };
	char name[80], text[24];
	uint64_t size = 0;
	int rc;

	snprintf(name, sizeof name, "pouch/%s", o->pull.member);
	snprintf(text, sizeof text, "%" PRIu64, o->told->cosigned);
	rc = store_meta_get(store_view(s), name, &held, e);
	if (rc == OK)
		(void)dec_u64(buf_cstr(&held), held.len, UINT64_MAX, &size);	/* what is no number is replaced */
	buf_free(&held);
	return rc != OK && rc != ERR_NOTFOUND ? rc : size >= o->told->cosigned ? OK :
	    store_meta_put(s, name, text, strlen(text), e);
}

/* The sender's line under a checkpoint of ours: counted with the others', and a word of how far it has come (pouch_start.c). */
static int
take_cosigned(struct opening *o, struct err *e)
{
	struct vkey keys[1 + PULL_KEYS];
	struct note_mark marks[1 + PULL_KEYS];
	struct peer *p = &o->n->peers[o->member];
	struct arena a = { 0 };
	struct checkpoint cp;
	struct note parsed;
	struct err why;
	size_t n_keys = 1;
	bool by_sender = false;

	if (o->f.cosigned.len == 0 || keys_of_log(o->n, o->n->own, keys) == 0)
		return OK;
	pthread_mutex_lock(&o->n->lock);
	memcpy(keys + 1, p->witness, p->witnesses * sizeof *keys);
	n_keys += p->witnesses;
	pthread_mutex_unlock(&o->n->lock);
	if (checkpoint_open(&a, o->f.cosigned.data, o->f.cosigned.len, keys, n_keys, &cp, &parsed, marks, &why) == OK)
		for (size_t i = 1; i < n_keys; i++)
			by_sender |= marks[i].signed_by;
	arena_free(&a);
	if (!by_sender)
		return OK;		/* no cosignature of the sender's: of no use, and no harm */
	if (hear_own(o, &o->f.cosigned, &cp, &why) != OK || o->told->ahead >= cp.size)
		return OK;
	o->told->cosigned = cp.size;
	return writer_do(o->n->writer, run_remember, o, e);
}

int
pouch_hear(struct opening *o, struct err *e)
{
	int64_t theirs;
	int rc;

	o->e = e;
	rc = seen_read(o->f.seen.data, o->f.seen.len, &theirs, hear, o, e);
	if (rc == OK)
		rc = take_cosigned(o, e);
	if (o->told->ahead > 0)
		guard_ahead(o->n, o->member, o->told->ahead);
	return rc;
}
