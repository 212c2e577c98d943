/*
 * Age files, read by the identity of 32 bytes 0x42: what comes does not depend on the pieces in which the file comes, and a
 * text encrypted again is read again. The same bytes as key texts: what parses is written back as it stood.
 */
#include <assert.h>
#include <string.h>

#include "crypt/age.h"
#include "crypt/crypt.h"
#include "crypt/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	const uint8_t *at, *end;
	size_t piece;
};

static int
read_piece(void *ctx, void *out, size_t cap, size_t *len, struct err *e)
{
	struct source *s = ctx;
	size_t n = (size_t)(s->end - s->at);

	(void)e;
	n = n < s->piece ? n : s->piece;
	n = n < cap ? n : cap;
	if (n > 0)
		memcpy(out, s->at, n);
	s->at += n;
	*len = n;
	return OK;
}

static int
add_piece(void *ctx, const void *bytes, size_t len, struct err *e)
{
	return buf_add(ctx, bytes, len) ? OK : err_set(e, ERR_NOMEM, "out of memory");
}

static void
fill(void *ctx, void *out, size_t len)
{
	memset(out, ++*(uint8_t *)ctx, len);
}

static int
open_file(struct buf *out, const struct age_identity *id, const uint8_t *data, size_t size, size_t piece)
{
	struct source s = { data, data + size, piece };
	struct age_source source = { read_piece, &s };
	struct age_reader *r;
	const uint8_t *bytes;
	struct err e;
	size_t n = 0;
	int rc = age_reader_open(&r, id, 1, source, &e);

	while (rc == OK && (rc = age_read(r, &bytes, &n, &e)) == OK && n > 0)
		assert(buf_add(out, bytes, n));
	assert(rc == OK || strlen(e.text) > 20);
	age_reader_free(r);
	return rc;
}

static void
make_file(struct buf *out, const struct age_identity *id, const uint8_t *text, size_t len)
{
	uint8_t n = 0;
	struct rng rng = { fill, &n };
	struct age_sink sink = { add_piece, out };
	struct age_writer *w;

	assert(age_writer_open(&w, &id->public, 1, &rng, sink, NULL) == OK);
	assert(age_write(w, text, len, NULL) == OK && age_writer_end(w, NULL) == OK);
	age_writer_free(w);
}

static void
try_keys(const uint8_t *data, size_t size)
{
	char text[AGE_IDENTITY_CHARS + 1];
	struct age_recipient to;
	struct age_identity id;
	struct err e;

	if (age_recipient_parse(&to, (const char *)data, size, &e) == OK) {
		age_recipient_format(text, &to);
		assert(strlen(text) == size && memcmp(text, data, size) == 0);
	}
	if (age_identity_parse(&id, (const char *)data, size, &e) == OK) {
		age_identity_format(text, &id);
		assert(strlen(text) == size && memcmp(text, data, size) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = { 0 }, pieces = { 0 }, file = { 0 };
	struct age_identity id;
	uint8_t seed[AGE_KEY_BYTES];
	int rc;

	assert(crypt_init(NULL) == OK);
	memset(seed, 0x42, sizeof seed);
	age_identity_from_seed(&id, seed);
	try_keys(data, size);

	rc = open_file(&whole, &id, data, size, SIZE_MAX);
	assert(open_file(&pieces, &id, data, size, 1) == rc);
	assert(whole.len == pieces.len && whole.len <= size && (whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0));

	buf_reset(&whole);
	make_file(&file, &id, data, size);
	assert(open_file(&whole, &id, file.data, file.len, 4096) == OK);
	assert(whole.len == size && (size == 0 || memcmp(whole.data, data, size) == 0));
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&file);
	return 0;
}
