/* Entry bundles of a peer's log: asked for one ahead, checked for their form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange/pull_grown.h"

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

int
pull_bundle_file(struct pull *p, const char *what, size_t max_bytes, struct buf *out, struct err *e)
{
	char path[200];

	snprintf(path, sizeof path, "/log/%s/%s/%s", p->mechanism, p->member, what);
	return fetch(p, path, max_bytes, out, e);
}

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

int
pull_bundle_fetch(struct grown *g, uint64_t n, struct buf *bytes, struct bundle *b, struct err *e)
{
	unsigned width = tile_width(0, n, g->cp.size);
	int rc;

	if ((rc = fetch_ahead(g, n, bytes, e)) != OK || (rc = bundle_parse(b, bytes->data, bytes->len, e)) != OK)
		return rc;
	if (b->count != width)
		return err_set(e, ERR_VERIFY, "bundle %" PRIu64 " holds %u entries instead of %u", n, b->count, width);
	return OK;
}

int
pull_bundle_take(struct grown *g, uint64_t n, const struct bundle *b, uint8_t *leaves, struct err *e)
{
	struct digest c, leaf;

	for (unsigned i = 0; i < b->count; i++) {
		if (entry_parse(&c, b->entry[i].bytes, b->entry[i].len, e) != OK)
			return err_at(e, "entry %" PRIu64, n * TILE_WIDTH + i);
		if (leaves != NULL) {
			entry_leaf(&leaf, &c);
			memcpy(leaves + i * HASH_BYTES, leaf.b, HASH_BYTES);
		}
		if (n * TILE_WIDTH + i >= g->log.size)
			g->commitments[g->count++] = c;
	}
	return OK;
}
