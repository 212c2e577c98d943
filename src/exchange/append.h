/*
 * Appending entries to a stored log, own or copied: the right edge in memory, tiles and bundles to the store. Used inside a
 * transaction; afterwards the caller writes the log's row with the new size and root.
 */
#ifndef EXCHANGE_APPEND_H
#define EXCHANGE_APPEND_H

#include "log/bundle.h"
#include "log/edge.h"
#include "log/entry.h"
#include "store/store.h"

#define APPEND_BUNDLE_BYTES (TILE_WIDTH * (2 + ENTRY_BYTES))

struct append {				/* about 77 KiB; a plain value: copy it to be able to go back */
	uint32_t log_no;
	size_t bundle_len;
	bool bundle_changed;
	uint8_t bundle[APPEND_BUNDLE_BYTES];	/* the partial bundle */
	struct edge edge;
};

/* The end of the stored log ${log}, checked against its root (edge_load). ERR_VERIFY: the tiles and the committed root do
 * not agree. */
int append_load(struct append *a, struct store_reader *r, const struct log_row *log, struct err *e);
/* One more entry. Full tiles and bundles go to ${s} at once. */
int append_entry(struct append *a, struct store *s, const struct digest *commitment, struct err *e);
/* The partial tiles and bundle that changed. Call once before the log's row is written. */
int append_flush(struct append *a, struct store *s, struct err *e);

/*
 * Reading back: the commitment of entry ${index} of a stored log, through the last bundle read. Zero the struct at first;
 * append_reader_free
 * at the end. ERR_NOTFOUND past the end.
 */
struct entry_reader {
	uint32_t log_no;
	uint64_t n;			/* bundle that is loaded */
	struct buf bytes;
	struct bundle bundle;
	bool loaded;
};
int entry_read(struct entry_reader *er, struct store_reader *r, uint64_t index, struct digest *commitment, struct err *e);
void entry_reader_free(struct entry_reader *er);

#endif
