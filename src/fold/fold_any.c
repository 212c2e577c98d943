/* What every record gives: what lists need of it, where its versions are, what it names and points to. */
#include <string.h>

#include "fold/kinds.h"

#define TITLE_BYTES 200
#define IDENT_BYTES 256			/* longer values are cut: they are found by their beginning */

static int
fold_version(struct folding *f)
{
	const struct record *r = f->r;
	struct row row = fold_row(T_VERSION);
	char title[TITLE_BYTES];

	record_title(r, "en", title, sizeof title);
	row.v[0] = val_int(f->pos);
	row.v[1] = val_blob(r->id, sizeof r->id);
	row.v[2] = val_int(r->seq);
	row.v[3] = val_int(r->kind);
	row.v[4] = val_int(r->mode);
	row.v[5] = fold_slice(r->state);
	row.v[6] = val_int(r->filed_at.ms);
	row.v[7] = fold_slice(r->channel);
	row.v[8] = val_int(r->purposes);
	row.v[9] = val_int(r->tlp);
	row.v[10] = val_int(r->pd);
	row.v[11] = val_int(r->class_level);
	row.v[12] = val_int((int64_t)r->size);
	row.v[13] = val_str(title);
	return fold_emit_row(f, &row);
}

static int
fold_places(struct folding *f)
{
	struct row id = fold_row(T_BY_ID), when = fold_row(T_BY_TIME);
	int rc;

	id.v[0] = val_blob(f->r->id, sizeof f->r->id);
	id.v[1] = val_int(f->r->seq);
	id.v[2] = val_int(f->pos);
	when.v[0] = val_int(f->r->filed_at.ms);
	when.v[1] = val_int(f->pos);
	if ((rc = fold_emit_row(f, &id)) != OK)
		return rc;
	return fold_emit_row(f, &when);
}

static int
fold_ident(void *ctx, struct slice type, struct slice value)
{
	struct folding *f = ctx;
	struct row row = fold_row(T_IDENT);

	if (value.len > IDENT_BYTES)
		value.len = IDENT_BYTES;
	while (value.len > 0 && value.len == IDENT_BYTES && ((unsigned char)value.s[value.len - 1] & 0x80))
		value.len--;	/* never inside a character */
	row.v[0] = fold_slice(type);
	row.v[1] = fold_slice(value);
	row.v[2] = val_int(f->pos);
	return fold_emit_row(f, &row);
}

static int
fold_links(struct folding *f)
{
	const struct json *l;

	for (l = f->r->links == NULL ? NULL : f->r->links->child; l != NULL; l = l->next) {
		const struct json *ref = json_get(l, "ref"), *rel = json_get(l, "rel");
		struct row row = fold_row(T_LINK);
		struct ref target;
		int rc;

		if (ref == NULL || rel == NULL || !ref_parse(ref->str, ref->len, &target))
			continue;	/* a validated record has both */
		row.v[0] = val_blob(target.id, sizeof target.id);
		row.v[1] = val_text(rel->str, rel->len);
		row.v[2] = val_int(f->pos);
		row.v[3] = val_int(target.version);
		if ((rc = fold_emit_row(f, &row)) != OK)
			return rc;
	}
	return OK;
}

int
fold_any(struct folding *f)
{
	int rc;

	if ((rc = fold_version(f)) != OK || (rc = fold_places(f)) != OK || (rc = record_identifiers(f->r, fold_ident, f)) != OK)
		return rc;
	return fold_links(f);
}
