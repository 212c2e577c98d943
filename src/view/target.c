#include "view/target.h"

#include <string.h>

#include "view/acts.h"
#include "view/receipts.h"

#define RECEIPT_ROWS 256	/* looked at for each version, not a whole log's; only a receipt of one who is not in
				   the delivery list could be missed */

struct finding {
	const struct judge *j;
	struct arena *a;
	struct target *out;
	int64_t versions[64];		/* positions of the originator's versions, the newest last; older ones than that fall out */
	unsigned count;
	struct err *e;
	int rc;
};

static void
add(struct mset *to, const struct mset *more)
{
	for (size_t i = 0; i < sizeof to->w / sizeof to->w[0]; i++)
		to->w[i] |= more->w[i];
}

/* Whose record it is: the own member's if it has one under this id, else that of the first log. */
static int
take_origin(void *ctx, int64_t pos)
{
	struct finding *f = ctx;
	int member = LOG_MEMBER(POS_LOG(pos));

	if (f->out->law.origin == LAW_NONE || member == f->j->own)
		f->out->law.origin = member;
	return 0;
}

static int
origin_row(void *ctx, const struct row *row)
{
	return take_origin(ctx, row->v[2].num);
}

static int
origin_erased(void *ctx, const struct erasure *x)
{
	return take_origin(ctx, x->pos);
}

static void
take_version(struct finding *f, int64_t pos, uint32_t seq)
{
	unsigned room = sizeof f->versions / sizeof f->versions[0];

	if (LOG_MEMBER(POS_LOG(pos)) != f->out->law.origin)
		return;
	if (seq >= f->out->seq) {
		f->out->seq = seq;
		f->out->pos = pos;
	}
	if (f->count == room)
		memmove(f->versions, f->versions + 1, --f->count * sizeof f->versions[0]);
	f->versions[f->count++] = pos;
}

static int
version_row(void *ctx, const struct row *row)
{
	take_version(ctx, row->v[2].num, (uint32_t)row->v[1].num);
	return 0;
}

static int
version_erased(void *ctx, const struct erasure *x)
{
	take_version(ctx, x->pos, x->seq);
	return 0;
}

/* A payload parsed and interned, in the arena; NULL with OK when there is none, or none that can be understood. */
static int
load(struct finding *f, int64_t pos, struct record **r, struct law_record **law)
{
	struct payload p;
	const void *copy;
	int rc = store_payload_get(f->j->reader, pos, &p, f->e);

	*law = NULL;
	if (rc != OK)
		return rc == ERR_NOTFOUND ? OK : rc;
	*r = arena_alloc(f->a, sizeof **r);
	*law = arena_alloc(f->a, sizeof **law);
	copy = arena_strn(f->a, (const char *)p.bytes, p.len);
	if (*r == NULL || *law == NULL || copy == NULL)
		return err_set(f->e, ERR_NOMEM, "no memory to read the target of an act");
	if (record_parse(f->a, copy, p.len, *r, NULL) != OK || law_intern(f->j->reg, *r, f->a, *law, NULL) != OK)
		*law = NULL;
	return OK;
}

static int
read_versions(struct finding *f)
{
	struct record *r = NULL;
	struct law_record *law;
	struct receipts receipts;
	int rc = OK;

	for (unsigned i = 0; i < f->count && rc == OK; i++) {
		if ((rc = load(f, f->versions[i], &r, &law)) != OK)
			break;
		if (law != NULL) {
			add(&f->out->law.past, &law->delivery);
			f->out->law.law = law;
			f->out->law.act = act_of(r);
		}
		if ((rc = receipts_find(f->j->reader, f->j->reg, f->versions[i], NULL, RECEIPT_ROWS, &receipts,
		    f->e)) == OK)
			add(&f->out->law.past, &receipts.by);
	}
	return rc;
}

/* What was ordered before went to all who had it. */
static int
act_row(void *ctx, const struct row *row)
{
	struct finding *f = ctx;
	struct record *r = NULL;
	struct law_record *law;
	int member = registry_member(f->j->reg, row->v[4].bytes, row->v[4].len);
	const struct act_rule *rule = act_rule(act_from(row->v[3].bytes, row->v[3].len));

	if (member != f->out->law.origin || rule == NULL || rule->reach != REACH_ALL)
		return 0;
	if ((f->rc = load(f, row->v[1].num, &r, &law)) != OK)
		return 1;
	if (law != NULL)
		add(&f->out->law.past, &law->delivery);
	return 0;
}

int
target_find(const struct judge *j, const uint8_t id[RECORD_ID_BYTES], struct arena *a, struct target *out, struct err *e)
{
	struct row by_id = { .table = T_BY_ID, .cols = store_table_def(T_BY_ID)->cols };
	struct row acts = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct finding f = { .j = j, .a = a, .out = out, .e = e };
	int rc;

	*out = (struct target){ .law = { .origin = LAW_NONE, .act = ACT_NONE }, .pos = -1 };
	by_id.v[0] = acts.v[0] = val_blob(id, RECORD_ID_BYTES);
	if ((rc = store_erasure_each(j->reader, id, origin_erased, &f, e)) < 0 ||
	    (rc = store_row_scan(j->reader, &by_id, 1, 1, false, origin_row, &f, e)) < 0)
		return rc;
	if (out->law.origin == LAW_NONE)
		return OK;
	if ((rc = store_erasure_each(j->reader, id, version_erased, &f, e)) < 0 ||
	    (rc = store_row_scan(j->reader, &by_id, 1, 1, false, version_row, &f, e)) < 0 || (rc = read_versions(&f)) != OK ||
	    (rc = store_row_scan(j->reader, &acts, 1, 1, false, act_row, &f, e)) < 0)
		return rc;
	return f.rc;
}

int
target_of(const struct judge *j, const struct record *r, struct arena *a, struct target *out, struct err *e)
{
	const struct json *target = r->kind == KIND_CONTROL ? json_get(r->body, "target") : NULL;
	struct ref ref;

	*out = (struct target){ .law = { .origin = LAW_NONE, .act = ACT_NONE }, .pos = -1 };
	if (target == NULL || target->type != JSON_STRING || !ref_parse(target->str, target->len, &ref))
		return OK;
	return target_find(j, ref.id, a, out, e);
}
