/*
 * A store with records of the law tests' world (law/world.h: members A to F, instrument i1 binds A, B, C) in it,
 and a judge over it. Records
 * are composed, put at the end of a member's log and folded, as a node does.
 */
#ifndef TESTS_VIEW_FILED_H
#define TESTS_VIEW_FILED_H

#include "base/text.h"
#include "fold/fold.h"
#include "law/world.h"
#include "log/entry.h"
#include "record/compose.h"
#include "view/judge.h"

static const char incident_body[] =
	"{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":\"2024-10-04T10:00:00Z\",\"precision\":\"DAY\"},"
	"\"response\":[{\"lang\":\"en\",\"text\":\"Patrol sent.\"}]}";

struct filed {
	struct store *s;
	struct judge j;
	struct log_row log[6];
	uint32_t ids;
};

static const char *const all_codes[] = { "a", "b", "c", "d", "e", "f" };
static const char *const police_codes[] = { "a-police", "b-police", "c-police", "d-police", "e-desk", "f-police" };
static const struct draft_basis on_i1 = { .instrument = "i1", .article = "4" };

__attribute__((unused)) static void
filed_start(struct filed *w, int own)
{
	struct err e = { 0 };

	memset(w, 0, sizeof *w);
	must(store_open_mem(&w->s, &e), &e);
	must(store_begin(w->s, &e), &e);
	for (int m = A; m <= F; m++) {
		w->log[m] = (struct log_row){ .no = (uint32_t)m + 1, .epoch = 1, .own = m == own };
		snprintf(w->log[m].mechanism, sizeof w->log[m].mechanism, "test");
		snprintf(w->log[m].member, sizeof w->log[m].member, "%s", all_codes[m]);
		snprintf(w->log[m].origin, sizeof w->log[m].origin, "test.diwan/%s/1", all_codes[m]);
		must(store_log_put(w->s, &w->log[m], &e), &e);
	}
	must(store_commit(w->s, &e), &e);
	w->j = (struct judge){ .reg = reg, .own = own };
	must(store_reader_open(w->s, &w->j.reader, &e), &e);
}

__attribute__((unused)) static void
filed_end(struct filed *w)
{
	store_reader_close(w->j.reader);
	store_close(w->s);
}

/* Text at the end of ${member}'s log: folded, or in quarantine when it is no record. */
__attribute__((unused)) static int64_t
put_text(struct filed *w, int member, const void *text, size_t len)
{
	struct log_row *log = &w->log[member];
	int64_t pos = POS(log->no, log->size);
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 }, why = { 0 };
	uint8_t nonce[ENTRY_NONCE_BYTES];

	memset(nonce, (int)(log->size + 1), sizeof nonce);
	must(store_begin(w->s, &e), &e);
	log->size++;
	log->payloads_next = log->size;
	log->root[0]++;			/* no tree is kept here; only that it changed */
	must(store_log_put(w->s, log, &e), &e);
	must(store_payload_put(w->s, pos, nonce, text, len, &e), &e);
	if (record_parse(&a, text, len, &r, &why) == OK)
		must(fold_record(w->s, &r, pos, &e), &e);
	else
		must(fold_quarantine(w->s, pos, &why, &e), &e);
	must(store_commit(w->s, &e), &e);
	arena_free(&a);
	return pos;
}

/* ${member}'s draft of ${kind} to the parties of i1, on day SENT. */
__attribute__((unused)) static struct draft
drafted(struct filed *w, int member, enum kind kind)
{
	struct draft d;

	compose_start(&d, kind);
	d.id[0] = 1;
	d.id[RECORD_ID_BYTES - 1] = (uint8_t)++w->ids;
	d.id[RECORD_ID_BYTES - 2] = (uint8_t)(w->ids >> 8);
	d.seq = 1;
	d.mechanism = "test";
	d.member = all_codes[member];
	d.authority = police_codes[member];
	d.officer = "p1";
	d.filed_at = (struct inst){ SENT * DAY_MS, 0 };
	d.state = kind == KIND_CONTROL ? "FILED" : "OPEN";
	d.basis = &on_i1;
	d.basis_count = 1;
	d.purposes = PURPOSE_BIT(1);
	d.base = AUD_PARTIES;
	d.base_arg = "i1";
	d.delivery = (struct draft_list){ all_codes, 3 };
	d.onward = ONWARD_AUDIENCE;
	d.tlp = d.pap = TLP_GREEN;
	return d;
}

/* File ${d}; the record must be well formed. */
__attribute__((unused)) static int64_t
put_draft(struct filed *w, int member, const struct draft *d, const char *body)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	int64_t pos;

	must(compose_record(d, body, strlen(body), &text, &e), &e);
	pos = put_text(w, member, text.data, text.len);
	buf_free(&text);
	return pos;
}

__attribute__((unused)) static int64_t
put_incident(struct filed *w, int member)
{
	struct draft d = drafted(w, member, KIND_INCIDENT);

	return put_draft(w, member, &d, incident_body);
}

/* ${member}'s act ${type} on the record at ${pos}; ${more}: further members of the body, such as ",\"reason\":\"OTHER\"". */
__attribute__((unused)) static int64_t
put_act(struct filed *w, int member, const char *type, int64_t pos, const char *more)
{
	struct draft d = drafted(w, member, KIND_CONTROL);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	char body[400], id[2 * RECORD_ID_BYTES + 1];

	must(judge_read(&w->j, pos, &a, &t, &e), &e);
	hex_encode(id, t.rec.id, RECORD_ID_BYTES);
	snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"%s\"%s}", type, id, more);
	d.purposes = PURPOSE_BIT(13);
	arena_free(&a);
	return put_draft(w, member, &d, body);
}

/* The draft of the next version of the record at ${pos}, in ${a}. */
__attribute__((unused)) static struct draft
next_version(struct filed *w, int64_t pos, struct arena *a)
{
	struct judged t;
	struct digest c;
	struct draft d;
	struct err e = { 0 };

	must(judge_read(&w->j, pos, a, &t, &e), &e);
	entry_commit(&c, t.nonce, t.rec.bytes, t.rec.size);
	must(compose_next(a, &t.rec, c.b, &d, &e), &e);
	d.filed_at = (struct inst){ (SENT + 1) * DAY_MS, 0 };
	return d;
}

/* The level that ${v} gets of the record at ${pos} on ${day}. */
__attribute__((unused)) static enum level
level_of(const struct judge *j, int64_t pos, const struct viewer *v, int32_t day)
{
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	enum level l;

	must(judge_read(j, pos, &a, &t, &e), &e);
	l = judge_decide(j, &t, v, day);
	arena_free(&a);
	return l;
}

#endif
