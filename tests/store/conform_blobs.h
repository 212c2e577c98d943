/*
 * The fourth part of the suite: attachments.
 */
#ifndef TESTS_STORE_CONFORM_BLOBS_H
#define TESTS_STORE_CONFORM_BLOBS_H

#include "store/conform.h"

#define BLOB_TAIL 1000u
#define BLOB_SIZE (2 * STORE_BLOB_PART + BLOB_TAIL)

static uint8_t blob_bytes[BLOB_SIZE];
static const uint8_t blob_a[32] = { 1, 'a' }, blob_b[32] = { 2, 'b' }, blob_none[32] = { 3 };

static int
see_blob(void *ctx, const struct blob *b)
{
	char *out = ctx;
	size_t n = strlen(out);

	snprintf(out + n, 256 - n, "%d %llu/%llu%s;", b->hash[0], (unsigned long long)b->have, (unsigned long long)b->size,
	    b->whole ? " whole" : "");
	return b->hash[0] == 2 ? 42 : 0;
}

static void
conform_blob_rules(struct store *s)
{
	const uint32_t part = STORE_BLOB_PART;
	struct buf out = { 0 };
	struct err err;

	REFUSED(store_blob_begin(s, blob_a, BLOB_SIZE + 1, e), ERR_CONFLICT, "blob: another size is refused");
	REFUSED(store_blob_begin(s, blob_none, STORE_BLOB_MAX + 1, e), ERR_LIMIT, "blob: too large a one is refused");
	REFUSED(store_blob_append(s, blob_a, 0, blob_bytes, part, e), ERR_CONFLICT, "blob: a part again is refused");
	REFUSED(store_blob_append(s, blob_a, 2 * part, blob_bytes, BLOB_TAIL, e), ERR_CONFLICT, "blob: a gap is refused");
	REFUSED(store_blob_append(s, blob_a, part, blob_bytes, part - 1, e), ERR_LIMIT, "blob: a short part is refused");
	REFUSED(store_blob_append(s, blob_a, part, blob_bytes, part + 1, e), ERR_LIMIT, "blob: a long part is refused");
	REFUSED(store_blob_append(s, blob_a, part, blob_bytes, 0, e), ERR_LIMIT, "blob: an empty part is refused");
	REFUSED(store_blob_seal(s, blob_a, e), ERR_CONFLICT, "blob: sealing what is not all there is refused");
	REFUSED(store_blob_append(s, blob_none, 0, blob_bytes, part, e), ERR_NOTFOUND, "blob: none was begun to append to");
	REFUSED(store_blob_seal(s, blob_none, e), ERR_NOTFOUND, "blob: nor to seal");
	REFUSED(store_blob_erase(s, blob_none, e), ERR_NOTFOUND, "blob: nor to erase");
	is(store_blob_read(store_view(s), blob_a, 1, &out, &err), ERR_INPUT, "blob: no part begins there");
	is(store_blob_read(store_view(s), blob_a, part, &out, &err), ERR_NOTFOUND, "blob: that part is not there yet");
	is(store_blob_read(store_view(s), blob_a, UINT64_C(1) << 50, &out, &err), ERR_NOTFOUND, "blob: nor one beyond all");
	is(store_blob_read(store_view(s), blob_none, 0, &out, &err), ERR_NOTFOUND, "blob: nor one of none");
	is(out.len, 0, "blob: and nothing was added to what is read into");
	buf_free(&out);
}

static void
blob_read_whole(struct store *s)
{
	struct store_reader *r;
	struct buf out = { 0 };
	struct err err;

	MUST(store_reader_open(s, &r, NULL));
	buf_str(&out, "before");
	for (uint64_t at = 0; at < BLOB_SIZE; at += STORE_BLOB_PART)
		is(store_blob_read(r, blob_a, at, &out, &err), OK, "blob: a part, in a reader");
	ok(out.len == 6 + BLOB_SIZE && memcmp(out.data, "before", 6) == 0 && memcmp(out.data + 6, blob_bytes, BLOB_SIZE) == 0,
	    "blob: parts are appended and make up the bytes");
	store_reader_close(r);
	buf_free(&out);
}

