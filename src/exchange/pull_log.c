/*
 * Verified copies of a peer's log. Two ways, with the same result (docs/exchange.md 5.2):
 *   direct      few new entries: append their leaves to a copy of the held edge and compare the root
 *   walk down   many: from the signed root down to each tile and bundle, so that memory stays bounded and a wrong answer is
 *               found at the tile where it is
 */
#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/pull.h"
#include "exchange/pull_fork.h"
#include "log/checkpoint.h"

#define DIRECT_ENTRIES 4096		/* up to here the direct way */
#define WRITE_BUNDLES 16		/* bundles written in one transaction when walking down */
#define CHECKPOINT_MAX_BYTES (64u * 1024)

struct grown {				/* one pull in progress */
	struct pull *p;
	struct log_row log;
	struct checkpoint cp;		/* where the log has grown to */
	struct buf note;		/* its signed note, as shown */
	struct buf signed_note;		/* and with the log's own lines only: the others' are not verified here */
	struct digest *commitments;	/* proven, not yet written */
	size_t count;
	bool last;			/* this write reaches the checkpoint */
	bool begun;			/* the next bundle is being fetched */
	/* walking down */
	uint8_t (*tiles)[TILE_BYTES];	/* the last verified full tile of each level */
	uint64_t tile_n[TILE_LEVELS];
	bool tile_have[TILE_LEVELS];
	/* From here on nothing is set while the log has not grown. */
	struct append held;		/* the end of what is held */
	struct edge edge;		/* the right edge of the new tree, verified against the root */
};

static int
check_status(int status, const char *path, const struct buf *out, struct err *e)
{
	if (status == 200)
		return OK;
	return err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "%s: the peer answered %d: %.200s", path, status, buf_cstr(out));
}

static int
fetch(struct pull *p, const char *path, size_t max_bytes, struct buf *out, struct err *e)
{
	int status = 0, rc;

	buf_reset(out);
	if ((rc = p->get(p->ctx, path, max_bytes, &status, out, e)) != OK)
		return rc;
	return check_status(status, path, out, e);
}

static int
fetch_in_log(struct pull *p, const char *what, size_t max_bytes, struct buf *out, struct err *e)
{
	char path[200];

	snprintf(path, sizeof path, "/log/%s/%s/%s", p->mechanism, p->member, what);
	return fetch(p, path, max_bytes, out, e);
}

/* ---- writing ---- */

/* Several may follow one log at once (its member, and others for it). What was proven extends what was held when it was proven. */
static int
unchanged(const struct grown *g, struct store *s, struct log_row *row, struct err *e)
{
	int rc = store_log_get(store_view(s), g->log.no, row, e);

	if (rc != OK)
		return rc;
	if (row->frozen)
		return err_set(e, ERR_VERIFY, "the log of %s is frozen: it showed two histories", g->p->member);
	if (row->size != g->log.size || memcmp(row->root, g->log.root, sizeof row->root) != 0)
		return err_set(e, ERR_CONFLICT, "the log of %s was followed from another side meanwhile; asked again soon",
		    g->p->member);
	return OK;
}

