/*
 * The hashes of a stored log, for proofs: any size up to what is held, since every smaller tree's tiles are prefixes.
 */
#ifndef EXCHANGE_STORED_H
#define EXCHANGE_STORED_H

#include "log/tile.h"
#include "store/store.h"

struct stored_tree;			/* about 66 KiB */

/* The first ${size} entries of log ${log_no}, read with ${r} (keeps). Errors: ERR_NOMEM. */
int stored_tree_open(struct stored_tree **out, struct store_reader *r, uint32_t log_no, uint64_t size, struct err *e);
/* Valid until stored_tree_close. Reading answers ERR_NOTFOUND past what is stored. */
struct tree_source stored_tree_source(struct stored_tree *t);
void stored_tree_close(struct stored_tree *t);	/* NULL is fine */

/* The root of the first ${size} entries of ${log}, of which at least so many are held. O(log size) tiles read. */
int stored_root(struct store_reader *r, const struct log_row *log, uint64_t size, struct digest *out, struct err *e);

#endif
