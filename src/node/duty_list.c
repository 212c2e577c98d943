/* The list of orders that this node has not answered: which there are, found among announced acts, own entries, or all acts. */
#include "node/duty_work.h"

#include <stdlib.h>

#include "law/act.h"
#include "node/internal.h"

#define LOOK_ENTRIES 20000		/* own entries in a turn */

static void
add_open(struct duty *d, int64_t pos)
{
	struct open_order *more;

	if (d->count == d->room && d->room < OPEN_MAX) {
		size_t room = d->room == 0 ? 64 : d->room * 2;

		if ((more = realloc(d->open, room * sizeof *more)) != NULL) {
			d->open = more;
			d->room = room;
		}
	}
	if (d->count == d->room) {
		d->overflow = true;
		return;
	}
	d->open[d->count++] = (struct open_order){ pos, WHEN_NONE, INT64_MIN };
}

static bool
is_order(const struct value *type)
{
	enum act act = act_from(type->bytes, type->len);

	return act == ACT_DELETE_ORDER || act == ACT_RECALL;
}

static int
order_row(void *ctx, const struct row *row)
{
	struct duty *d = ctx;

	if (is_order(&row->v[3]))
		add_open(d, row->v[1].num);
	return d->overflow;
}

static int
by_pos(const void *a, const void *b)
{
	const struct open_order *x = a, *y = b;

	return x->pos != y->pos ? (x->pos > y->pos) - (x->pos < y->pos) : (x->seen_ms < y->seen_ms) - (x->seen_ms > y->seen_ms);
}

/* Each order once; of two the one that has been looked at. */
static void
tidy_list(struct duty *d)
{
	size_t kept = 0;

	if (d->count > 1)
		qsort(d->open, d->count, sizeof *d->open, by_pos);
	for (size_t i = 0; i < d->count; i++)
		if (kept == 0 || d->open[kept - 1].pos != d->open[i].pos)
			d->open[kept++] = d->open[i];
	d->count = kept;
}

struct own_look {
	struct duty *d;
	uint32_t log_no, left;
};

static int
own_row(void *ctx, const struct row *row)
{
	struct own_look *x = ctx;
	int64_t pos = row->v[0].num;

	if (POS_LOG(pos) != x->log_no || x->left-- == 0)
		return 1;
	if (row->v[3].num == KIND_CONTROL)
		add_open(x->d, pos);
	x->d->own_next = POS_INDEX(pos) + 1;
	return x->d->overflow;
}

/* Own entries since the last turn. */
static int
look_own(struct node *n, struct duty *d, struct store_reader *r, struct err *e)
{
	struct row from = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols };
	struct own_look x = { d, n->own_log.no, LOOK_ENTRIES };
	int rc;

	if (d->own_no != x.log_no)	/* a new epoch of it */
		d->own_next = 0;
	d->own_no = x.log_no;
	from.v[0] = val_int(POS(x.log_no, d->own_next));
	rc = store_row_scan(r, &from, 0, 1, false, own_row, &x, e);
	return rc < 0 ? rc : OK;
}

bool
duty_list_lost(const struct duty *d)
{
	return d->overflow && d->count < OPEN_MAX / 2;
}

int
duty_list_look(struct node *n, struct duty *d, struct store_reader *r, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct log_row own;
	bool all, returned = false;
	int rc = OK;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->inbox_count; i++) {
		add_open(d, d->inbox[i]);
		returned |= LOG_MEMBER(POS_LOG(d->inbox[i])) == n->own;
	}
	all = d->all || duty_list_lost(d);
	d->inbox_count = 0;
	d->kicked = d->all = false;
	pthread_mutex_unlock(&d->lock);
	/* An answer of our own that came back after the store was set back: it may be to an order that waits. */
	for (size_t i = 0; i < d->count && returned; i++)
		d->open[i].at_ms = INT64_MIN;
	if (all) {
		d->overflow = false;
		if ((rc = store_log_get(r, n->own_log.no, &own, e)) != OK ||
		    (rc = store_row_scan(r, &from, 0, 0, false, order_row, d, e)) < 0) {
			d->all = true;
			return rc;
		}
		d->own_no = own.no;
		d->own_next = own.size;
	}
	if ((rc = look_own(n, d, r, e)) == OK)
		tidy_list(d);
	return rc;
}
