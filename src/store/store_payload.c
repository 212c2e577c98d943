/*
 * The front door, second part: payloads, checkpoints, settings, care.
 */
#include <assert.h>
#include <string.h>

#include "store/store_backend.h"

/* The same payload again is fine: a peer may send a range twice. */
static int
compare_payload(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	struct payload old;
	int rc;

	if ((rc = s->ops->payload_get(s->view, pos, &old, e)) != OK)
		return rc;
	if (old.len == len && memcmp(old.nonce, nonce, sizeof old.nonce) == 0 && memcmp(old.bytes, bytes, len) == 0)
		return OK;
	return err_set(e, ERR_CONFLICT, "payload %u/%llu: another one is held at this position; a filed record is"
	    " never changed", POS_LOG(pos), (unsigned long long)POS_INDEX(pos));
}

int
store_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	int rc;

	assert(pos >= POS(1, 0) && s->scans[T_COUNT] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if (len == 0 || len > STORE_PAYLOAD_MAX)
		return store_wrote(s, err_set(e, ERR_LIMIT, "payload %u/%llu: has %zu bytes, must have 1 to %u",
		    POS_LOG(pos), (unsigned long long)POS_INDEX(pos), len, STORE_PAYLOAD_MAX));
	rc = s->ops->payload_put(s, pos, nonce, bytes, len, e);
	if (rc == ERR_CONFLICT)
		rc = compare_payload(s, pos, nonce, bytes, len, e);
	return store_wrote(s, rc);
}

int
store_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e)
{
	return r->store->ops->payload_get(r, pos, out, e);
}

int
store_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *ctx, const struct payload *p),
    void *ctx, struct err *e)
{
	unsigned *scans = r == r->store->view ? &r->store->scans[T_COUNT] : NULL;
	int rc;

	if (from >= to)
		return OK;
	if (scans != NULL)
		++*scans;
	rc = r->store->ops->payload_scan(r, from, to, visit, ctx, e);
	if (scans != NULL)
		--*scans;
	return rc;
}

int
store_payload_erase(struct store *s, int64_t pos, struct err *e)
{
	int rc;

	assert(s->scans[T_COUNT] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	return store_wrote(s, s->ops->payload_erase(s, pos, e));
}

int
store_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e)
{
	int rc;

	assert(log_no >= 1 && log_no <= STORE_LOG_MAX);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if (len == 0 || len > STORE_NOTE_MAX || size >> POS_INDEX_BITS)
		return store_wrote(s, err_set(e, ERR_LIMIT, "checkpoint %u/%llu: a note has 1 to %u bytes (this one"
		    " %zu) and a size below 2^%d", log_no, (unsigned long long)size, STORE_NOTE_MAX, len,
		    POS_INDEX_BITS));
	return store_wrote(s, s->ops->checkpoint_put(s, log_no, size, note, len, e));
}

int
store_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found_size, struct buf *out,
    struct err *e)
{
	uint64_t found, most = (UINT64_C(1) << POS_INDEX_BITS) - 1;
	int rc;

	if (size > most && size != UINT64_MAX)
		return store_absent_checkpoint(log_no, size, e);
	if ((rc = r->store->ops->checkpoint_get(r, log_no, size == UINT64_MAX ? most : size, &found, out, e)) != OK)
		return rc;
	if (size != UINT64_MAX && found != size) {
		buf_reset(out);
		return store_absent_checkpoint(log_no, size, e);
	}
	if (found_size != NULL)
		*found_size = found;
	return OK;
}

static int
check_name(const char *name, struct err *e)
{
	size_t n = strnlen(name, 65);

	if (n == 0 || n > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789./_-") != n)
		return err_set(e, ERR_INPUT, "setting: a name has 1 to 64 of the characters a-z 0-9 . / _ -");
	if (strncmp(name, "store.", 6) == 0)
		return err_set(e, ERR_INPUT, "setting %s: names that begin with \"store.\" are the store's own; take"
		    " another", name);
	return OK;
}

int
store_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
	int rc;

	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = check_name(name, e)) == OK && len > STORE_META_MAX)
		rc = err_set(e, ERR_LIMIT, "setting %s: has %zu bytes, may have %u", name, len, STORE_META_MAX);
	if (rc == OK)
		rc = s->ops->meta_put(s, name, len == 0 ? "" : value, len, e);
	return store_wrote(s, rc);
}

int
store_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e)
{
	return r->store->ops->meta_get(r, name, out, e);
}

int
store_selfcheck(struct store_reader *r, void (*report)(void *ctx, const char *finding), void *ctx, struct err *e)
{
	return r->store->ops->selfcheck(r, report, ctx, e);
}

int
store_backup(struct store *s, const char *path, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
    struct err *e)
{
	return s->ops->backup(s, path, progress, ctx, e);
}

/* ---- errors that backends word alike ----------------------------------------------------------------------------- */

int
store_absent_log(uint32_t no, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "log %u: there is none with this number", no);
}

int
store_absent_log_of(const char *mechanism, const char *member, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "log: %.32s has none in mechanism %.32s here", member, mechanism);
}

int
store_log_clash(const struct log_row *row, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "log %u: another log has the member %s/%s or the origin %s; each has one",
	    row->no, row->mechanism, row->member, row->origin);
}

int
store_absent_tile(uint32_t log_no, int level, uint64_t n, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "tile %u/%d/%llu: not held", log_no, level, (unsigned long long)n);
}

int
store_absent_payload(int64_t pos, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "payload %u/%llu: not held (not received, withheld or deleted)", POS_LOG(pos),
	    (unsigned long long)POS_INDEX(pos));
}

int
store_absent_checkpoint(uint32_t log_no, uint64_t size, struct err *e)
{
	if (size == UINT64_MAX)
		return err_set(e, ERR_NOTFOUND, "checkpoint of log %u: none is held", log_no);
	return err_set(e, ERR_NOTFOUND, "checkpoint of log %u: none of size %llu is held", log_no,
	    (unsigned long long)size);
}

int
store_absent_meta(const char *name, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "setting %.64s: not set", name);
}

int
store_absent_row(enum derived_table t, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "table %s: no row has this key", store_table_def(t)->name);
}

int
store_tile_conflict(uint32_t log_no, int level, uint64_t n, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "tile %u/%d/%llu: does not extend the one that is held; a log only grows",
	    log_no, level, (unsigned long long)n);
}
