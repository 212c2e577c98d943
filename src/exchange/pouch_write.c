/* Writing the archive of a pouch. */
#include <inttypes.h>

#include "exchange/pouch.h"

static const uint8_t zeros[2 * POUCH_BLOCK];

int
pouch_write_part(struct pouch_writer *w, const struct pouch_part *p, struct err *e)
{
	uint8_t header[POUCH_BLOCK];
	int rc;

	if (w->left > 0)
		return err_set(e, ERR_INPUT, "pouch: the part before lacks %" PRIu64 " bytes", w->left);
	if ((rc = pouch_order_take(&w->order, p, e)) != OK)
		return rc;
	pouch_header(header, p, w->made_s);
	w->left = p->size;
	w->fill = (unsigned)(-p->size % POUCH_BLOCK);
	return w->write(w->ctx, header, sizeof header, e);
}

int
pouch_write(struct pouch_writer *w, const void *bytes, size_t len, struct err *e)
{
	int rc;

	if (len > w->left)
		return err_set(e, ERR_LIMIT, "pouch: a part has more bytes than were announced");
	if (len == 0)
		return OK;
	w->left -= len;
	if ((rc = w->write(w->ctx, bytes, len, e)) != OK || w->left > 0 || w->fill == 0)
		return rc;
	return w->write(w->ctx, zeros, w->fill, e);
}

int
pouch_write_whole(struct pouch_writer *w, struct pouch_part p, const void *bytes, size_t len, struct err *e)
{
	int rc;

	p.size = len;
	rc = pouch_write_part(w, &p, e);
	return rc == OK ? pouch_write(w, bytes, len, e) : rc;
}

int
pouch_write_begin(struct pouch_writer *w, const struct pouch_head *h,
    int (*write)(void *ctx, const void *bytes, size_t len, struct err *e), void *ctx, struct err *e)
{
	struct buf text = { 0 };
	int rc;

	*w = (struct pouch_writer){ .write = write, .ctx = ctx, .made_s = h->made_ms / 1000 };
	pouch_head_write(&text, h);
	rc = text.failed ? err_set(e, ERR_NOMEM, "no memory for a pouch") :
	    pouch_write_whole(w, (struct pouch_part){ .kind = POUCH_HEAD }, text.data, text.len, e);
	pouch_order_head(&w->order, h);
	buf_free(&text);
	return rc;
}

int
pouch_write_end(struct pouch_writer *w, struct err *e)
{
	int rc;

	if (w->left > 0)
		return err_set(e, ERR_INPUT, "pouch: the last part lacks %" PRIu64 " bytes", w->left);
	rc = pouch_order_end(&w->order, e);
	return rc == OK ? w->write(w->ctx, zeros, sizeof zeros, e) : rc;
}
