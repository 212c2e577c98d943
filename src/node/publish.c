/* The newest signed state of each log, in memory for whoever asks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"

int
publish(struct node *n, int member, uint64_t size, const void *note, size_t len)
{
	struct published *p = &n->published[member];
	struct buf copy = { 0 }, old;

	if (!buf_add(&copy, note, len)) {
		buf_free(&copy);
		return ERR_NOMEM;
	}
	pthread_mutex_lock(&n->lock);
	if (p->note.len == 0 || size >= p->size) {
		old = p->note;
		p->note = copy;
		copy = old;
		p->size = size;
	}
	pthread_mutex_unlock(&n->lock);
	buf_free(&copy);
	return OK;
}

static int
publish_or_say(struct node *n, int member, uint64_t size, const struct buf *note, struct err *e)
{
	return publish(n, member, size, note->data, note->len) == OK ? OK :
	    err_set(e, ERR_NOMEM, "no memory for the newest checkpoint of %s", n->reg->members[member].code);
}

int
publish_stored(struct node *n, int member, struct store_reader *r, struct err *e)
{
	struct buf note = { 0 };
	uint64_t size = 0;
	int rc = store_checkpoint_get(r, node_log_no(n, member), UINT64_MAX, &size, &note, e);

	if (rc == OK)
		rc = publish_or_say(n, member, size, &note, e);
	buf_free(&note);
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* Sign what is committed. Ed25519 is deterministic: after a crash the same size and root give the same note. */
int
publish_own(struct node *n, struct err *e)
{
	struct checkpoint cp = { .size = n->own_log.size };
	struct note_signer now, next;
	struct buf note = { 0 };
	char *text = NULL;
	size_t text_len;
	bool both;
	int rc;

	snprintf(cp.origin, sizeof cp.origin, "%s", n->own_log.origin);
	memcpy(cp.root.b, n->own_log.root, sizeof cp.root.b);
	pthread_mutex_lock(&n->lock);
	now = n->signer;
	both = n->have_next;
	if (both)
		next = n->signer_next;
	pthread_mutex_unlock(&n->lock);
	rc = checkpoint_sign(&note, &cp, &now, e);
	if (rc == OK && both && note_split(note.data, note.len, &text_len)) {
		if ((text = malloc(text_len)) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory to sign a checkpoint with the next key");
		else
			memcpy(text, note.data, text_len);	/* the note may move while a line is added */
		if (rc == OK)
			rc = note_add_line(&note, text, text_len, &next, 0, e);
	}
	free(text);
	if (rc == OK)
		rc = publish_or_say(n, n->own, cp.size, &note, e);
	buf_free(&note);
	return rc;
}

/* At start: the newest notes that are stored. A node that may write signs its own log anew after this (open.c). */
int
publish_load(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	int rc = r == NULL ? e->code : OK;

	for (uint32_t i = 0; rc == OK && i < n->reg->members_count; i++)
		rc = publish_stored(n, (int)i, r, e);
	if (r != NULL)
		node_reader_done(n, r);
	return rc;
}

int
node_published(struct node *n, int member, uint64_t *size, struct buf *note, struct err *e)
{
	int rc = OK;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return err_set(e, ERR_NOTFOUND, "no such member");
	pthread_mutex_lock(&n->lock);
	if (n->published[member].note.len == 0)
		rc = err_set(e, ERR_NOTFOUND, "nothing is known yet of the log of %s", n->reg->members[member].code);
	else if (note != NULL && !buf_add(note, n->published[member].note.data, n->published[member].note.len))
		rc = err_set(e, ERR_NOMEM, "no memory for the newest checkpoint of %s", n->reg->members[member].code);
	*size = n->published[member].size;
	pthread_mutex_unlock(&n->lock);
	return rc;
}
