/* The newest signed state of each log, in memory for whoever asks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"

void
publish(struct node *n, int member, uint64_t size, const void *note, size_t len)
{
	struct published *p = &n->published[member];

	pthread_mutex_lock(&n->lock);
	if (p->note.len == 0 || size >= p->size) {
		buf_reset(&p->note);
		buf_add(&p->note, note, len);
		p->size = size;
	}
	pthread_mutex_unlock(&n->lock);
}

int
publish_stored(struct node *n, int member, struct store_reader *r, struct err *e)
{
	struct buf note = { 0 };
	uint64_t size = 0;
	int rc = store_checkpoint_get(r, node_log_no(n, member), UINT64_MAX, &size, &note, e);

	if (rc == OK)
		publish(n, member, size, note.data, note.len);
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
	if (rc == OK && both && note_split(note.data, note.len, &text_len) && (text = malloc(text_len)) != NULL) {
		memcpy(text, note.data, text_len);	/* the note may move while a line is added */
		rc = note_add_line(&note, text, text_len, &next, 0, e);
	}
	free(text);
	if (rc == OK)
		publish(n, n->own, cp.size, note.data, note.len);
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
	else if (note != NULL)
		buf_add(note, n->published[member].note.data, n->published[member].note.len);
	*size = n->published[member].size;
	pthread_mutex_unlock(&n->lock);
	return rc;
}
