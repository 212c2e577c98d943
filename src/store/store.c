/*
 * The front door: argument checks, the state of the transaction, and the rules about enduring rows that hold for every
 * backend.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_backend.h"

/* ---- opening and readers ----------------------------------------------------------------------------------------- */

bool
store_derived_stale(const struct store *s)
{
	return atomic_load(&s->stale);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	s->ops->close(s);
}

int
store_reader_open(struct store *s, struct store_reader **out, struct err *e)
{
	*out = NULL;
	return s->ops->reader_open(s, out, e);
}

void
store_reader_close(struct store_reader *r)
{
	if (r == NULL)
		return;
	assert(r != r->store->view);
	store_reader_release(r);
	r->store->ops->reader_close(r);
}

int
store_reader_hold(struct store_reader *r, struct err *e)
{
	int rc;

	assert(!r->held);
	if (r == r->store->view)
		return OK;
	if ((rc = r->store->ops->hold(r, e)) == OK)
		r->held = true;
	return rc;
}

void
store_reader_release(struct store_reader *r)
{
	if (r->held)
		r->store->ops->release(r);
	r->held = false;
}

struct store_reader *
store_view(struct store *s)
{
	return s->view;
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

int
store_begin(struct store *s, struct err *e)
{
	int rc;

	assert(s->tx == TX_NONE);
	if (s->readonly)
		return err_set(e, ERR_DENIED, "store: opened for reading only; stop here, or open it for writing");
	if (s->dead)
		return err_set(e, ERR_IO, "store: an earlier commit failed on disk; stop the node, look at the disk"
		    " and start it again");
	if ((rc = s->ops->begin(s, e)) == OK)
		s->tx = TX_OPEN;
	return rc;
}

static int
refuse_failed(struct store *s, struct err *e)
{
	return err_set(e, s->failed_code, "store: an earlier write of this transaction failed; roll it back and begin"
	    " again");
}

int
store_commit(struct store *s, struct err *e)
{
	int rc;

	assert(s->tx != TX_NONE);
	if (s->tx == TX_FAILED) {
		rc = refuse_failed(s, e);
		store_rollback(s);
		return rc;
	}
	if ((rc = s->ops->commit(s, e)) != OK) {
		s->dead = rc == ERR_IO;
		store_rollback(s);
		return rc;
	}
	s->tx = TX_NONE;
	atomic_store(&s->stale, s->view_stale);
	return OK;
}

void
store_rollback(struct store *s)
{
	if (s->tx == TX_NONE)
		return;
	s->ops->rollback(s);
	s->tx = TX_NONE;
	s->view_stale = atomic_load(&s->stale);
}

int
store_tidy(struct store *s, struct err *e)
{
	return s->readonly ? OK : s->ops->tidy(s, e);
}

int
store_may_write(struct store *s, struct err *e)
{
	assert(s->tx != TX_NONE);
	return s->tx == TX_FAILED ? refuse_failed(s, e) : OK;
}

int
store_wrote(struct store *s, int rc)
{
	if (rc != OK && rc != ERR_NOTFOUND) {
		s->tx = TX_FAILED;
		s->failed_code = rc;
	}
	return rc;
}

/* ---- logs and tiles ---------------------------------------------------------------------------------------------- */

int
store_check_word(const char *what, const char *s, size_t max, struct err *e)
{
	size_t n = strnlen(s, max + 1);

	if (n == 0 || n > max)
		return err_set(e, ERR_LIMIT, "%s: must have 1 to %zu bytes", what, max);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return err_set(e, ERR_INPUT, "%s: byte %zu is a blank or a control character; take it out",
			    what, i);
	return OK;
}

static int
check_log_row(const struct log_row *row, struct err *e)
{
	int rc;

	assert(row->no >= 1 && row->no <= STORE_LOG_MAX);
	if ((rc = store_check_word("log: mechanism", row->mechanism, CODE_MAX, e)) != OK ||
	    (rc = store_check_word("log: member", row->member, CODE_MAX, e)) != OK ||
	    (rc = store_check_word("log: origin", row->origin, sizeof row->origin - 1, e)) != OK)
		return rc;
	if (row->epoch != LOG_EPOCH(row->no))
		return err_set(e, ERR_INPUT, "log %u: epoch %u has not this number; a log of epoch %u lies at"
		    " LOG_NO(member, %u)", row->no, row->epoch, row->epoch, row->epoch);
	if (row->size >> POS_INDEX_BITS)
		return err_set(e, ERR_LIMIT, "log %u: size %llu is beyond the 2^%d entries a log may have", row->no,
		    (unsigned long long)row->size, POS_INDEX_BITS);
	if (row->payloads_next > row->size)
		return err_set(e, ERR_INPUT, "log %u: payloads_next %llu is beyond the size %llu; verify the entries"
		    " first", row->no, (unsigned long long)row->payloads_next, (unsigned long long)row->size);
	return OK;
}

/* What may become of ${old}. */
static int
check_log_step(const struct log_row *old, const struct log_row *row, struct err *e)
{
	if (strcmp(old->mechanism, row->mechanism) != 0 || strcmp(old->member, row->member) != 0 ||
	    strcmp(old->origin, row->origin) != 0 || old->epoch != row->epoch || old->own != row->own)
		return err_set(e, ERR_CONFLICT, "log %u: is %s/%s (%s) and stays so; give another log another number",
		    row->no, old->mechanism, old->member, old->origin);
	if (row->size < old->size)
		return err_set(e, ERR_CONFLICT, "log %u: size cannot fall from %llu to %llu; a log only grows", row->no,
		    (unsigned long long)old->size, (unsigned long long)row->size);
	if (row->size == old->size && memcmp(row->root, old->root, sizeof row->root) != 0)
		return err_set(e, ERR_CONFLICT, "log %u: another root for the same size %llu; that is a fork, keep the"
		    " proof", row->no, (unsigned long long)row->size);
	return OK;
}

int
store_log_put(struct store *s, const struct log_row *row, struct err *e)
{
	struct log_row old;
	int rc;

	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = check_log_row(row, e)) != OK)
		return store_wrote(s, rc);
	rc = s->ops->log_get(s->view, row->no, &old, e);
	if (rc == OK)
		rc = check_log_step(&old, row, e);
	else if (rc == ERR_NOTFOUND)
		rc = OK;
	if (rc == OK)
		rc = s->ops->log_put(s, row, e);
	return store_wrote(s, rc);
}

