/* Reading the archive of a pouch: fed in pieces of any size. */
#include <inttypes.h>
#include <string.h>

#include "exchange/pouch.h"

enum { NAME_LEN = 100, AT_SIZE = 124, AT_TIME = 136, OCTAL = 11 };

static bool
octal(const uint8_t *at, uint64_t *out)
{
	*out = 0;
	for (int i = 0; i < OCTAL; i++) {
		if (at[i] < '0' || at[i] > '7')
			return false;
		*out = *out << 3 | (uint64_t)(at[i] - '0');
	}
	return at[OCTAL] == 0;
}

static bool
is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < POUCH_BLOCK; i++)
		if (block[i] != 0)
			return false;
	return true;
}

static int
malformed(const struct pouch_reader *r, struct err *e)
{
	return err_set(e, ERR_INPUT, "pouch: byte %" PRIu64 " of the archive: this is not a header as docs/pouch.md has it",
	    r->at - POUCH_BLOCK);
}

static int
head_done(struct pouch_reader *r, struct err *e)
{
	int rc = pouch_head_read(&r->h, r->text, r->now.size, e);

	if (rc == OK && r->h.made_ms / 1000 != r->made_s)
		rc = err_set(e, ERR_INPUT, "pouch: its head and its archive were made at different times");
	if (rc != OK)
		return rc;
	pouch_order_head(&r->order, &r->h);
	return r->head == NULL ? OK : r->head(r->ctx, &r->h, e);
}

static int
part_done(struct pouch_reader *r, struct err *e)
{
	int rc = r->now.kind == POUCH_HEAD ? head_done(r, e) : r->done == NULL ? OK : r->done(r->ctx, &r->now, e);

	r->left = -r->now.size % POUCH_BLOCK;
	r->state = r->left > 0 ? POUCH_IN_FILL : POUCH_AT_HEADER;
	return rc;
}

/* A header has one form only: what it says, written again, must be the same bytes. */
static int
take_header(struct pouch_reader *r, struct err *e)
{
	uint8_t again[POUCH_BLOCK];
	struct pouch_part p;
	uint64_t size, made;
	size_t name = strnlen((const char *)r->block, NAME_LEN);
	int rc;

	if (!octal(r->block + AT_SIZE, &size) || !octal(r->block + AT_TIME, &made) || name == 0 || name == NAME_LEN)
		return malformed(r, e);
	if ((rc = pouch_name_read(&p, (const char *)r->block, name, e)) != OK)
		return rc;
	p.size = size;
	if (!r->order.begun)
		r->made_s = (int64_t)made;
	pouch_header(again, &p, r->made_s);
	if (memcmp(again, r->block, sizeof again) != 0)
		return malformed(r, e);
	if ((rc = pouch_order_take(&r->order, &p, e)) != OK)
		return rc;
	r->now = p;
	r->left = p.size;
	r->state = POUCH_IN_PART;
	if (p.kind != POUCH_HEAD && r->part != NULL && (rc = r->part(r->ctx, &r->now, e)) != OK)
		return rc;
	return p.size == 0 ? part_done(r, e) : OK;	/* an empty attachment */
}

static int
take_bytes(struct pouch_reader *r, const uint8_t *bytes, size_t len, struct err *e)
{
	int rc = OK;

	if (r->now.kind == POUCH_HEAD)
		memcpy(r->text + (r->now.size - r->left), bytes, len);
	else if (r->bytes != NULL)
		rc = r->bytes(r->ctx, &r->now, bytes, len, e);
	r->left -= len;
	return rc == OK && r->left == 0 ? part_done(r, e) : rc;
}

static int
take_fill(struct pouch_reader *r, const uint8_t *bytes, size_t len, struct err *e)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return err_set(e, ERR_INPUT, "pouch: a part is filled up with other bytes than zeros");
	if ((r->left -= len) == 0)
		r->state = POUCH_AT_HEADER;
	return OK;
}

/* A block of 512: a header, or one of the two zero blocks at the end. */
static int
take_block(struct pouch_reader *r, struct err *e)
{
	int rc;

	r->have = 0;
	if (r->state == POUCH_AT_END) {
		if (r->left != 1 || !is_zero(r->block))
			return err_set(e, ERR_INPUT, "pouch: something follows its end");
		r->left = 0;
		return OK;
	}
	if (!is_zero(r->block))
		return take_header(r, e);
	if ((rc = pouch_order_end(&r->order, e)) == OK) {
		r->state = POUCH_AT_END;
		r->left = 1;		/* zero block to come */
	}
	return rc;
}

int
pouch_feed(struct pouch_reader *r, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *at = bytes, *end = at + len;
	int rc = OK;

	while (at < end && rc == OK) {
		bool block = r->state == POUCH_AT_HEADER || r->state == POUCH_AT_END;
		uint64_t want = block ? POUCH_BLOCK - r->have : r->left;
		size_t some = (size_t)(end - at) < want ? (size_t)(end - at) : (size_t)want;

		r->at += some;
		if (block) {
			memcpy(r->block + r->have, at, some);
			if ((r->have += some) == POUCH_BLOCK)
				rc = take_block(r, e);
		} else {
			rc = r->state == POUCH_IN_PART ? take_bytes(r, at, some, e) : take_fill(r, at, some, e);
		}
		at += some;
	}
	return rc;
}

int
pouch_feed_end(struct pouch_reader *r, struct err *e)
{
	return r->state == POUCH_AT_END && r->left == 0 && r->have == 0 ? OK :
	    err_set(e, ERR_INPUT, "pouch: the archive is cut off after %" PRIu64 " bytes", r->at);
}
