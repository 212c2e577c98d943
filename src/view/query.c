#include "view/query.h"

#include <string.h>

#include "base/text.h"

enum {					/* columns of T_VERSION */
	COL_ID = 1, COL_SEQ, COL_KIND, COL_MODE, COL_STATE, COL_FILED_MS, COL_CHANNEL
};

struct listing {
	const struct judge *j;
	const struct query *q;
	const struct viewer *v;
	int32_t as_of;
	int (*show)(void *ctx, struct judged *d);
	void *ctx;
	struct query_page *page;
	struct arena one;
	bool skip;			/* the row at q->after has not been passed yet */
	struct err *e;
};

enum level
query_decide(const struct judge *j, struct judged *d, const struct viewer *v, int32_t as_of)
{
	if (v->role != ROLE_AUDITOR || !d->parsed)
		return judge_decide(j, d, v, as_of);
	return d->level = vis_audit(&d->law, &d->caveats, false, as_of, &d->why);
}

/* ---- listing ---- */

static bool
is_text(const struct value *v, const char *z)
{
	return z == NULL || text_eq(v->bytes, v->len, z);
}

/* What the derived row alone can rule out. */
static bool
row_matches(const struct query *q, const struct row *row)
{
	return (q->kinds == 0 || (row->v[COL_KIND].num > 0 && row->v[COL_KIND].num < KIND_COUNT &&
	    (q->kinds & KIND_BIT(row->v[COL_KIND].num)))) && (q->mode == 0 || row->v[COL_MODE].num == q->mode - 1) &&
	    is_text(&row->v[COL_STATE], q->state) && is_text(&row->v[COL_CHANNEL], q->channel);
}

/* Some filters look at what only META shows: a record below that never matches them. */
static bool
may_match(const struct query *q, const struct judged *d)
{
	bool looks = q->kinds != 0 || q->mode != 0 || q->state != NULL || q->channel != NULL;

	return d->level >= (looks && q->least < LEVEL_META ? LEVEL_META : q->least > LEVEL_EXISTS ? q->least : LEVEL_EXISTS);
}

static int
list_row(struct listing *l, int64_t pos)
{
	struct judged d;
	int rc;

	arena_reset(&l->one);
	rc = judge_read(l->j, pos, &l->one, &d, l->e);
	if (rc == ERR_NOTFOUND || (rc == OK && !d.parsed))
		return OK;		/* erased since, or not understood */
	if (rc != OK)
		return rc;
	if ((d.superseded && !l->q->all_versions) || (l->q->from != 0 && d.law.origin != l->q->from - 1))
		return OK;
	query_decide(l->j, &d, l->v, l->as_of);
	if (!may_match(l->q, &d))
		return OK;
	if (l->q->limit != 0 && l->page->shown == l->q->limit)
		return 1;		/* there is one more: the page's next stands */
	l->page->shown++;
	l->page->next = pos;
	return l->show(l->ctx, &d);
}

static int
visit_time(void *ctx, const struct row *by_time)
{
	struct listing *l = ctx;
	int64_t filed_ms = by_time->v[0].num, pos = by_time->v[1].num;
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, row;
	int rc;

	if (l->skip && pos == l->q->after) {
		l->skip = false;
		return 0;
	}
	if (l->q->until_ms != 0 && filed_ms >= l->q->until_ms)
		return 0;
	if (filed_ms < l->q->since_ms)
		return 2;
	l->page->looked_at++;
	key.v[0] = val_int(pos);
	if ((rc = store_row_get(l->j->reader, &key, &row, l->e)) != OK)
		return rc == ERR_NOTFOUND ? 0 : rc;
	return row_matches(l->q, &row) ? list_row(l, pos) : 0;
}

/* Where the scan begins: at the newest, at the end of the time asked for, or where the page before ended. */
static int
scan_start(struct listing *l, struct row *from, int *given, struct err *e)
{
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, row;
	int rc;

	*from = (struct row){ .table = T_BY_TIME, .cols = store_table_def(T_BY_TIME)->cols };
	*given = 0;
	if (l->q->after != 0) {
		key.v[0] = val_int(l->q->after);
		if ((rc = store_row_get(l->j->reader, &key, &row, e)) != OK)
			return rc == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND,
			    "cursor: the record it stands at is not held any more; list from "
			    "the beginning") : rc;
		from->v[0] = val_int(row.v[COL_FILED_MS].num);
		from->v[1] = val_int(l->q->after);
		*given = 2;
		l->skip = true;
	} else if (l->q->until_ms != 0) {
		from->v[0] = val_int(l->q->until_ms - 1);
		from->v[1] = val_int(INT64_MAX);
		*given = 2;
	}
	return OK;
}

int
query_list(const struct judge *j, const struct query *q, const struct viewer *v, int32_t as_of,
    int (*show)(void *ctx, struct judged *d), void *ctx, struct query_page *page, struct err *e)
{
	struct listing l = { .j = j, .q = q, .v = v, .as_of = as_of, .show = show, .ctx = ctx, .page = page, .e = e };
	struct row from;
	int rc, given;

	memset(page, 0, sizeof *page);
	if ((rc = scan_start(&l, &from, &given, e)) != OK)
		return rc;
	rc = store_row_scan(j->reader, &from, 0, given, true, visit_time, &l, e);
	arena_free(&l.one);
	if (rc == 1)			/* the page is full and there is more */
		return OK;
	page->next = 0;
	return rc == 2 ? OK : rc;
}

