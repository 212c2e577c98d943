/*
 * Finding records and listing them, for one viewer. Every record that comes out went through the judge: what the viewer may not
 * even know to exist is not there, and a filter on something that the viewer may not see does not match, so that filters tell
 * nothing either.
 * The order of
 * a list is by time of filing, newest first; of a record that a viewer sees as EXISTS only, the place in that order shows.
 *
 * Pure but for the store's reader. A caller that wants one snapshot for several calls holds the reader (store_reader_hold).
 */
#ifndef VIEW_QUERY_H
#define VIEW_QUERY_H

#include "view/judge.h"

struct query {				/* zeroed: everything; then set what is wanted */
	uint32_t kinds;			/* KIND_BIT set; 0: all */
	const char *channel, *state;	/* NULL: any */
	int from;			/* originating member + 1; 0: any */
	int mode;			/* enum mode + 1; 0: any */
	int64_t since_ms, until_ms;	/* filed in [since, until); until 0: no end */
	bool all_versions;		/* also those that a later version replaced */
	uint32_t limit;			/* records to show; 0: no bound */
	enum level least;		/* show only from this level on; LEVEL_NONE counts as EXISTS */
	int64_t after;			/* position of the last record of the page before; 0: from the newest */
};

struct query_page {
	uint32_t shown;
	int64_t next;			/* for query.after; 0: there is nothing more */
	uint64_t looked_at;		/* rows read */
};

/*
 * As judge_decide, and for an auditor by the auditor's own function (vis_audit, without a case: META of everything).
 */
enum level query_decide(const struct judge *j, struct judged *d, const struct viewer *v, int32_t as_of);

/*
 * query_list(j, q, v, as_of, show, ctx, page, err):
 * Call ${show} for each record that matches, with its level and reasons decided; what it gets lives until it returns. A
 * non-zero
 * return stops the list and is returned. ERR_NOTFOUND: ${q}->after is not held any more. O(rows looked at), about 15 us for
 * each
 * that passes the filters.
 */
int query_list(const struct judge *j, const struct query *q, const struct viewer *v, int32_t as_of,
    int (*show)(void *ctx, struct judged *d), void *ctx, struct query_page *page, struct err *e);

/*
 * query_find(j, name, len, version, pos, err):
 * The position of the record that people call ${name}: its id of 32 hex digits, "id@version", or its label "kz/17".
 * ${version} 0:
 * the newest of an id; a label means the very entry. ERR_INPUT (neither), ERR_NOTFOUND (names what was looked for). Says
 * nothing of
 * who may know. An id that the own log holds means the own record; one that several others claim is ERR_CONFLICT, with
 * their labels.
 */
int query_find(const struct judge *j, const char *name, size_t len, uint32_t version, int64_t *pos, struct err *e);

#endif