int
store_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e)
{
	return r->store->ops->log_get(r, no, out, e);
}

int
store_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch, struct log_row *out,
    struct err *e)
{
	return r->store->ops->log_find(r, mechanism, member, epoch, out, e);
}

int
store_log_each(struct store_reader *r, int (*visit)(void *ctx, const struct log_row *row), void *ctx, struct err *e)
{
	return r->store->ops->log_each(r, visit, ctx, e);
}

int
store_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len, struct err *e)
{
	size_t max = level == STORE_BUNDLE ? STORE_BUNDLE_MAX : STORE_TILE_MAX;
	int rc;

	assert(log_no >= 1 && log_no <= STORE_LOG_MAX && level >= STORE_BUNDLE && level <= 7);
	assert(n >> POS_INDEX_BITS == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if (len == 0 || len > max)
		return store_wrote(s, err_set(e, ERR_LIMIT, "tile %u/%d/%llu: has %zu bytes, must have 1 to %zu",
		    log_no, level, (unsigned long long)n, len, max));
	if (level != STORE_BUNDLE && len % 32 != 0)
		return store_wrote(s, err_set(e, ERR_INPUT, "tile %u/%d/%llu: %zu bytes are no whole number of 32-byte"
		    " hashes", log_no, level, (unsigned long long)n, len));
	return store_wrote(s, s->ops->tile_put(s, log_no, level, n, bytes, len, e));
}

int
store_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e)
{
	return r->store->ops->tile_get(r, log_no, level, n, out, e);
}
