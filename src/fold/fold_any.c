/*
 * What all kinds share.
 */
#include <stdlib.h>
#include <string.h>

#include "fold/fold_kinds.h"

#define TITLE_BYTES 200

struct value
fold_val_slice(struct slice s)
{
	return val_text(s.s, s.len);
}

struct value
fold_val_json(const struct json *j)
{
	return j == NULL ? val_str("") : val_text(j->str, j->len);
}

int
fold_ref(const struct fold *f, const struct json *j, struct ref *out)
{
	if (j == NULL || j->type != JSON_STRING || !ref_parse(j->str, j->len, out))
		return err_set(f->e, ERR_UNKNOWN, "a reference is of a form that this version does not know");
	return OK;
}

int
fold_check(const struct fold *f)
{
	const struct json *list = f->r->links;
	struct ref target;
	int rc = OK;

	for (const struct json *j = list == NULL ? NULL : list->child; j != NULL && rc == OK; j = j->next)
		if ((rc = fold_ref(f, json_get(j, "ref"), &target)) != OK)
			err_at(f->e, "links");
	return rc;
}

static int
emit_version(const struct fold *f)
{
	const struct record *r = f->r;
	struct row row = { .table = T_VERSION, .cols = 14 };
	char title[TITLE_BYTES];

	/*
	 * One language for all nodes: the title is for lists and must be the same everywhere. Pages choose their own
	 * from the text.
	 */
	record_title(r, "en", title, sizeof title);
	row.v[0] = val_int(f->pos);
	row.v[1] = val_blob(r->id, RECORD_ID_BYTES);
	row.v[2] = val_int(r->seq);
	row.v[3] = val_int(r->kind);
	row.v[4] = val_int(r->mode);
	row.v[5] = fold_val_slice(r->state);
	row.v[6] = val_int(r->filed_at.ms);
	row.v[7] = fold_val_slice(r->channel);
	row.v[8] = val_int(r->purposes);
	row.v[9] = val_int(r->tlp);
	row.v[10] = val_int(r->pd);
	row.v[11] = val_int(r->class_level);
	row.v[12] = val_int((int64_t)r->size);
	row.v[13] = val_str(title);
	return f->emit(f->ctx, &row, f->e);
}

static int
emit_orders(const struct fold *f)
{
	struct row by_id = { .table = T_BY_ID, .cols = 3,
	    .v = { val_blob(f->r->id, RECORD_ID_BYTES), val_int(f->r->seq), val_int(f->pos) } };
	struct row by_time = { .table = T_BY_TIME, .cols = 2, .v = { val_int(f->r->filed_at.ms), val_int(f->pos) } };
	int rc = f->emit(f->ctx, &by_id, f->e);

	return rc == OK ? f->emit(f->ctx, &by_time, f->e) : rc;
}

/* ---- identifiers: each once, however often the text repeats one -------------------------------------------------- */

struct ident {
	struct slice type, value;
};

static int
collect_ident(void *ctx, struct slice type, struct slice value)
{
	struct ident ident = { type, value };

	return buf_add(ctx, &ident, sizeof ident) ? OK : ERR_NOMEM;
}

