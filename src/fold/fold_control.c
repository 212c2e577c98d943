/*
 * Acts on records: who ordered or stated what about which record (T_CONTROL), and which entries a member says it has
 * (T_RECEIPT).
 */
#include <string.h>

#include "fold/fold_kinds.h"

/* A receipt names a log by its member; the store knows it by number. */
static int
log_of(const struct fold *f, const struct json *log, uint32_t *no)
{
	const struct json *member = json_get(log, "member"), *epoch = json_get(log, "epoch");
	char mechanism_code[CODE_MAX + 1] = "", member_code[CODE_MAX + 1] = "";
	uint32_t epoch_no = 1;
	struct log_row row;
	int rc;

	if (member == NULL || member->len > CODE_MAX || f->r->mechanism.len > CODE_MAX)
		return err_set(f->e, ERR_UNKNOWN, "body.log: this node keeps no such log; it is read again when it"
		    " does");
	memcpy(mechanism_code, f->r->mechanism.s, f->r->mechanism.len);
	memcpy(member_code, member->str, member->len);
	if (epoch != NULL && epoch->num > 1)		/* 0, or none: the first */
		epoch_no = (uint32_t)epoch->num;
	if ((rc = store_log_find(f->view, mechanism_code, member_code, epoch_no, &row, f->e)) == ERR_NOTFOUND)
		return err_set(f->e, ERR_UNKNOWN, "body.log: this node keeps no log of %s with epoch %u; it is read again"
		    " when it does", member_code, epoch_no);
	*no = row.no;
	return rc;
}

/* The two numbers of a range, first <= last, both indexes that a log can have. */
static bool
range_of(const struct json *j, int64_t *first, int64_t *last)
{
	const struct json *a = j->child, *b = a == NULL ? NULL : a->next;

	if (j->type != JSON_ARRAY || j->count != 2 || a == NULL || b == NULL || a->type != JSON_INT ||
	    b->type != JSON_INT)
		return false;
	*first = a->num;
	*last = b->num;
	return *first >= 0 && *first <= *last && *last >> POS_INDEX_BITS == 0;
}

static int
check_ranges(const struct fold *f, const struct json *ranges)
{
	int64_t first, last;

	for (const struct json *j = ranges == NULL ? NULL : ranges->child; j != NULL; j = j->next)
		if (!range_of(j, &first, &last))
			return err_set(f->e, ERR_UNKNOWN, "body.ranges: byte %u: no range of entries that a log can"
			    " have", j->offset);
	return OK;
}

static int
fold_receipt(const struct fold *f)
{
	const struct json *ranges = json_get(f->r->body, "ranges"), *at = json_get(f->r->body, "received_at");
	int64_t first = 0, last = 0;
	struct inst received = f->r->filed_at;
	uint32_t no = 0;
	int rc;

	if ((rc = log_of(f, json_get(f->r->body, "log"), &no)) != OK || (rc = check_ranges(f, ranges)) != OK)
		return rc;
	if (at != NULL && !inst_parse(at->str, at->len, &received))
		return err_set(f->e, ERR_UNKNOWN, "body.received_at: is of a form that this version does not know");
	for (const struct json *j = ranges == NULL ? NULL : ranges->child; j != NULL && rc == OK; j = j->next) {
		struct row row = { .table = T_RECEIPT, .cols = 6 };

		range_of(j, &first, &last);
		row.v[0] = val_int(no);
		row.v[1] = val_int(first);
		row.v[2] = val_int(last);
		row.v[3] = fold_val_slice(f->r->member);
		row.v[4] = val_int(received.ms);
		row.v[5] = val_int(f->pos);
		rc = f->emit(f->ctx, &row, f->e);
	}
	return rc;
}

/* "by" is the member that files the act; "at" when it says it was carried out, else when it was filed. */
static int
fold_act(const struct fold *f, const struct json *target)
{
	const struct json *body = f->r->body, *executed = json_get(body, "executed_at"), *due_at = json_get(body, "due");
	struct row row = { .table = T_CONTROL, .cols = 8 };
	struct inst at = f->r->filed_at, due = { .ms = WHEN_NONE };
	struct ref ref = { .version = 0 };

	if (fold_ref(f, target, &ref) != OK)
		return err_at(f->e, "body.target");
	if (executed != NULL && !inst_parse(executed->str, executed->len, &at))
		return err_set(f->e, ERR_UNKNOWN, "body.executed_at: is of a form that this version does not know");
	if (due_at != NULL && !inst_parse(due_at->str, due_at->len, &due))
		return err_set(f->e, ERR_UNKNOWN, "body.due: is of a form that this version does not know");
	row.v[0] = val_blob(ref.id, RECORD_ID_BYTES);
	row.v[1] = val_int(f->pos);
	row.v[2] = val_int(ref.version);
	row.v[3] = fold_val_json(json_get(body, "type"));
	row.v[4] = fold_val_slice(f->r->member);
	row.v[5] = val_int(at.ms);
	row.v[6] = fold_val_json(json_get(body, "reason"));
	row.v[7] = val_int(due.ms);
	return f->emit(f->ctx, &row, f->e);
}

int
fold_control(const struct fold *f)
{
	const struct json *target = json_get(f->r->body, "target");

	if (json_is(json_get(f->r->body, "type"), "RECEIPT"))
		return fold_receipt(f);
	return target == NULL ? OK : fold_act(f, target);
}