static int
write_entries(void *arg, struct store *s, struct err *e)
{
	struct grown *g = arg;
	struct append *work;		/* a copy: the writer may run this twice */
	struct log_row row;
	struct digest root;
	int rc = unchanged(g, s, &row, e);

	if (rc != OK)
		return rc;
	if ((work = malloc(sizeof *work)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to append to a copy of a log");
	*work = g->held;
	for (size_t i = 0; i < g->count && rc == OK; i++)
		rc = append_entry(work, s, &g->commitments[i], e);
	if (rc == OK)
		rc = append_flush(work, s, e);
	edge_root(&work->edge, &root);
	row.size = edge_size(&work->edge);
	memcpy(row.root, root.b, sizeof row.root);
	if (rc == OK && g->last && (row.size != g->cp.size || !hash_equal(&root, &g->cp.root)))
		rc = err_set(e, ERR_VERIFY, "entries up to %" PRIu64 " do not give the signed root", g->cp.size);
	if (rc == OK)
		rc = store_log_put(s, &row, e);
	if (rc == OK && g->last)
		rc = store_checkpoint_put(s, row.no, row.size, g->signed_note.data, g->signed_note.len, e);
	free(work);
	return rc;
}

/* Write what is proven, then read the new end back from the store. */
static int
write_proven(struct grown *g, bool last, struct err *e)
{
	int rc;

	g->last = last;
	if (g->count == 0 && !last)
		return OK;
	if ((rc = g->p->write(g->p->ctx, write_entries, g, g->count + 1, e)) != OK)
		return rc;
	g->p->entries += g->count;
	g->count = 0;
	if (last)
		return OK;
	if ((rc = store_log_get(g->p->reader, g->log.no, &g->log, e)) != OK)
		return rc;
	return append_load(&g->held, g->p->reader, &g->log, e);
}

/* ---- bundles ---- */

static void
bundle_path(char path[200], const struct grown *g, uint64_t n)
{
	struct tile t = { TILE_ENTRIES, (uint16_t)tile_width(0, n, g->cp.size), n };
	char name[TILE_PATH_MAX];

	tile_format(name, &t);
	snprintf(path, 200, "/log/%s/%s/%s", g->p->mechanism, g->p->member, name);
}

/* The bytes of bundle ${n}: fetched already while the one before was checked, or now; and the next one is begun. */
static int
fetch_ahead(struct grown *g, uint64_t n, struct buf *bytes, struct err *e)
{
	char path[200];
	int status = 0, rc;

	bundle_path(path, g, n);
	buf_reset(bytes);
	if (!g->begun) {
		rc = fetch(g->p, path, APPEND_BUNDLE_BYTES, bytes, e);
	} else {
		g->begun = false;
		if ((rc = g->p->finish(g->p->ctx, &status, bytes, e)) == OK)
			rc = check_status(status, path, bytes, e);
	}
	if (rc != OK || g->p->begin == NULL || (n + 1) * TILE_WIDTH >= g->cp.size)
		return rc;
	bundle_path(path, g, n + 1);
	if ((rc = g->p->begin(g->p->ctx, path, APPEND_BUNDLE_BYTES, e)) == OK)
		g->begun = true;
	return rc;
}

/* Fetch bundle ${n} as wide as the new tree has it. */
static int
fetch_bundle(struct grown *g, uint64_t n, struct buf *bytes, struct bundle *b, struct err *e)
{
	unsigned width = tile_width(0, n, g->cp.size);
	int rc;

	if ((rc = fetch_ahead(g, n, bytes, e)) != OK || (rc = bundle_parse(b, bytes->data, bytes->len, e)) != OK)
		return rc;
	if (b->count != width)
		return err_set(e, ERR_VERIFY, "bundle %" PRIu64 " holds %u entries instead of %u", n, b->count, width);
	return OK;
}

/* Take the entries of bundle ${n} from ${first} on; their leaf hashes go to ${leaves} (256 places) if it is not NULL. */
static int
take_bundle(struct grown *g, uint64_t n, const struct bundle *b, uint64_t first, uint8_t *leaves, struct err *e)
{
	struct digest c, leaf;

	for (unsigned i = 0; i < b->count; i++) {
		if (entry_parse(&c, b->entry[i].bytes, b->entry[i].len, e) != OK)
			return err_at(e, "entry %" PRIu64, n * TILE_WIDTH + i);
		if (leaves != NULL) {
			entry_leaf(&leaf, &c);
			memcpy(leaves + i * HASH_BYTES, leaf.b, HASH_BYTES);
		}
		if (n * TILE_WIDTH + i >= first)
			g->commitments[g->count++] = c;
	}
	return OK;
}

static int
no_sink(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	(void)ctx, (void)t, (void)bytes, (void)e;
	return OK;
}

static int explain_mismatch(struct grown *g, struct err *e);

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
		if ((rc = fetch_bundle(g, n, &bytes, &b, e)) == OK)
			rc = take_bundle(g, n, &b, g->log.size, NULL, e);
	buf_free(&bytes);
	g->edge = g->held.edge;
	for (size_t i = 0; i < g->count && rc == OK; i++) {
		entry_leaf(&leaf, &g->commitments[i]);
		rc = edge_append(&g->edge, &leaf, &nowhere, e);
	}
	if (rc != OK)
		return rc;
	edge_root(&g->edge, &root);
	return hash_equal(&root, &g->cp.root) ? write_proven(g, true, e) : explain_mismatch(g, e);
}

/* ---- walking down ---- */

static int
fetch_tile(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct grown *g = ctx;
	struct buf b = { 0 };
	char path[TILE_PATH_MAX];
	int rc;

	tile_format(path, t);
	if ((rc = fetch_in_log(g->p, path, TILE_BYTES, &b, e)) == OK) {
		if (b.len == (size_t)t->width * HASH_BYTES)
			memcpy(bytes, b.data, b.len);
		else
			rc = err_set(e, ERR_VERIFY, "%s has %zu bytes instead of %u", path, b.len, t->width * 32u);
	}
	buf_free(&b);
	return rc;
}

/* The hashes of tile (level, n) of the new tree, verified. Full tiles are checked against the hash their parent holds. */
static int
verified_tile(struct grown *g, uint8_t level, uint64_t n, const uint8_t **out, struct err *e)
{
	struct tile t = { level, (uint16_t)tile_width(level, n, g->cp.size), n };
	const uint8_t *parent;
	struct digest root;
	int rc;

	if (t.width < TILE_WIDTH) {
		*out = g->edge.tile[level];	/* part of the right edge */
		return OK;
	}
	*out = g->tiles[level];
	if (g->tile_have[level] && g->tile_n[level] == n)
		return OK;
	g->tile_have[level] = false;
	if ((rc = verified_tile(g, (uint8_t)(level + 1), n / TILE_WIDTH, &parent, e)) != OK ||
	    (rc = fetch_tile(g, &t, g->tiles[level], e)) != OK)
		return rc;
	tile_root(g->tiles[level], 0, TILE_WIDTH, &root);
	if (memcmp(root.b, parent + (n % TILE_WIDTH) * HASH_BYTES, HASH_BYTES) != 0)
		return err_set(e, ERR_VERIFY, "hash tile %u/%" PRIu64 " does not belong under the signed root", level, n);
	g->tile_n[level] = n;
	g->tile_have[level] = true;
	return OK;
}

/* What is held contradicts the peer's tree: prove it with the peer's own tiles. */
static int
report_fork(struct grown *g, struct err *e)
{
	struct tile_source tiles = { fetch_tile, g };

	return fork_by_tiles(g->p, &g->log, &g->cp, &g->note, &tiles, e);
}

/* What is held must be a prefix of the new tree: each level of the held right edge is a prefix of the new tree's tile there. */
static int
check_prefix(struct grown *g, struct err *e)
{
	uint64_t s = g->log.size, n;
	const uint8_t *bytes;
	unsigned width;
	int rc;

	for (uint8_t level = 0; level < TILE_LEVELS && s > 0; level++, s /= TILE_WIDTH) {
		width = (unsigned)(s % TILE_WIDTH);
		n = s / TILE_WIDTH;
		if (width == 0)
			continue;
		if ((rc = verified_tile(g, level, n, &bytes, e)) != OK)
			return rc;
		assert(bytes != NULL);
		if (memcmp(bytes, g->held.edge.tile[level], (size_t)width * HASH_BYTES) != 0)
			return report_fork(g, e);
	}
	return OK;
}

/* The right edge of the new tree from the peer's tiles, verified against the signed root; and room for full tiles. */
static int
load_new_edge(struct grown *g, struct err *e)
{
	struct tile_source src = { fetch_tile, g };

	if (g->tiles == NULL && (g->tiles = malloc(TILE_LEVELS * sizeof *g->tiles)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to verify tiles");
	return edge_load(&g->edge, g->cp.size, &g->cp.root, &src, e) == OK ? OK : err_at(e, "the peer's right edge");
}

/* The entries do not lead to the signed root: is it another history, or are the entries wrong? The tiles tell. */
static int
explain_mismatch(struct grown *g, struct err *e)
{
	int rc;

	if ((rc = load_new_edge(g, e)) != OK || (rc = check_prefix(g, e)) != OK)
		return rc;
	return err_set(e, ERR_VERIFY, "entries %" PRIu64 "..%" PRIu64 " do not lead from what is held to the signed "
	    "root; nothing of them was "
	    "kept", g->log.size, g->cp.size - 1);
}

static int
pull_bundle_checked(struct grown *g, uint64_t n, struct buf *bytes, struct err *e)
{
	uint8_t leaves[TILE_BYTES];
	const uint8_t *want;
	struct bundle b;
	int rc;

	if ((rc = fetch_bundle(g, n, bytes, &b, e)) != OK || (rc = take_bundle(g, n, &b, g->log.size, leaves, e)) != OK)
		return rc;
	if (b.count == TILE_WIDTH) {
		struct digest root;

		tile_root(leaves, 0, TILE_WIDTH, &root);
		if ((rc = verified_tile(g, 1, n / TILE_WIDTH, &want, e)) != OK)
			return rc;
		if (memcmp(root.b, want + (n % TILE_WIDTH) * HASH_BYTES, HASH_BYTES) == 0)
			return OK;
	} else if (memcmp(leaves, g->edge.tile[0], (size_t)b.count * HASH_BYTES) == 0) {
		return OK;
	}
	return err_set(e, ERR_VERIFY, "entry bundle %" PRIu64 " does not belong under the signed root", n);
}

static int
pull_walking(struct grown *g, struct err *e)
{
	struct buf bytes = { 0 };
	uint64_t n = g->log.size / TILE_WIDTH, bundles = 0;
	int rc = load_new_edge(g, e);

	if (rc == OK)
		rc = check_prefix(g, e);
	for (; rc == OK && n * TILE_WIDTH < g->cp.size; n++) {
		if ((rc = pull_bundle_checked(g, n, &bytes, e)) == OK && ++bundles % WRITE_BUNDLES == 0)
			rc = write_proven(g, false, e);
	}
	if (rc == OK)
		rc = write_proven(g, true, e);
	buf_free(&bytes);
	return rc;
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
	size_t room = more <= DIRECT_ENTRIES ? (size_t)more : WRITE_BUNDLES * TILE_WIDTH;
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
	rc = more <= DIRECT_ENTRIES ? pull_direct(g, e) : pull_walking(g, e);
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
		rc = fetch_in_log(p, "checkpoint", CHECKPOINT_MAX_BYTES, &g->note, e);
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
