/* Writing what is proven of a peer's log. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/pull_grown.h"

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

int
pull_write_proven(struct grown *g, bool last, struct err *e)
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
