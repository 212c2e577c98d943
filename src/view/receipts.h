/*
 * Who has an entry: what the receipts held here say (T_RECEIPT). A receipt is delivered to the member whose records it names and to
 * its filer only; so of the own log this knows everybody's, of another log the own ones.
 */
#ifndef VIEW_RECEIPTS_H
#define VIEW_RECEIPTS_H

#include "law/registry.h"
#include "store/store.h"

struct receipts {
	struct mset by;				/* who receipted the entry */
	int64_t at_ms[LAW_MEMBERS_MAX];		/* when each of them first had it; only where ${by} has it */
};

#define RECEIPTS_ALL UINT32_MAX
/*
 * receipts_find(r, reg, pos, want, most, out, err):
 * The receipts for the entry at ${pos}. Looks back from the newest range that can hold it, until all of ${want} (NULL: everybody)
 * are found or ${most} rows have been read: ranges are short, save for those of a member that caught up, so that a bound of some
 * thousands misses next to nothing.
 */
int receipts_find(struct store_reader *r, const struct registry *reg, int64_t pos, const struct mset *want, uint32_t most,
    struct receipts *out, struct err *e);

#endif
