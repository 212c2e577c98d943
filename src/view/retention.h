/*
 * Days that records set themselves (T_DATE): what is to be reviewed, what is out of use until it is, what must be deleted.
 *
 * A record is announced for review a third of its period before review_by, at most four months (law.md T05: four months for records
 * kept a year or longer). After review_by nobody but the reviewer sees it (G13); its originator extends it by a new version with a
 * later date, which is an assessment on record. After delete_by it is erased on every node (node/duty.h), and with it its earlier
 * versions.
 */
#ifndef VIEW_RETENTION_H
#define VIEW_RETENTION_H

#include "law/registry.h"
#include "store/store.h"

enum retention_state { RETENTION_ANNOUNCED, RETENTION_HIDDEN, RETENTION_DELETE };

struct retention {
	int64_t pos;
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;
	enum retention_state state;
	int32_t day;			/* review_by, or delete_by */
};

/* The first day on which review on ${review_by} of a record filed on ${filed_on} is announced. */
int32_t retention_announced_on(int32_t review_by, int32_t filed_on);

/*
 * retention_due(r, as_of, visit, ctx, err):
 * Every newest version held whose review is announced or passed, and every version whose delete_by has passed, in the order of
 * their days. A non-zero return of ${visit} stops and is returned. O(records with a date up to four months ahead).
 */
int retention_due(struct store_reader *r, int32_t as_of, int (*visit)(void *ctx, const struct retention *x), void *ctx,
    struct err *e);

/*
 * retention_expired(r, as_of, pos, most, count, err): positions of at most ${most} records whose delete_by lies before ${as_of},
 * the longest overdue first. Acts on records are not among them: what they did would be undone with them.
 */
int retention_expired(struct store_reader *r, int32_t as_of, int64_t *pos, uint32_t most, uint32_t *count, struct err *e);

const char *retention_word(enum retention_state s);

#endif
