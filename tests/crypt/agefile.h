/* Age files in memory, a source that gives them in pieces, and an rng that can be repeated. For tests only. */
#ifndef TESTS_CRYPT_AGEFILE_H
#define TESTS_CRYPT_AGEFILE_H

#include <string.h>

#include "base/buf.h"
#include "crypt/age.h"
#include "crypt/hash.h"

/* Random enough, and the same each time: SHA-256 of a counter. */
struct agefile_rng {
	uint64_t n;
};

static inline void
agefile_fill(void *ctx, void *out, size_t len)
{
	struct agefile_rng *r = ctx;
	uint8_t *at = out;

	while (len > 0) {
		struct digest d;
		size_t n = len < sizeof d.b ? len : sizeof d.b;

		r->n++;
		hash_once(&d, &r->n, sizeof r->n);
		memcpy(at, d.b, n);
		at += n;
		len -= n;
	}
}

static inline int
agefile_write(void *ctx, const void *bytes, size_t len, struct err *e)
{
	return buf_add(ctx, bytes, len) ? OK : err_set(e, ERR_FULL, "the buffer is full");
}

struct agefile_source {
	const uint8_t *at, *end;
	size_t piece;		/* bytes given at most each time; 0: all that is asked for */
	int fail;		/* when not OK, answered once all was given */
};

static inline int
agefile_read(void *ctx, void *out, size_t cap, size_t *len, struct err *e)
{
	struct agefile_source *s = ctx;
	size_t n = (size_t)(s->end - s->at);

	if (n == 0 && s->fail != OK)
		return err_set(e, s->fail, "the disk is on fire");
	if (s->piece != 0 && n > s->piece)
		n = s->piece;
	if (n > cap)
		n = cap;
	if (n > 0)
		memcpy(out, s->at, n);
	s->at += n;
	*len = n;
	return OK;
}

/* Append the file for ${n_to} recipients that holds ${len} bytes, written in pieces of ${piece}. */
static inline int
agefile_make(struct buf *out, const struct age_recipient *to, size_t n_to, const void *text, size_t len, size_t piece,
    struct err *e)
{
	struct agefile_rng seed = { len * 1000003 + piece };
	struct rng rng = { agefile_fill, &seed };
	struct age_sink sink = { agefile_write, out };
	struct age_writer *w;
	const uint8_t *at = text;
	int rc = age_writer_open(&w, to, n_to, &rng, sink, e);

	while (rc == OK && len > 0) {
		size_t n = len < piece ? len : piece;

		rc = age_write(w, at, n, e);
		at += n;
		len -= n;
	}
	if (rc == OK)
		rc = age_writer_end(w, e);
	age_writer_free(w);
	return rc;
}

/* Append to ${out} what ${len} bytes of an age file give to ${ids}, coming in pieces. What was given before an error is there. */
static inline int
agefile_open(struct buf *out, const struct age_identity *ids, size_t n_ids, const void *file, size_t len, size_t piece,
    struct err *e)
{
	struct agefile_source s = { file, (const uint8_t *)file + len, piece, OK };
	struct age_source source = { agefile_read, &s };
	struct age_reader *r;
	const uint8_t *bytes;
	size_t n = 0;
	int rc = age_reader_open(&r, ids, n_ids, source, e);

	while (rc == OK && (rc = age_read(r, &bytes, &n, e)) == OK && n > 0)
		buf_add(out, bytes, n);
	age_reader_free(r);
	return rc;
}

#endif
