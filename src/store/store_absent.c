/*
 * Errors that both backends word alike.
 */
#include "base/text.h"
#include "store/store_backend.h"

int
store_absent_log(uint32_t no, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "log %u: there is none with this number", no);
}

int
store_absent_log_of(const char *mechanism, const char *member, uint32_t epoch, struct err *e)
{
	if (epoch != 0)
		return err_set(e, ERR_NOTFOUND, "log: %.32s has none of epoch %u in mechanism %.32s here", member, epoch,
		    mechanism);
	return err_set(e, ERR_NOTFOUND, "log: %.32s has none in mechanism %.32s here", member, mechanism);
}

int
store_log_clash(const struct log_row *row, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "log %u: another log has the member %s/%s with epoch %u, or the origin %s;"
	    " each has one", row->no, row->mechanism, row->member, row->epoch, row->origin);
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
store_absent_erasure(int64_t pos, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "erasure %u/%llu: no payload was erased there", POS_LOG(pos),
	    (unsigned long long)POS_INDEX(pos));
}

int
store_absent_witness(const char *origin, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "witness: no checkpoint of %.255s was cosigned here", origin);
}

int
store_absent_fork(const char *origin, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "fork: no proof against %.255s is held", origin);
}

int
store_absent_blob(const uint8_t hash[32], struct err *e)
{
	char hex[65];

	hex_encode(hex, hash, 32);
	return err_set(e, ERR_NOTFOUND, "blob %s: not held (not fetched or erased)", hex);
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