static int
compare_slices(struct slice a, struct slice b)
{
	int c = memcmp(a.s, b.s, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int
compare_idents(const void *a, const void *b)
{
	const struct ident *x = a, *y = b;
	int c = compare_slices(x->type, y->type);

	return c != 0 ? c : compare_slices(x->value, y->value);
}

static int
emit_idents(const struct fold *f)
{
	struct buf all = { 0 };
	struct ident *ident;
	size_t n;
	int rc;

	if ((rc = record_identifiers(f->r, collect_ident, &all)) != OK)
		err_set(f->e, rc, "folding identifiers: out of memory");
	ident = (struct ident *)(void *)all.data;	/* malloc's alignment */
	n = all.len / sizeof *ident;
	if (n > 1)
		qsort(ident, n, sizeof *ident, compare_idents);
	for (size_t i = 0; i < n && rc == OK; i++) {
		struct row row = { .table = T_IDENT, .cols = 3,
		    .v = { fold_val_slice(ident[i].type), fold_val_slice(ident[i].value), val_int(f->pos) } };

		if (i == 0 || compare_idents(&ident[i - 1], &ident[i]) != 0)
			rc = f->emit(f->ctx, &row, f->e);
	}
	buf_free(&all);
	return rc;
}

static int
emit_links(const struct fold *f)
{
	const struct json *list = f->r->links;
	struct ref target = { .version = 0 };
	int rc = OK;

	for (const struct json *j = list == NULL ? NULL : list->child; j != NULL && rc == OK; j = j->next) {
		if ((rc = fold_ref(f, json_get(j, "ref"), &target)) == OK) {
			struct row row = { .table = T_LINK, .cols = 4, .v = { val_blob(target.id, RECORD_ID_BYTES),
			    fold_val_json(json_get(j, "rel")), val_int(f->pos), val_int(target.version) } };

			rc = f->emit(f->ctx, &row, f->e);
		}
	}
	return rc;
}

/* ---- attachments: each once -------------------------------------------------------------------------------------- */

struct attachment {
	uint8_t hash[RECORD_HASH_BYTES];
	uint64_t size;
};

static int
collect_blob(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size)
{
	struct attachment a = { .size = size };

	memcpy(a.hash, hash, sizeof a.hash);
	return buf_add(ctx, &a, sizeof a) ? OK : ERR_NOMEM;
}

static int
compare_blobs(const void *a, const void *b)
{
	const struct attachment *x = a, *y = b;
	int c = memcmp(x->hash, y->hash, sizeof x->hash);

	return c != 0 ? c : (x->size > y->size) - (x->size < y->size);
}

/* A text that gives one attachment two sizes has the smaller here, whatever their order. */
static int
emit_blobs(const struct fold *f)
{
	struct buf all = { 0 };
	struct attachment *a;
	size_t n;
	int rc;

	if ((rc = record_blobs(f->r, collect_blob, &all)) != OK)
		err_set(f->e, rc, "folding attachments: out of memory");
	a = (struct attachment *)(void *)all.data;	/* malloc's alignment */
	n = all.len / sizeof *a;
	if (n > 1)
		qsort(a, n, sizeof *a, compare_blobs);
	for (size_t i = 0; i < n && rc == OK; i++) {
		struct row row = { .table = T_BLOB, .cols = 3,
		    .v = { val_blob(a[i].hash, sizeof a[i].hash), val_int(f->pos), val_int((int64_t)a[i].size) } };

		if (i == 0 || memcmp(a[i - 1].hash, a[i].hash, sizeof a[i].hash) != 0)
			rc = f->emit(f->ctx, &row, f->e);
	}
	buf_free(&all);
	return rc;
}

/* ---- dates ------------------------------------------------------------------------------------------------------- */

static int
emit_dates(const struct fold *f)
{
	const struct { int32_t day; enum date_what what; } dates[] = {
		{ f->r->review_by, DATE_REVIEW }, { f->r->delete_by, DATE_DELETE },
	};
	int rc = OK;

	for (size_t i = 0; i < sizeof dates / sizeof dates[0] && rc == OK; i++) {
		struct row row = { .table = T_DATE, .cols = 3,
		    .v = { val_int(dates[i].day), val_int(dates[i].what), val_int(f->pos) } };

		if (dates[i].day != INT32_MAX)
			rc = f->emit(f->ctx, &row, f->e);
	}
	return rc;
}

int
fold_any(const struct fold *f)
{
	int rc;

	if ((rc = emit_version(f)) != OK || (rc = emit_orders(f)) != OK || (rc = emit_idents(f)) != OK ||
	    (rc = emit_links(f)) != OK || (rc = emit_dates(f)) != OK)
		return rc;
	return emit_blobs(f);
}
