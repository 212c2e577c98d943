/*
 * The front door, fourth part: what this node has witnessed, and proofs of two histories.
 */
#include <assert.h>
#include <string.h>

#include "store/store_backend.h"

/* ---- witnessed checkpoints --------------------------------------------------------------------------------------- */

static int
check_witnessed(const struct witnessed *w, size_t len, struct err *e)
{
	int rc;

	if ((rc = store_check_word("witness: origin", w->origin, sizeof w->origin - 1, e)) != OK)
		return rc;
	if (w->size > INT64_MAX || w->time_s > INT64_MAX)
		return err_set(e, ERR_LIMIT, "witness: %s: size and time must be below 2^63", w->origin);
	if (len == 0 || len > STORE_NOTE_MAX)
		return err_set(e, ERR_LIMIT, "witness: %s: the note has %zu bytes, must have 1 to %u", w->origin, len,
		    STORE_NOTE_MAX);
	return OK;
}

/* A witness that goes back once is worth nothing ever after. */
static int
check_witness_step(const struct witnessed *old, const struct witnessed *w, struct err *e)
{
	if (w->size < old->size)
		return err_set(e, ERR_CONFLICT, "witness: %s: size %llu was cosigned, %llu is less; a log only grows", w->origin,
		    (unsigned long long)old->size, (unsigned long long)w->size);
	if (w->size == old->size && memcmp(w->root, old->root, sizeof w->root) != 0)
		return err_set(e, ERR_CONFLICT, "witness: %s: another root for the same size %llu; that is a fork, keep the"
		    " proof", w->origin, (unsigned long long)w->size);
	if (w->time_s < old->time_s)
		return err_set(e, ERR_CONFLICT, "witness: %s: time goes back from %llu to %llu; look at this machine's clock",
		    w->origin, (unsigned long long)old->time_s, (unsigned long long)w->time_s);
	return OK;
}

int
store_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e)
{
	struct witnessed old;
	int rc;

	assert(s->scans[SCAN_WITNESS] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = check_witnessed(w, len, e)) != OK)
		return store_wrote(s, rc);
	rc = s->ops->witness_get(s->view, w->origin, &old, NULL, e);
	if (rc == OK)
		rc = check_witness_step(&old, w, e);
	else if (rc == ERR_NOTFOUND)
		rc = OK;
	if (rc == OK)
		rc = s->ops->witness_put(s, w, note, len, e);
	return store_wrote(s, rc);
}

int
store_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note, struct err *e)
{
	return r->store->ops->witness_get(r, origin, out, note, e);
}

int
store_witness_each(struct store_reader *r, int (*visit)(void *ctx, const struct witnessed *w), void *ctx, struct err *e)
{
	int rc;

	store_scanning(r, SCAN_WITNESS, 1);
	rc = r->store->ops->witness_each(r, visit, ctx, e);
	store_scanning(r, SCAN_WITNESS, -1);
	return rc;
}

/* ---- fork proofs ------------------------------------------------------------------------------------------------- */

static int
compare_proof(struct store *s, const char *origin, const void *proof, size_t len, struct err *e)
{
	struct buf old = { 0 };
	int64_t found_ms;
	int rc = s->ops->fork_get(s->view, origin, &found_ms, &old, e);

	if (rc == OK && (old.len != len || memcmp(old.data, proof, len) != 0))
		rc = err_set(e, ERR_CONFLICT, "fork: a proof against %s is held already; the first one stays", origin);
	buf_free(&old);
	return rc;
}

int
store_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len, struct err *e)
{
	int rc;

	assert(s->scans[SCAN_FORK] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = store_check_word("fork: origin", origin, sizeof ((struct witnessed *)0)->origin - 1, e)) != OK)
		return store_wrote(s, rc);
	if (len == 0 || len > STORE_PROOF_MAX)
		return store_wrote(s, err_set(e, ERR_LIMIT, "fork: the proof against %s has %zu bytes, must have 1 to %u",
		    origin, len, STORE_PROOF_MAX));
	if ((rc = compare_proof(s, origin, proof, len, e)) == ERR_NOTFOUND)
		rc = s->ops->fork_put(s, origin, found_ms, proof, len, e);
	return store_wrote(s, rc);
}

int
store_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e)
{
	return r->store->ops->fork_get(r, origin, found_ms, proof, e);
}

int
store_fork_each(struct store_reader *r, int (*visit)(void *ctx, const char *origin, int64_t found_ms), void *ctx,
    struct err *e)
{
	int rc;

	store_scanning(r, SCAN_FORK, 1);
	rc = r->store->ops->fork_each(r, visit, ctx, e);
	store_scanning(r, SCAN_FORK, -1);
	return rc;
}
