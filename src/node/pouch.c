/*
 * Opening a pouch: a pull whose line is a file. Everything is checked by the code that checks what comes over the network. Here it
 * is asked whether the pouch is for us, its parts are taken one after the other, and what came of them is told.
 */
#include "node/pouch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/pouch_opening.h"

/* ---- is it ours to open? ---- */

static int
check_head(struct opening *o, struct err *e)
{
	const struct pouch_head *h = &o->told->head;
	struct node *n = o->n;
	struct card card;

	if (strcmp(h->mechanism, n->reg->mechanism) != 0)
		return err_set(e, ERR_CONFLICT, "%s: is of the mechanism \"%s\", this node takes part in \"%s\"", o->f.path,
		    h->mechanism, n->reg->mechanism);
	if (strcmp(h->to, n->member) != 0)
		return err_set(e, ERR_CONFLICT, "%s: is for %s; this is the node of %s", o->f.path, h->to, n->member);
	if (strcmp(h->charter, n->charter_hash) != 0)
		return err_set(e, ERR_CONFLICT, "%s: rests on another charter text (%.16s..., here %.16s...); both sides must "
		    "start from the same file", o->f.path, h->charter, n->charter_hash);
	o->member = registry_member(n->reg, h->from, strlen(h->from));
	if (o->member == LAW_NONE || o->member == n->own)
		return err_set(e, ERR_NOTFOUND, "%s: says that it comes from \"%s\", who is no other member of the charter",
		    o->f.path,
		    h->from);
	if (node_peer_card(n, o->member, &card, e) != OK)
		return err_set(e, ERR_NOTFOUND, "%s: comes from %s, which is not paired with this node: its keys are not known. "
		    "Pair with its card first (diwan pair)", o->f.path, h->from);
	return OK;
}

static int
check_checkpoint(struct opening *o, struct err *e)
{
	struct checkpoint cp;
	int rc = pouch_line_note(&o->pull, &o->f.checkpoint, &cp, e);

	if (rc == OK && cp.size != o->told->head.size)
		rc = err_set(e, ERR_INPUT, "its checkpoint is of %" PRIu64 " entries, its head says %" PRIu64, cp.size,
		    o->told->head.size);
	return rc == OK ? OK : err_at(e, "%s: the checkpoint of %s; nothing of it was taken in", o->f.path, o->pull.member);
}

/* ---- the whole ---- */

/* What came, for the caller and for the sender's status. */
static void
count(struct opening *o)
{
	struct peer_status *s = &o->n->peers[o->member].status;
	struct log_row log;
	struct err e;

	o->told->entries = o->pull.entries;
	o->told->payloads = o->as.status.received;
	o->told->withheld = o->as.status.withheld;
	if (store_log_get(o->r, o->pull.log_no, &log, &e) == OK) {
		o->told->held = log.size;
		o->told->decided = log.payloads_next;
	}
	pthread_mutex_lock(&o->n->lock);
	s->received += o->as.status.received;
	s->withheld += o->as.status.withheld;
	s->refused += o->as.status.refused;
	if (o->pull.entries > 0)
		s->verified_ms = node_now_ms(o->n);
	pthread_mutex_unlock(&o->n->lock);
}

/* What others say of each other counts even where the sender's own log cannot be followed. */
static int
take_all(struct opening *o, struct err *e)
{
	struct err late;
	int rc = pouch_take_log(o, e), other;

	if (rc == OK && o->told->gap_from == o->told->gap_to)
		rc = pouch_take_blobs(o, e);
	count(o);
	if (rc == ERR_IO || rc == ERR_FULL || rc == ERR_NOMEM || rc == ERR_STOP)
		return rc;
	if ((other = pouch_hear(o, &late)) == OK && (other = pouch_confirm(o, &late)) == ERR_DENIED) {
		/* What came is here all the same; this node may only not sign anything now (guard.c). */
		snprintf(o->told->no_receipts, sizeof o->told->no_receipts, "%.250s", late.text);
		other = OK;
	}
	if (rc == OK && other != OK)
		*e = late;
	return rc == OK ? other : rc;
}

static int
open_checked(struct opening *o, struct err *e)
{
	int rc = check_head(o, e);

	if (rc != OK)
		return rc;
	if ((o->r = node_reader(o->n, e)) == NULL)
		return e->code;
	o->as.node = o->n;
	o->as.member = o->member;
	o->pull = pouch_line(o, o->member);
	if ((rc = check_checkpoint(o, e)) == OK)
		rc = take_all(o, e);
	pull_end(&o->pull);
	node_reader_done(o->n, o->r);
	return rc;
}

int
node_pouch_open(struct node *n, const char *path, const struct age_identity *id, progress_fn progress, void *ctx,
    struct pouch_told *told, struct err *e)
{
	struct opening *o;
	int rc = OK;

	memset(told, 0, sizeof *told);
	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((o = calloc(1, sizeof *o)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to open a pouch");
	o->n = n;
	o->told = o->f.told = told;
	o->f.fd = o->f.spool = -1;
	o->f.progress = progress;
	o->f.ctx = ctx;
	if (id == NULL)
		rc = pouch_identities(n->dir, o->f.id, &o->f.ids, e);
	else
		o->f.id[o->f.ids++] = *id;
	if (rc == OK && (rc = pouch_file_open(&o->f, path, n->dir, e)) == OK) {
		rc = open_checked(o, e);
		pouch_file_close(&o->f);
	}
	explicit_bzero(o->f.id, sizeof o->f.id);
	free(o);
	return rc;
}
