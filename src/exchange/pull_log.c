/*
 * Verified copies of a peer's log. Two ways, with the same result (docs/exchange.md 5.2):
 *   direct      few new entries: append their leaves to a copy of the held edge and compare the root
 *   walk down   many: from the signed root down to each tile and bundle, so that memory stays bounded and a wrong answer is
 *               found at the tile where it is
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/pull_fork.h"
#include "exchange/pull_grown.h"

#define DIRECT_ENTRIES 4096		/* up to here the direct way */
#define CHECKPOINT_MAX_BYTES (64u * 1024)

/* ---- few entries ---- */

static int
no_sink(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	(void)ctx, (void)t, (void)bytes, (void)e;
	return OK;
}

/* Few new entries: compute the root in memory, then write. */
static int
pull_direct(struct grown *g, struct err *e)
{
	struct edge_sink nowhere = { no_sink, NULL };
	struct buf bytes = { 0 };
	struct bundle b;
	struct digest leaf, root;
	uint64_t n = g->log.size / TILE_WIDTH;
	int rc = OK;

	for (; n * TILE_WIDTH < g->cp.size && rc == OK; n++)
		if ((rc = pull_bundle_fetch(g, n, &bytes, &b, e)) == OK)
			rc = pull_bundle_take(g, n, &b, NULL, e);
	buf_free(&bytes);
	g->edge = g->held.edge;
	for (size_t i = 0; i < g->count && rc == OK; i++) {
		entry_leaf(&leaf, &g->commitments[i]);
		rc = edge_append(&g->edge, &leaf, &nowhere, e);
	}
	if (rc != OK)
		return rc;
	edge_root(&g->edge, &root);
	return hash_equal(&root, &g->cp.root) ? pull_write_proven(g, true, e) : pull_walk_explain(g, e);
}

/* ---- the whole ---- */

/* Same size, or smaller: nothing to take, but it must be a part of what is held. */
static int
not_grown(struct grown *g, struct err *e)
{
	g->p->old_tree = g->cp.size < g->log.size;
	return fork_check_part(g->p, &g->log, &g->cp, &g->note, e);
}

static int
pull_grown(struct grown *g, struct err *e)
{
	uint64_t more = g->cp.size - g->log.size;
	size_t room = more <= DIRECT_ENTRIES ? (size_t)more : PULL_WRITE_BUNDLES * TILE_WIDTH;
	int rc;

	if (g->cp.size > g->p->max_entries)
		return err_set(e, ERR_LIMIT, "the log has grown to %" PRIu64 " entries; this node follows at most %" PRIu64
		    " (serve --max-log-entries)", g->cp.size, g->p->max_entries);
	if ((rc = pull_own_lines(g->p->key, g->p->n_keys, g->note.data, g->note.len, &g->signed_note, e)) != OK)
		return rc;
	if (append_load(&g->held, g->p->reader, &g->log, e) != OK)
		return err_at(e, "the held copy");
	if ((g->commitments = malloc(room * sizeof *g->commitments)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for %zu entries", room);
	rc = more <= DIRECT_ENTRIES ? pull_direct(g, e) : pull_walk(g, e);
	free(g->commitments);
	return rc;
}

int
pull_log(struct pull *p, const void *note, size_t note_len, struct err *e)
{
	struct grown *g = malloc(sizeof *g);
	int rc;

	if (g == NULL)
		return err_set(e, ERR_NOMEM, "no memory to follow a log");
	memset(g, 0, offsetof(struct grown, held));
	g->p = p;
	p->old_tree = false;
	buf_reset(&p->shown);
	if (note != NULL && note_len <= CHECKPOINT_MAX_BYTES)
		rc = buf_add(&g->note, note, note_len) ? OK : err_set(e, ERR_NOMEM, "no memory for a checkpoint");
	else
		rc = pull_bundle_file(p, "checkpoint", CHECKPOINT_MAX_BYTES, &g->note, e);
	if (rc == OK && (rc = store_log_get(p->reader, p->log_no, &g->log, e)) == OK)
		rc = fork_open(g->p, g->note.data, g->note.len, &g->cp, e);
	if (rc == OK && g->log.frozen)
		rc = err_set(e, ERR_VERIFY, "the log of %s is frozen: it showed two histories", p->member);
	if (rc == OK)
		rc = g->cp.size > g->log.size ? pull_grown(g, e) : not_grown(g, e);
	if (rc == OK) {
		p->checkpoint = g->cp;
		buf_add(&p->shown, g->note.data, g->note.len);
	}
	if (g->begun) {			/* of no use: an earlier one failed */
		struct buf unused = { 0 };
		struct err late;
		int status;

		(void)g->p->finish(g->p->ctx, &status, &unused, &late);
		buf_free(&unused);
	}
	buf_free(&g->note);
	buf_free(&g->signed_note);
	free(g->tiles);
	free(g);
	return rc;
}
