#include "view/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "record/tables.h"

struct gather {
	const struct judge *j;
	struct judged *out;
};

struct newest {
	uint32_t log_no;		/* versions are its originator's: they stand in one log */
	uint32_t seq;
	int64_t pos;
};

static bool
is_text(const struct value *v, const char *word)
{
	return text_eq(v->bytes, v->len, word);
}

/* The purposes that the RESTRICT at ${pos} leaves; none when it cannot be read. */
static uint32_t
remaining_purposes(const struct judge *j, int64_t pos)
{
	struct arena one = { 0 };
	struct payload p;
	struct record r;
	const struct json *list = NULL;
	uint32_t set = 0;
	int i;

	if (store_payload_get(j->reader, pos, &p, NULL) == OK && record_parse(&one, p.bytes, p.len, &r, NULL) == OK)
		list = json_get(r.body, "purposes");
	for (const struct json *k = list == NULL ? NULL : list->child; k != NULL; k = k->next)
		if ((i = tables_find_word(V_PURPOSE, k->str, k->len)) >= 0)
			set |= PURPOSE_BIT(i + 1);
	arena_free(&one);
	return set;
}

/* One act on the record. Only the originator restricts, blocks or withdraws; anybody may contest. Later acts undo earlier
 * ones. */
static int
take_control(void *ctx, const struct row *row)
{
	static const struct { const char *type; uint32_t flag; bool set; } acts[] = {
		{ "RESTRICT", CAVEAT_RESTRICTED, true }, { "UNRESTRICT", CAVEAT_RESTRICTED, false },
		{ "BLOCK", CAVEAT_BLOCKED, true }, { "UNBLOCK", CAVEAT_BLOCKED, false },
		{ "WITHDRAW", CAVEAT_WITHDRAWN, true }, { "DELETE_ORDER", CAVEAT_DELETED, true }
	};
	struct gather *g = ctx;
	const struct value *type = &row->v[3], *by = &row->v[4];
	int64_t pos = row->v[1].num;
	int member = registry_member(g->j->reg, by->bytes, by->len);

	if (is_text(type, "CONTEST_FLAG"))
		g->out->caveats.flags |= CAVEAT_CONTESTED;
	if (member != g->out->law.origin)
		return 0;
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (is_text(type, acts[i].type)) {
			if (acts[i].set)
				g->out->caveats.flags |= acts[i].flag;
			else
				g->out->caveats.flags &= ~acts[i].flag;
		}
	if (is_text(type, "RESTRICT"))
		g->out->caveats.restricted_purposes = remaining_purposes(g->j, pos);
	return 0;
}

static int
take_newest(void *ctx, const struct row *row)
{
	struct newest *n = ctx;

	if (POS_LOG(row->v[2].num) != n->log_no)
		return 0;		/* somebody else's record under the same id */
	n->seq = (uint32_t)row->v[1].num;
	n->pos = row->v[2].num;
	return 1;
}

