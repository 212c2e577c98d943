#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/age_header.h"

#define SEALED_BYTES (AGE_CHUNK_BYTES + AGE_TAG_BYTES)	/* a chunk as it stands in the file */

struct age_reader {
	struct age_source source;
	uint8_t key[AGE_KEY_BYTES];	/* of the payload */
	uint64_t counter;		/* of the next chunk */
	size_t have;			/* bytes in in */
	bool source_ended, done;
	struct err why;			/* why.code: OK, or what stopped us */
	/* A chunk and one byte more, which tells whether it is the last. */
	uint8_t in[SEALED_BYTES + 1];
	uint8_t text[AGE_CHUNK_BYTES];
};

_Static_assert(AGE_HEADER_MAX_BYTES + AGE_NONCE_BYTES <= SEALED_BYTES, "a header is read into the space of a chunk");

/* One more read from the source, up to ${want} bytes in all. */
static int
fill_once(struct age_reader *r, size_t want, struct err *e)
{
	size_t n = 0;
	int rc;

	if ((rc = r->source.read(r->source.ctx, r->in + r->have, want - r->have, &n, e)) != OK)
		return rc;
	assert(n <= want - r->have);
	r->have += n;
	r->source_ended = n == 0;
	return OK;
}

static int
fill(struct age_reader *r, size_t want, struct err *e)
{
	int rc = OK;

	while (rc == OK && r->have < want && !r->source_ended)
		rc = fill_once(r, want, e);
	return rc;
}

/* Forget the first ${n} bytes. */
static void
drop(struct age_reader *r, size_t n)
{
	r->have -= n;
	memmove(r->in, r->in + n, r->have);
}

/* Read until the header is whole; its length. What does not look like a header at all goes to the parser as it is. */
static int
read_header(struct age_reader *r, size_t *len, struct err *e)
{
	size_t seen = 0;
	int rc = OK;

	while ((*len = age_header_len(r->in, r->have, &seen)) == 0 && !r->source_ended && r->have < AGE_HEADER_MAX_BYTES)
		if ((rc = fill_once(r, AGE_HEADER_MAX_BYTES, e)) != OK)
			return rc;
	if (*len == 0 && age_is(r->in, r->have) && !r->source_ended)
		return err_set(e, ERR_LIMIT, "age file: the header has more than %u bytes; ask the sender for a file to fewer "
		    "recipients", AGE_HEADER_MAX_BYTES);
	if (*len == 0)
		*len = r->have;
	return OK;
}

/* Header and nonce; the key of the payload into ${r}. ${h} is room for the header: too large for the stack. */
static int
start(struct age_reader *r, struct age_header *h, const struct age_identity *ids, size_t n_ids, struct err *e)
{
	uint8_t file_key[AGE_FILE_KEY_BYTES];
	size_t len;
	int rc;

	if ((rc = read_header(r, &len, e)) != OK || (rc = age_header_parse(h, r->in, len, e)) != OK ||
	    (rc = age_header_open(file_key, h, ids, n_ids, e)) != OK)
		return rc;
	drop(r, len);
	if ((rc = fill(r, AGE_NONCE_BYTES, e)) == OK && r->have < AGE_NONCE_BYTES)
		rc = err_set(e, ERR_INPUT, "age file: ends after its header; it was cut short: fetch it again");
	if (rc == OK) {
		age_hkdf(r->key, file_key, sizeof file_key, r->in, AGE_NONCE_BYTES, "payload");
		drop(r, AGE_NONCE_BYTES);
	}
	sodium_memzero(file_key, sizeof file_key);
	return rc;
}

int
age_reader_open(struct age_reader **out, const struct age_identity *ids, size_t n_ids, struct age_source source,
    struct err *e)
{
	struct age_header *h = malloc(sizeof *h);
	struct age_reader *r = calloc(1, sizeof *r);
	int rc;

	*out = NULL;
	assert(n_ids > 0 && n_ids <= AGE_IDENTITIES_MAX);
	if (h == NULL || r == NULL) {
		rc = err_set(e, ERR_NOMEM, "age file: out of memory");
	} else {
		r->source = source;
		rc = start(r, h, ids, n_ids, e);
	}
	free(h);
	if (rc == OK)
		*out = r;
	else
		age_reader_free(r);
	return rc;
}

static bool
open_chunk(struct age_reader *r, size_t len, bool last)
{
	uint8_t nonce[AGE_CHUNK_NONCE_BYTES];

	age_chunk_nonce(nonce, r->counter, last);
	return crypto_aead_chacha20poly1305_ietf_decrypt(r->text, NULL, NULL, r->in, len, NULL, 0, nonce, r->key) == 0;
}

/* To be answered from now on. */
static int
damaged(struct age_reader *r, const char *what)
{
	return err_set(&r->why, ERR_VERIFY, "age file: chunk %llu: the file %s; fetch it again or ask the sender",
	    (unsigned long long)r->counter + 1, what);
}

/*
 * A chunk must open as what it is by its place, the last one or not. A full one may open as the other kind: then it is as
 * its writer wrote it and is given, but the file was cut behind it, or goes on where it should end, which is said next.
 */
static int
next_chunk(struct age_reader *r, size_t *text_len)
{
	size_t len;
	bool last;
	int rc;

	if ((rc = fill(r, sizeof r->in, &r->why)) != OK)
		return r->why.code = rc;
	last = r->have <= SEALED_BYTES;
	len = last ? r->have : SEALED_BYTES;
	if (len < AGE_TAG_BYTES)
		return damaged(r, "was cut short");
	if (!open_chunk(r, len, last)) {
		if (len < SEALED_BYTES || !open_chunk(r, len, !last))
			return damaged(r, last ? "was changed after it was written, or cut short" :
			    "was changed after it was written");
		damaged(r, last ? "was cut short" : "has bytes after its end");
	}
	*text_len = len - AGE_TAG_BYTES;
	if (*text_len == 0 && r->counter > 0)
		return err_set(&r->why, ERR_INPUT, "age file: chunk %llu: the last chunk is empty, which the format forbids; "
		    "ask the sender to write the file again", (unsigned long long)r->counter + 1);
	drop(r, len);
	r->counter++;
	r->done = last;
	return OK;
}

int
age_read(struct age_reader *r, const uint8_t **bytes, size_t *len, struct err *e)
{
	size_t n = 0;

	*bytes = NULL;
	*len = 0;
	if (r->why.code == OK) {
		if (r->done)
			return OK;
		if (next_chunk(r, &n) == OK) {
			*bytes = r->text;
			*len = n;
			return OK;
		}
	}
	if (e != NULL)
		*e = r->why;
	return r->why.code;
}

void
age_reader_free(struct age_reader *r)
{
	if (r == NULL)
		return;
	sodium_memzero(r, sizeof *r);
	free(r);
}