static void
conform_blobs(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct blob got;
	char all[256] = "";
	struct err err;

	for (size_t i = 0; i < sizeof blob_bytes; i++)
		blob_bytes[i] = (uint8_t)(i * 31 + (i >> 9));
	MUST(store_begin(s, NULL));
	is(store_blob_begin(s, blob_b, 0, &err), OK, "blob: one of no bytes");
	is(store_blob_seal(s, blob_b, &err), OK, "blob: is whole without a part");
	is(store_blob_begin(s, blob_a, BLOB_SIZE, &err), OK, "blob: begin");
	is(store_blob_begin(s, blob_a, BLOB_SIZE, &err), OK, "blob: begin again is fine");
	is(store_blob_append(s, blob_a, 0, blob_bytes, STORE_BLOB_PART, &err), OK, "blob: the first part");
	MUST(store_commit(s, NULL));
	is(store_blob_get(v, blob_a, &got, &err), OK, "blob: get");
	ok(memcmp(got.hash, blob_a, 32) == 0 && got.size == BLOB_SIZE && got.have == STORE_BLOB_PART && !got.whole,
	    "blob: one part of it is there");
	is(store_blob_get(v, blob_none, &got, &err), ERR_NOTFOUND, "blob: none");
	conform_blob_rules(s);

	MUST(store_begin(s, NULL));
	is(store_blob_begin(s, blob_a, BLOB_SIZE, &err), OK, "blob: begun again it goes on where it was");
	is(store_blob_append(s, blob_a, STORE_BLOB_PART, blob_bytes + STORE_BLOB_PART, STORE_BLOB_PART, &err), OK,
	    "blob: the second part");
	is(store_blob_append(s, blob_a, 2 * STORE_BLOB_PART, blob_bytes + 2 * STORE_BLOB_PART, BLOB_TAIL, &err), OK,
	    "blob: the last one is shorter");
	MUST(store_blob_get(v, blob_a, &got, NULL));
	ok(got.have == BLOB_SIZE && !got.whole, "blob: all there is not yet whole");
	is(store_blob_seal(s, blob_a, &err), OK, "blob: seal");
	is(store_blob_seal(s, blob_a, &err), OK, "blob: again is fine");
	MUST(store_commit(s, NULL));
	MUST(store_blob_get(v, blob_a, &got, NULL));
	ok(got.whole, "blob: whole");
	REFUSED(store_blob_append(s, blob_a, BLOB_SIZE, blob_bytes, 1, e), ERR_LIMIT, "blob: nothing follows the end");
	is(store_blob_each(v, see_blob, all, &err), 42, "blob: each, and a visit stops it");
	is_str(all, "1 525288/525288 whole;2 0/0 whole;", "blob: in the order of hashes");
	blob_read_whole(s);
}

static void
conform_blob_erase(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct buf out = { 0 };
	struct blob got;
	struct err err;

	MUST(store_begin(s, NULL));
	MUST(store_blob_erase(s, blob_a, NULL));
	is(store_blob_get(v, blob_a, &got, &err), ERR_NOTFOUND, "blob erase: gone at once for the writer");
	MUST(store_blob_begin(s, blob_a, 3, NULL));
	store_rollback(s);
	is(store_blob_get(v, blob_a, &got, &err), OK, "blob erase: back after a rollback");
	ok(got.whole && got.size == BLOB_SIZE, "blob erase: as it was");
	MUST(store_begin(s, NULL));
	is(store_blob_erase(s, blob_a, &err), OK, "blob erase");
	MUST(store_commit(s, NULL));
	is(store_blob_get(v, blob_a, &got, &err), ERR_NOTFOUND, "blob erase: gone");
	for (uint64_t at = 0; at < BLOB_SIZE; at += STORE_BLOB_PART)
		is(store_blob_read(v, blob_a, at, &out, &err), ERR_NOTFOUND, "blob erase: with every part");
	is(store_blob_get(v, blob_b, &got, &err), OK, "blob erase: another one stays");
	MUST(store_begin(s, NULL));
	is(store_blob_begin(s, blob_a, 3, &err), OK, "blob erase: it may be begun anew, with another size");
	MUST(store_blob_append(s, blob_a, 0, "new", 3, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_blob_read(v, blob_a, 0, &out, NULL));
	is_str(buf_cstr(&out), "new", "blob erase: and has its own bytes");
	buf_free(&out);
}

#endif