/* Was it put aside when it came, or when it was refolded? */
static int
in_quarantine(const struct judge *j, int64_t pos, bool *yes, struct err *e)
{
	struct row key = { .table = T_QUARANTINE, .cols = 3 }, row;
	int rc;

	key.v[0] = val_int(pos);
	rc = store_row_get(j->reader, &key, &row, e);
	*yes = rc == OK;
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* Parse and intern; what cannot be understood, is out of place or was put aside is quarantined whole. */
static int
understand(const struct judge *j, const struct payload *p, struct arena *a, struct judged *out, struct err *e)
{
	struct err why = { 0 };
	int rc = record_parse(a, p->bytes, p->len, &out->rec, &why);

	if (rc == OK)
		rc = law_intern(j->reg, &out->rec, a, &out->law, &why);
	out->parsed = rc == OK && out->law.origin == (int)POS_LOG(p->pos) - 1;	/* a member speaks in its own log only */
	if (out->parsed) {
		bool aside = false;

		/* What we filed ourselves was refused, had it been such a record (node/filing.c). */
		if (out->law.origin != j->own && (rc = in_quarantine(j, p->pos, &aside, e)) != OK)
			return rc;
		out->parsed = !aside;
		return OK;
	}
	if (rc == OK || rc == ERR_UNKNOWN || rc == ERR_INPUT || rc == ERR_LIMIT)
		return OK;
	*e = why;
	return rc;
}

/* The newest version's markings bind the older ones too (V24). */
static int
find_newest(const struct judge *j, struct arena *a, struct judged *out, struct err *e)
{
	struct row from = { .table = T_BY_ID, .cols = 3 };
	struct newest n = { .log_no = POS_LOG(out->pos) };
	struct payload p;
	struct record *rec;
	struct law_record *law;
	uint8_t *copy;
	int rc;

	from.v[0] = val_blob(out->rec.id, RECORD_ID_BYTES);
	rc = store_row_scan(j->reader, &from, 1, 1, true, take_newest, &n, e);
	if (rc < 0)
		return rc;
	if (n.seq <= out->rec.seq)
		return OK;
	out->superseded = true;
	if ((rc = store_payload_get(j->reader, n.pos, &p, e)) != OK)
		return rc == ERR_NOTFOUND ? OK : rc;
	rec = arena_alloc(a, sizeof *rec);
	law = arena_alloc(a, sizeof *law);
	copy = (uint8_t *)arena_strn(a, (const char *)p.bytes, p.len);
	if (rec == NULL || law == NULL || copy == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read a later version");
	if (record_parse(a, copy, p.len, rec, e) != OK || law_intern(j->reg, rec, a, law, e) != OK)
		out->caveats.integrity = INTEGRITY_UNKNOWN_VOCABULARY;	/* a later version nobody here can read: fail closed */
	else
		out->caveats.newest = law;
	return OK;
}

static int
any_row(void *ctx, const struct row *row)
{
	(void)row;
	*(bool *)ctx = true;
	return 1;
}

int
judge_survey(struct judge *j, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	bool any = false;
	int rc = store_row_scan(j->reader, &from, 0, 0, false, any_row, &any, e);

	j->no_acts = rc >= 0 && !any;
	return rc < 0 ? rc : OK;
}

int
judge_payload(const struct judge *j, const struct payload *p, struct arena *a, struct judged *out, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = 7 };
	struct gather g = { j, out };
	int rc;

	memset(out, 0, sizeof *out);
	out->pos = p->pos;
	out->nonce = p->nonce;
	if ((rc = understand(j, p, a, out, e)) != OK || !out->parsed)
		return rc;
	out->caveats.integrity = INTEGRITY_VERIFIED;	/* nothing enters the store before it matched its entry */
	from.v[0] = val_blob(out->rec.id, RECORD_ID_BYTES);
	if (!j->no_acts && (rc = store_row_scan(j->reader, &from, 1, 1, false, take_control, &g, e)) < 0)
		return rc;
	return find_newest(j, a, out, e);
}

int
judge_read(const struct judge *j, int64_t pos, struct arena *a, struct judged *out, struct err *e)
{
	struct payload p, *mine;
	int rc;

	if ((rc = store_payload_get(j->reader, pos, &p, e)) != OK)
		return rc;
	if ((mine = arena_alloc(a, sizeof *mine)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read a record");
	*mine = p;
	if ((mine->bytes = (uint8_t *)arena_strn(a, (const char *)p.bytes, p.len)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read a record");
	return judge_payload(j, mine, a, out, e);
}

enum level
judge_decide(const struct judge *j, struct judged *out, const struct viewer *v, int32_t as_of)
{
	struct caveats c = out->caveats;

	if (!out->parsed) {
		memset(&out->why, 0, sizeof out->why);
		out->why.as_of = as_of;
		return out->level = LEVEL_NONE;
	}
	if (v->member == j->own && out->law.origin != j->own) {
		c.held = true;		/* it is in our store: its originator released it to us */
		c.held_on = out->law.filed_on;
	}
	return out->level = vis(&out->law, v, j->reg, &c, as_of, &out->why);
}

struct viewer
judge_node(int member)
{
	return (struct viewer){ .member = member, .authority = LAW_NONE, .role = ROLE_NODE };
}

void
judge_label(char out[LABEL_LEN], const struct judge *j, int64_t pos)
{
	struct log_row log;
	struct err e;

	if (store_log_get(j->reader, POS_LOG(pos), &log, &e) == OK)
		snprintf(out, LABEL_LEN, "%s/%llu", log.member, (unsigned long long)POS_INDEX(pos));
	else
		snprintf(out, LABEL_LEN, "%u/%llu", POS_LOG(pos), (unsigned long long)POS_INDEX(pos));
}
