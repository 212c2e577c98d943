/* Acts on records: what was ordered about which record, and who says what he has received. */
#include "fold/kinds.h"

static struct value
text_of(const struct json *v)
{
	return v == NULL || v->type != JSON_STRING ? val_text("", 0) : val_text(v->str, v->len);
}

static int
fold_receipt(struct folding *f)
{
	const struct json *member = json_get(json_get(f->r->body, "log"), "member"), *at = json_get(f->r->body, "received_at"), *range;
	int log = member == NULL ? LAW_NONE : registry_member(f->reg, member->str, member->len);
	const struct json *ranges = json_get(f->r->body, "ranges");
	struct inst when;
	int rc;

	if (log == LAW_NONE || at == NULL || ranges == NULL || !inst_parse(at->str, at->len, &when))
		return OK;	/* names a log that this register does not know: evidence of nothing here */
	for (range = ranges->child; range != NULL; range = range->next) {
		struct row row = fold_row(T_RECEIPT);

		row.v[0] = val_int(fold_log_no(log));
		row.v[1] = val_int(range->child->num);
		row.v[2] = val_int(range->child->next->num);
		row.v[3] = fold_slice(f->r->member);
		row.v[4] = val_int(when.ms);
		row.v[5] = val_int(f->pos);
		if ((rc = fold_emit_row(f, &row)) != OK)
			return rc;
	}
	return OK;
}

int
fold_control(struct folding *f)
{
	const struct json *type = json_get(f->r->body, "type"), *target = json_get(f->r->body, "target");
	struct row row = fold_row(T_CONTROL);
	struct ref ref;

	if (json_is(type, "RECEIPT"))
		return fold_receipt(f);
	if (target == NULL || target->type != JSON_STRING || !ref_parse(target->str, target->len, &ref))
		return OK;	/* acts on no single record */
	row.v[0] = val_blob(ref.id, sizeof ref.id);
	row.v[1] = val_int(f->pos);
	row.v[2] = val_int(ref.version);
	row.v[3] = text_of(type);
	row.v[4] = fold_slice(f->r->member);
	row.v[5] = val_int(f->r->filed_at.ms);
	row.v[6] = text_of(json_get(f->r->body, "reason"));
	return fold_emit_row(f, &row);
}