/* ---- finding ---- */

#define CLAIMS_MAX 4			/* logs that claim one id, named in the complaint */
#define CLAIM_ROWS 4096			/* rows of one id that are looked at: others may file any number */

/* Anybody can write any id into its own log; whose record it is, the log says. */
struct wanted {
	uint32_t version, own_log, rows;
	int64_t claim[CLAIMS_MAX];	/* the entry looked for, by log; the own log's first */
	int claims;
};

static int
take_claim(void *ctx, const struct row *row)
{
	struct wanted *w = ctx;
	int64_t pos = row->v[2].num;

	if (++w->rows > CLAIM_ROWS)
		return 1;
	if (w->version != 0 && row->v[1].num != w->version)
		return 0;
	for (int i = 0; i < w->claims; i++)
		if (LOG_MEMBER(POS_LOG(w->claim[i])) == LOG_MEMBER(POS_LOG(pos)))
			return 0;	/* an older version in the same log */
	if (LOG_MEMBER(POS_LOG(pos)) == LOG_MEMBER(w->own_log)) {
		w->claim[0] = pos;
		w->claims = 1;
		return 1;		/* ours is ours, whoever else uses its id */
	}
	if (w->claims < CLAIMS_MAX)
		w->claim[w->claims++] = pos;
	return 0;
}

static int
find_id(const struct judge *j, const struct ref *ref, int64_t *pos, struct err *e)
{
	struct row from = { .table = T_BY_ID, .cols = store_table_def(T_BY_ID)->cols };
	struct wanted w = { .version = ref->version, .own_log = (uint32_t)(j->own + 1) };
	char id[2 * RECORD_ID_BYTES + 1], one[LABEL_LEN], two[LABEL_LEN];
	int rc;

	from.v[0] = val_blob(ref->id, RECORD_ID_BYTES);
	if ((rc = store_row_scan(j->reader, &from, 1, 1, true, take_claim, &w, e)) < 0)
		return rc;
	hex_encode(id, ref->id, sizeof ref->id);
	if (w.claims == 0)
		return ref->version == 0 ? err_set(e, ERR_NOTFOUND, "no record %s is held here", id) :
		    err_set(e, ERR_NOTFOUND, "no version %u of record %s is held here", (unsigned)ref->version, id);
	if (w.claims > 1) {
		judge_label(one, j, w.claim[0]);
		judge_label(two, j, w.claim[1]);
		return err_set(e, ERR_CONFLICT, "more than one member filed under id %s: %s, %s; name the entry by "
		    "its label", id, one, two);
	}
	*pos = w.claim[0];
	return OK;
}

static int
find_label(const struct judge *j, const char *name, size_t len, size_t slash, int64_t *pos, struct err *e)
{
	char code[CODE_MAX + 1];
	const char *rest = name + slash + 1, *second = memchr(rest, '/', len - slash - 1);
	size_t rest_len = len - slash - 1;
	struct log_row log;
	uint64_t index, epoch = 1;
	bool ok = slash <= CODE_MAX;
	int rc;

	if (second != NULL) {		/* kz/2/17: entry 17 of the second epoch */
		ok = ok && dec_u64(rest, (size_t)(second - rest), 10000, &epoch) && epoch > 1;
		rest_len -= (size_t)(second - rest) + 1;
		rest = second + 1;
	}
	if (!ok || !dec_u64(rest, rest_len, POS_INDEX(-1), &index))
		return err_set(e, ERR_INPUT, "\"%.*s\" is no label; write it as kz/17", len > 80 ? 80 : (int)len, name);
	memcpy(code, name, slash);
	code[slash] = 0;
	if ((rc = store_log_find(j->reader, j->reg->mechanism, code, (uint32_t)epoch, &log, e)) != OK)
		return rc == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, "%.*s: there is no member \"%s\"", len > 80 ? 80 : (int)len,
		    name, code) :
		    rc;
	if (index >= log.size)
		return err_set(e, ERR_NOTFOUND, "%s/%llu: the log of %s has %llu entries here", code, (unsigned long long)index,
		    code, (unsigned long long)log.size);
	*pos = POS(log.no, index);
	return OK;
}

int
query_find(const struct judge *j, const char *name, size_t len, uint32_t version, int64_t *pos, struct err *e)
{
	const char *slash = memchr(name, '/', len);
	struct ref ref;

	if (slash != NULL) {
		if (version != 0)
			return err_set(e, ERR_INPUT, "a label names one version already; give the id to choose another");
		return find_label(j, name, len, (size_t)(slash - name), pos, e);
	}
	if (!ref_parse(name, len, &ref))
		return err_set(e, ERR_INPUT, "\"%.*s\" is neither an id of 32 hex digits nor a label such as kz/17", len > 80 ?
		    80 : (int)len, name);
	if (version != 0)
		ref.version = version;
	return find_id(j, &ref, pos, e);
}
