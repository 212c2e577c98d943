/* The identifiers and attachments of a record's body, found by the marks and types of fields.def. */
#include <string.h>

#include "base/text.h"
#include "record/tables.h"

struct walk {				/* one of the two visits */
	int (*visit)(void *ctx, struct slice type, struct slice value);
	int (*visit_blob)(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size);
	void *ctx;
};

static int walk_struct(const struct walk *w, enum struct_id s, const struct json *o);

static int
visit_ident(const struct walk *w, const struct field *f, const struct json *o, const struct json *j)
{
	const struct json *type = f->ident[0] == '\0' ? json_get(o, "type") : NULL;
	struct slice t = { f->ident, (uint32_t)strlen(f->ident) };

	int rc = 0;

	if (type != NULL)
		t = (struct slice){ type->str, type->len };
	if (f->shape == SHAPE_ONE)
		return w->visit(w->ctx, t, (struct slice){ j->str, j->len });
	for (const struct json *x = j->child; x != NULL && rc == 0; x = x->next)
		rc = w->visit(w->ctx, t, (struct slice){ x->str, x->len });
	return rc;
}

/* The record was parsed: both members are there and of their form. */
static int
visit_blob(const struct walk *w, const struct json *o)
{
	const struct json *hash = json_get(o, "sha256"), *bytes = json_get(o, "bytes");
	uint8_t h[RECORD_HASH_BYTES];

	if (hash == NULL || bytes == NULL || !hex_decode(h, sizeof h, hash->str, hash->len))
		return 0;
	return w->visit_blob(w->ctx, h, (uint64_t)bytes->num);
}

static int
walk_field(const struct walk *w, const struct field *f, const struct json *o, const struct json *j)
{
	int rc = 0;

	if (f->ident != NULL)
		return w->visit == NULL ? 0 : visit_ident(w, f, o, j);
	if (f->type != FT_STRUCT || f->arg == S_MTEXT)
		return 0;
	if (f->shape == SHAPE_ONE)
		return walk_struct(w, f->arg, j);
	for (const struct json *x = j->child; x != NULL && rc == 0; x = x->next)
		rc = walk_struct(w, f->arg, x);
	return rc;
}

static int
walk_struct(const struct walk *w, enum struct_id s, const struct json *o)
{
	unsigned hint = 0;
	int rc = 0;

	if (s == S_BLOB && w->visit_blob != NULL)
		return visit_blob(w, o);
	for (const struct json *j = o->child; j != NULL && rc == 0; j = j->next) {
		const struct field *f = tables_find_field(s, j->key, j->key_len, &hint);

		if (f != NULL)
			rc = walk_field(w, f, o, j);
	}
	return rc;
}

int
record_identifiers(const struct record *r, int (*visit)(void *ctx, struct slice type, struct slice value), void *ctx)
{
	const struct walk w = { .visit = visit, .ctx = ctx };

	return walk_struct(&w, tables_kind[r->kind].body, r->body);
}

int
record_blobs(const struct record *r, int (*visit)(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size), void *ctx)
{
	const struct walk w = { .visit_blob = visit, .ctx = ctx };

	return walk_struct(&w, tables_kind[r->kind].body, r->body);
}
