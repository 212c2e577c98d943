#include "exchange/stored.h"

#include <stdlib.h>
#include <string.h>

struct stored_tree {
	struct store_reader *reader;
	uint32_t log_no;
	struct buf bytes;
	struct tile_reader tiles;
};

static int
get_tile(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct stored_tree *s = ctx;
	int rc = store_tile_get(s->reader, s->log_no, t->level, t->n, &s->bytes, e);

	if (rc != OK)
		return rc;
	if (s->bytes.len < (size_t)t->width * HASH_BYTES)
		return err_set(e, ERR_NOTFOUND, "hash tile %u/%llu is held with %zu hashes, %u are needed", t->level,
		    (unsigned long long)t->n, s->bytes.len / HASH_BYTES, t->width);
	memcpy(bytes, s->bytes.data, (size_t)t->width * HASH_BYTES);
	return OK;
}

int
stored_tree_open(struct stored_tree **out, struct store_reader *r, uint32_t log_no, uint64_t size, struct err *e)
{
	struct stored_tree *s = calloc(1, sizeof *s);
	struct tile_source src = { get_tile, s };

	if ((*out = s) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read a log's hashes");
	s->reader = r;
	s->log_no = log_no;
	tile_reader_init(&s->tiles, &src, size);
	return OK;
}

struct tree_source
stored_tree_source(struct stored_tree *t)
{
	return (struct tree_source){ tile_reader_get, &t->tiles };
}

void
stored_tree_close(struct stored_tree *t)
{
	if (t == NULL)
		return;
	buf_free(&t->bytes);
	free(t);
}

int
stored_root(struct store_reader *r, const struct log_row *log, uint64_t size, struct digest *out, struct err *e)
{
	struct stored_tree *t = NULL;
	struct tree_source src;
	int rc;

	if (size == log->size) {
		memcpy(out->b, log->root, sizeof out->b);
		return OK;
	}
	if (size == 0) {
		tree_empty(out);
		return OK;
	}
	if ((rc = stored_tree_open(&t, r, log->no, size, e)) != OK)
		return rc;
	src = stored_tree_source(t);
	rc = tree_root_from(&src, size, out, e);
	stored_tree_close(t);
	return rc;
}
