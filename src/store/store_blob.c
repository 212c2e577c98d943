/*
 * The front door, fifth part: attachments.
 */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "store/store_backend.h"

struct hex {
	char s[65];
};

static struct hex
name_of(const uint8_t hash[32])
{
	struct hex h = { "" };

	hex_encode(h.s, hash, 32);
	return h;
}

/* A write that begins with the row that is there. */
static int
writing(struct store *s, const uint8_t hash[32], struct blob *b, struct err *e)
{
	int rc;

	assert(s->scans[SCAN_BLOB] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	return store_wrote(s, s->ops->blob_get(s->view, hash, b, e));
}

int
store_blob_begin(struct store *s, const uint8_t hash[32], uint64_t size, struct err *e)
{
	struct blob b;
	int rc;

	if ((rc = writing(s, hash, &b, e)) != OK && rc != ERR_NOTFOUND)
		return rc;
	if (size > STORE_BLOB_MAX)
		return store_wrote(s, err_set(e, ERR_LIMIT, "blob %s: has %llu bytes, may have %u", name_of(hash).s,
		    (unsigned long long)size, STORE_BLOB_MAX));
	if (rc == OK && b.size == size)
		return OK;
	if (rc == OK)
		return store_wrote(s, err_set(e, ERR_CONFLICT, "blob %s: was begun with %llu bytes, not %llu; one of the two"
		    " is wrong about it", name_of(hash).s, (unsigned long long)b.size, (unsigned long long)size));
	b = (struct blob){ .size = size };
	memcpy(b.hash, hash, sizeof b.hash);
	return store_wrote(s, s->ops->blob_put(s, &b, e));
}

int
store_blob_append(struct store *s, const uint8_t hash[32], uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct blob b;
	uint64_t want;
	int rc;

	if ((rc = writing(s, hash, &b, e)) != OK)
		return rc;
	if (at != b.have)
		return store_wrote(s, err_set(e, ERR_CONFLICT, "blob %s: %llu bytes are there, these begin at %llu; go on"
		    " where it ends", name_of(hash).s, (unsigned long long)b.have, (unsigned long long)at));
	want = b.size - b.have < STORE_BLOB_PART ? b.size - b.have : STORE_BLOB_PART;
	if (len == 0 || len != want)
		return store_wrote(s, err_set(e, ERR_LIMIT, "blob %s: the part at %llu has %llu bytes, not %zu", name_of(hash).s,
		    (unsigned long long)at, (unsigned long long)want, len));
	if ((rc = s->ops->part_put(s, hash, (uint32_t)(at / STORE_BLOB_PART), bytes, len, e)) == OK) {
		b.have += len;
		rc = s->ops->blob_put(s, &b, e);
	}
	return store_wrote(s, rc);
}

int
store_blob_seal(struct store *s, const uint8_t hash[32], struct err *e)
{
	struct blob b;
	int rc;

	if ((rc = writing(s, hash, &b, e)) != OK || b.whole)
		return rc;
	if (b.have != b.size)
		return store_wrote(s, err_set(e, ERR_CONFLICT, "blob %s: %llu of %llu bytes are there; fetch the rest first",
		    name_of(hash).s, (unsigned long long)b.have, (unsigned long long)b.size));
	b.whole = true;
	return store_wrote(s, s->ops->blob_put(s, &b, e));
}

int
store_blob_erase(struct store *s, const uint8_t hash[32], struct err *e)
{
	struct blob b;
	int rc;

	if ((rc = writing(s, hash, &b, e)) != OK)
		return rc;
	return store_wrote(s, s->ops->blob_erase(s, &b, e));
}

int
store_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e)
{
	return r->store->ops->blob_get(r, hash, out, e);
}

int
store_blob_read(struct store_reader *r, const uint8_t hash[32], uint64_t at, struct buf *out, struct err *e)
{
	if (at % STORE_BLOB_PART != 0)
		return err_set(e, ERR_INPUT, "blob %s: no part begins at %llu; parts have %u bytes", name_of(hash).s,
		    (unsigned long long)at, STORE_BLOB_PART);
	if (at >= STORE_BLOB_MAX)
		return store_absent_blob(hash, e);
	return r->store->ops->part_get(r, hash, (uint32_t)(at / STORE_BLOB_PART), out, e);
}

int
store_blob_each(struct store_reader *r, int (*visit)(void *ctx, const struct blob *b), void *ctx, struct err *e)
{
	int rc;

	store_scanning(r, SCAN_BLOB, 1);
	rc = r->store->ops->blob_each(r, visit, ctx, e);
	store_scanning(r, SCAN_BLOB, -1);
	return rc;
}
