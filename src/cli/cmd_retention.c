/* retention: what is to be reviewed, what is hidden until it is, what will be deleted; and the grace period of orders to delete. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table.h"
#include "node/duty.h"
#include "view/retention.h"

#define ROWS_SHOWN 1000

struct dates {
	const struct cli *cli;
	struct judge judge;
	struct table table;
	struct json_out out;
	uint32_t shown;
};

static int
take(void *ctx, const struct retention *x)
{
	struct dates *d = ctx;
	char label[LABEL_LEN], day[DATE_LEN];

	judge_label(label, &d->judge, x->pos);
	date_format(day, x->day);
	if (d->cli->json) {
		jo_open(&d->out, NULL, '{');
		jo_str(&d->out, "record", label);
		jo_str(&d->out, "day", day);
		jo_str(&d->out, "state", retention_word(x->state));
		jo_close(&d->out, '}');
	} else {
		table_cell(&d->table, PAINT_STRONG, "%s", label);
		table_cell(&d->table, PAINT_NONE, "%s", day);
		table_cell(&d->table, x->state == RETENTION_ANNOUNCED ? PAINT_NONE : PAINT_WARN, "%s", retention_word(x->state));
	}
	return ++d->shown == ROWS_SHOWN;
}

static int
show(const struct cli *c, struct local *l, int32_t as_of, struct err *e)
{
	static const char *const head[] = { "record", "day", "state" };
	struct dates d = { .cli = c, .judge = node_judge(l->node, l->reader) };
	struct buf b = { 0 };
	int hours = 0, rc = duty_grace(l->reader, &hours, e);

	d.out = (struct json_out){ &b, false };
	jo_open(&d.out, NULL, '{');
	jo_int(&d.out, "delete_grace_hours", hours);
	jo_open(&d.out, "records", '[');
	table_start(&d.table, c, head, 3);
	if (rc == OK && (rc = retention_due(l->reader, as_of, take, &d, e)) > 0)
		rc = OK;
	jo_close(&d.out, ']');
	jo_close(&d.out, '}');
	if (rc == OK && c->json)
		say_json(c, &b);
	if (rc == OK && !c->json && d.shown > 0)
		table_end(&d.table, 0);
	else
		table_drop(&d.table);
	if (rc == OK && !c->json)
		say(c, "%s%s are carried out %d hours after they arrive.\n", d.shown > 0 ? "" : "Nothing is due. ",
		    "Orders to delete", hours);
	buf_free(&b);
	return rc;
}

static int
set_grace(const struct cli *c, uint64_t hours, struct err *e)
{
	struct local l;
	int rc = local_work(&l, c, c->args[0], e);

	if (rc == OK && l.node == NULL)
		rc = err_set(e, ERR_BUSY, "the node is running; stop it, set the grace period, and start it again");
	if (rc == OK && (rc = duty_set_grace(l.node, (int)hours, e)) == OK && !c->json)
		say(c, "Orders to delete are carried out %d hours after they arrive.\n", (int)hours);
	local_close(&l);
	return rc;
}

int
cmd_retention(struct cli *c, struct err *e)
{
	uint64_t hours = UINT64_MAX;
	struct local l;
	int32_t as_of;
	int rc = args_u64(c, "delete-grace", DUTY_GRACE_MAX, &hours, e);

	if (rc != OK || hours != UINT64_MAX)
		return rc != OK ? rc : set_grace(c, hours, e);
	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	as_of = node_today(l.node);
	if ((rc = args_date(c, "as-of", &as_of, e)) == OK)
		rc = show(c, &l, as_of, e);
	local_close(&l);
	return rc;
}
