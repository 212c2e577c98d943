#include "view/retention.h"

#include <string.h>

#include "law/clock.h"

#define AHEAD_DAYS 124			/* four months at most */

const char *
retention_word(enum retention_state s)
{
	static const char *const words[] = { "review announced", "hidden until reviewed", "to be deleted" };

	return (unsigned)s < 3 ? words[s] : "?";
}

int32_t
retention_announced_on(int32_t review_by, int32_t filed_on)
{
	int32_t third = review_by - (review_by - filed_on) / 3, months = due_review_warning(review_by);

	return third > months ? third : months;
}

struct dating {
	struct store_reader *r;
	int32_t as_of;
	int (*visit)(void *ctx, const struct retention *x);
	void *ctx;
	struct err *e;
	int rc;
};

static int
newest_row(void *ctx, const struct row *row)
{
	int64_t *pos = ctx;

	if (LOG_MEMBER(POS_LOG(row->v[2].num)) != LOG_MEMBER(POS_LOG(*pos)))
		return 0;
	*pos = row->v[2].num;
	return 1;
}

/* A later version has dates of its own. */
static int
is_newest(const struct dating *d, const struct retention *x, bool *newest)
{
	struct row from = { .table = T_BY_ID, .cols = store_table_def(T_BY_ID)->cols };
	int64_t pos = x->pos;
	int rc;

	from.v[0] = val_blob(x->id, RECORD_ID_BYTES);
	rc = store_row_scan(d->r, &from, 1, 1, true, newest_row, &pos, d->e);
	*newest = pos == x->pos;
	return rc < 0 ? rc : OK;
}

static int
date_row(void *ctx, const struct row *row)
{
	struct dating *d = ctx;
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, version;
	struct retention x = { .pos = row->v[2].num, .day = (int32_t)row->v[0].num };
	int64_t what = row->v[1].num;
	bool newest = true;

	if (row->v[0].num > d->as_of + AHEAD_DAYS)
		return 1;
	if (what == DATE_DELETE ? x.day >= d->as_of : what != DATE_REVIEW)
		return 0;
	key.v[0] = val_int(x.pos);
	if ((d->rc = store_row_get(d->r, &key, &version, d->e)) != OK)
		return 1;
	memcpy(x.id, version.v[1].bytes, RECORD_ID_BYTES);
	x.seq = (uint32_t)version.v[2].num;
	x.state = what == DATE_DELETE ? RETENTION_DELETE : x.day < d->as_of ? RETENTION_HIDDEN : RETENTION_ANNOUNCED;
	if (x.state == RETENTION_ANNOUNCED && d->as_of < retention_announced_on(x.day, ms_to_days(version.v[6].num, 0)))
		return 0;
	if (x.state != RETENTION_DELETE && (d->rc = is_newest(d, &x, &newest)) != OK)
		return 1;
	return newest && (d->rc = d->visit(d->ctx, &x)) != 0;
}

int
retention_due(struct store_reader *r, int32_t as_of, int (*visit)(void *ctx, const struct retention *x), void *ctx, struct err *e)
{
	struct row from = { .table = T_DATE, .cols = store_table_def(T_DATE)->cols };
	struct dating d = { r, as_of, visit, ctx, e, OK };
	int rc = store_row_scan(r, &from, 0, 0, false, date_row, &d, e);

	return rc < 0 ? rc : d.rc;
}

struct expiring {
	struct store_reader *r;
	struct err *e;
	int32_t as_of;
	int64_t *pos;
	uint32_t most, count;
};

static int
expired_row(void *ctx, const struct row *row)
{
	struct expiring *x = ctx;

	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, version;
	int64_t pos = row->v[2].num;
	int rc;

	if (row->v[0].num >= x->as_of || x->count == x->most)
		return 1;
	if (row->v[1].num != DATE_DELETE)
		return 0;
	key.v[0] = val_int(pos);
	if ((rc = store_row_get(x->r, &key, &version, x->e)) != OK)
		return rc;
	if (version.v[3].num != KIND_CONTROL)
		x->pos[x->count++] = pos;
	return 0;
}

int
retention_expired(struct store_reader *r, int32_t as_of, int64_t *pos, uint32_t most, uint32_t *count, struct err *e)
{
	struct row from = { .table = T_DATE, .cols = store_table_def(T_DATE)->cols };
	struct expiring x = { r, e, as_of, pos, most, 0 };
	int rc = store_row_scan(r, &from, 0, 0, false, expired_row, &x, e);

	*count = x.count;
	return rc < 0 ? rc : OK;
}
