#include "view/judge.h"

#include <stdio.h>
#include <string.h>

#include "view/acts.h"
#include "view/receipts.h"

struct newest {
	uint32_t log_no;		/* versions are its originator's: they stand in one log */
	uint32_t seq;
	int64_t pos;
};

static int
take_newest(void *ctx, const struct row *row)
{
	struct newest *n = ctx;

	if (LOG_MEMBER(POS_LOG(row->v[2].num)) != LOG_MEMBER(n->log_no))
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
	out->parsed = rc == OK && out->law.origin == LOG_MEMBER(POS_LOG(p->pos));	/* a member speaks in its own log only */
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
	struct acts acts;
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
	if (record_parse(a, copy, p.len, rec, e) != OK || law_intern(j->reg, rec, a, law, e) != OK) {
		out->caveats.integrity = INTEGRITY_UNKNOWN_VOCABULARY;	/* a later version nobody here can read: fail closed */
		return OK;
	}
	out->caveats.newest = law;
	return acts_gather(j, law, n.pos, &acts, e);	/* its markings as they are now */
}

/* What was kept against an order; asked only where there is one. */
static int
find_kept(const struct judge *j, int64_t order, bool *kept, struct err *e)
{
	uint8_t id[RECORD_ID_BYTES];
	struct answers own;
	int rc = acts_id(j->reader, order, id, e);

	if (rc == OK && (rc = acts_answers(j->reader, id, j->reg->members[j->own].code, &own, e)) == OK)
		*kept = own.keep != ACTS_NO_ORDER;
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* What reads the record reads its markings as they are now. */
static void
show_markings(const struct judge *j, struct judged *out)
{
	struct record *r = &out->rec;
	const struct law_record *l = &out->law;
	const char *mapping = l->class_mapping >= 0 ? j->reg->instruments[l->class_mapping].code : NULL;

	r->tlp = l->tlp;
	r->pap = l->pap;
	r->onward = l->onward;
	if (r->class_level == l->class_level)
		return;
	r->class_level = l->class_level;
	r->class_label = (struct slice){ NULL, 0 };
	r->class_mapping = (struct slice){ mapping, mapping == NULL ? 0 : (uint32_t)strlen(mapping) };
}

static int
find_acts(const struct judge *j, struct judged *out, struct err *e)
{
	struct acts acts;
	int rc = acts_gather(j, &out->law, out->pos, &acts, e);

	if (rc != OK)
		return rc;
	show_markings(j, out);
	out->order = acts.order;
	out->caveats.flags |= acts.flags;
	out->caveats.restricted_purposes = acts.restricted_purposes;
	out->caveats.recalled = acts.recalled;
	if (acts.unreadable)
		out->caveats.integrity = INTEGRITY_UNKNOWN_VOCABULARY;
	return acts.order == ACTS_NO_ORDER ? OK : find_kept(j, acts.order, &out->caveats.kept, e);
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
	int rc;

	memset(out, 0, sizeof *out);
	out->order = ACTS_NO_ORDER;
	out->pos = p->pos;
	out->nonce = p->nonce;
	if ((rc = understand(j, p, a, out, e)) != OK || !out->parsed)
		return rc;
	out->caveats.integrity = INTEGRITY_VERIFIED;	/* nothing enters the store before it matched its entry */
	if ((rc = find_acts(j, out, e)) != OK)
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

/* The law asks when we had it: our receipt says so. Without one nothing proves it. */
static bool
asks_when_held(const struct why *why)
{
	for (uint32_t i = 0; i < why->count; i++)
		if (why->reasons[i].code == WHY_NOT_HELD)
			return true;
	return false;
}

static enum level
decide_held(const struct judge *j, struct judged *out, const struct viewer *v, struct caveats *c, int32_t as_of)
{
	struct mset own = { { 0 } };
	struct receipts r;

	mset_add(&own, j->own);
	if (receipts_find(j->reader, j->reg, out->pos, &own, RECEIPTS_ALL, &r, NULL) != OK || !mset_has(&r.by, j->own))
		return out->level;
	c->held_on = ms_to_days(r.at_ms[j->own], 0);
	return out->level = vis(&out->law, v, j->reg, c, as_of, &out->why);
}

enum level
judge_decide(const struct judge *j, struct judged *out, const struct viewer *v, int32_t as_of)
{
	struct caveats c = out->caveats;
	bool ours = v->member == j->own && out->law.origin != j->own;

	if (!out->parsed) {
		memset(&out->why, 0, sizeof out->why);
		out->why.as_of = as_of;
		return out->level = LEVEL_NONE;
	}
	c.kept = c.kept && v->member == j->own;
	if (ours) {
		c.held = true;		/* it is in our store: its originator released it to us */
		c.held_on = INT32_MAX;	/* when, is looked up where the law asks */
	}
	out->level = vis(&out->law, v, j->reg, &c, as_of, &out->why);
	return ours && asks_when_held(&out->why) ? decide_held(j, out, v, &c, as_of) : out->level;
}

struct viewer
judge_node(int member)
{
	return (struct viewer){ .member = member, .authority = LAW_NONE, .role = ROLE_NODE };
}

void
judge_label(char out[LABEL_LEN], const struct judge *j, int64_t pos)
{
	struct log_row log = { .epoch = 0 };
	struct err e = { 0 };

	if (store_log_get(j->reader, POS_LOG(pos), &log, &e) == OK && log.epoch == 1)
		snprintf(out, LABEL_LEN, "%s/%llu", log.member, (unsigned long long)POS_INDEX(pos));
	else if (e.code == 0 && log.epoch > 1)
		snprintf(out, LABEL_LEN, "%s/%u/%llu", log.member, (unsigned)log.epoch, (unsigned long long)POS_INDEX(pos));
	else
		snprintf(out, LABEL_LEN, "%u/%llu", POS_LOG(pos), (unsigned long long)POS_INDEX(pos));
}
