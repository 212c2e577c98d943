/*
 * What officers file: incidents and notices to the parties, to all parties but one, to some; later versions; acts on records.
 * Who may have a record is written into the ledger from how it was addressed, not by asking the code that is under test.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/entry.h"
#include "record/compose.h"
#include "sim/world.h"
#include "view/acts.h"

#define ALL_PARTIES ((1u << PARTIES) - 1)
#define FILLER_MAX 3000
#define BATCH_MAX 3
#define PURPOSE_GOVERNANCE 13

static const struct draft_basis on_treaty = { .instrument = "treaty", .article = "7" };

struct address {			/* an audience, and the lists that a draft borrows */
	const char *members[MEMBERS], *exclude[1], *delivery[MEMBERS];
};

static struct filed *
new_line(struct world *w, struct host *h, enum deed deed)
{
	struct filed *f;

	if (w->filed == w->ledger_cap) {
		w->ledger_cap = w->ledger_cap == 0 ? 64 : w->ledger_cap * 2;
		w->ledger = realloc(w->ledger, w->ledger_cap * sizeof *w->ledger);
		assert(w->ledger != NULL);
	}
	f = &w->ledger[w->filed++];
	*f = (struct filed){ .deed = deed, .member = h->member, .host = h->number, .seq = 1, .target = -1 };
	return f;
}

/* ---- whom it is for ---- */

static void
deliver_to(struct draft *d, struct address *to, uint32_t set)
{
	size_t n = 0;

	for (int m = 0; m < MEMBERS; m++)
		if (set >> m & 1)
			to->delivery[n++] = member_codes[m];
	d->delivery = (struct draft_list){ to->delivery, n };
}

/* To exactly the members in ${set}, the originator's among them: by one of the ways in which it can be said. */
static void
address_to(struct draft *d, struct address *to, uint32_t set, int own)
{
	uint32_t missing = ALL_PARTIES & ~set;
	size_t n = 0;

	deliver_to(d, to, set);
	if ((missing & (missing - 1)) == 0) {		/* none or one of the parties is left out */
		d->base = AUD_PARTIES;
		d->base_arg = "treaty";
		if (missing != 0) {
			to->exclude[0] = member_codes[__builtin_ctz(missing)];
			d->exclude = (struct draft_list){ to->exclude, 1 };
		}
		return;
	}
	d->base = AUD_LIST;
	for (int m = 0; m < MEMBERS; m++)
		if (m != own && (set >> m & 1))
			to->members[n++] = member_codes[m];
	d->members = (struct draft_list){ to->members, n };
}

static uint32_t
some_members(struct world *w, int own)
{
	uint32_t all = ALL_PARTIES, one;

	switch (dice_below(&w->traffic_dice, 3)) {
	case 0:
		return all;
	case 1:
		one = 1u << dice_below(&w->traffic_dice, PARTIES);
		return one == 1u << own ? all : all & ~one;
	default:
		do
			one = (uint32_t)dice_below(&w->traffic_dice, all + 1) | 1u << own;
		while (one == 1u << own);
		return one;
	}
}

/* ---- texts ---- */

static void
start_draft(struct host *h, struct draft *d, enum kind kind)
{
	int64_t now = h->clock.now_ms(h->clock.ctx);

	compose_start(d, kind);
	record_new_id(d->id, now, &h->rng);
	d->mechanism = "tashkent-2000";
	d->member = member_codes[h->member];
	d->authority = member_authorities[h->member];
	d->officer = "o-17";
	d->filed_at = (struct inst){ now, 0 };
	d->basis = &on_treaty;
	d->basis_count = 1;
	d->tlp = d->pap = TLP_AMBER;
	d->onward = ONWARD_ASK;
}

/* A sentence with the mark of ledger line ${line}, and as many words as chance wants. */
static void
put_words(struct world *w, struct buf *b, size_t line)
{
	static const char *const words[] = { "patrol", "crossing", "river", "lorry", "night", "village", "pass", "north" };

	buf_fmt(b, "%s%0*zu", MARK, MARK_DIGITS, line);
	for (int64_t n = dice_between(&w->traffic_dice, 3, FILLER_MAX) / (dice_below(&w->traffic_dice, 8) == 0 ? 10 :
	    200); n > 0; n--)
		buf_fmt(b, " %s", words[dice_below(&w->traffic_dice, sizeof words / sizeof words[0])]);
}

static void
body_of(struct world *w, struct buf *b, enum kind kind, size_t line)
{
	if (kind == KIND_INCIDENT) {
		buf_str(b, "{\"class\":\"GOODS\",\"stage\":\"OCCURRED\","
		    "\"when\":{\"aware_at\":\"2019-12-31T10:00:00Z\",\"precision\":\"DAY\"},"
		    "\"response\":[{\"lang\":\"en\",\"text\":\"");
		put_words(w, b, line);
		buf_str(b, "\"}]}");
	} else {
		buf_fmt(b, "{\"type\":\"ASSET\",\"subject\":{\"asset\":{\"name\":\"Account\","
		    "\"value\":{\"minor\":%zu,\"currency\":\"USD\"}}},"
		    "\"facts\":[{\"lang\":\"en\",\"text\":\"", line + 1);
		put_words(w, b, line);
		buf_str(b, "\"}],\"action\":\"INFORM\",\"urgency\":\"NORMAL\"}");
	}
}

static void
compose_must(const struct draft *d, const struct buf *body, struct buf *text)
{
	struct err e = { 0 };

	if (compose_record(d, body->data, body->len, text, &e) == OK)
		return;
	fprintf(stderr, "the simulation composes a bad record: %s\n", e.text);
	abort();
}

static void
new_record(struct world *w, struct host *h, struct buf *text)
{
	struct filed *f = new_line(w, h, DEED_RECORD);
	enum kind kind = dice_below(&w->traffic_dice, 3) == 0 ? KIND_NOTICE : KIND_INCIDENT;
	struct address to;
	struct draft d;
	struct buf body = { 0 };

	start_draft(h, &d, kind);
	d.channel = kind == KIND_NOTICE ? "notices" : "incidents";
	d.state = kind == KIND_NOTICE ? "ACTIVE" : "OPEN";
	d.purposes = PURPOSE_BIT(1);
	d.seq = 1;
	f->allowed = some_members(w, h->member);
	memcpy(f->id, d.id, ID_LEN);
	address_to(&d, &to, f->allowed, h->member);
	body_of(w, &body, kind, w->filed - 1);
	compose_must(&d, &body, text);
	buf_free(&body);
}

/* ---- later versions, and acts ---- */

/* A record of this host's on which no act was filed: its newest version; -1: there is none. */
static int
some_record(struct world *w, const struct host *h)
{
	size_t start = (size_t)dice_below(&w->traffic_dice, w->filed);

	for (size_t k = 0; k < w->filed; k++) {
		size_t i = (start + k) % w->filed;
		const struct filed *f = &w->ledger[i];
		bool newest = true;

		if (f->deed > DEED_VERSION || !f->acked || f->acted || f->host != h->number)
			continue;
		for (size_t m = i + 1; m < w->filed; m++)
			if (memcmp(w->ledger[m].id, f->id, ID_LEN) == 0)
				newest = false;
		if (newest)
			return (int)i;
	}
	return -1;
}

/* False if the record cannot be read any more. */
static bool
new_version(struct world *w, struct host *h, int of, struct buf *text)
{
	struct filed old = w->ledger[of], *f;
	struct arena a = { 0 };
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);
	struct judge j;
	struct judged t;
	struct digest c;
	struct draft d;
	struct buf body = { 0 };
	bool good = false;

	if (r == NULL)
		return false;
	j = node_judge(h->node, r);
	if (judge_read(&j, POS(node_own_log(h->node), old.index), &a, &t, &e) == OK && t.parsed &&
	    memcmp(t.rec.id, old.id, ID_LEN) == 0) {	/* a machine that was set back may have another record there */
		entry_commit(&c, t.nonce, t.rec.bytes, t.rec.size);
		good = compose_next(&a, &t.rec, c.b, &d, &e) == OK;
	}
	if (good) {
		f = new_line(w, h, DEED_VERSION);
		memcpy(f->id, old.id, ID_LEN);
		f->seq = old.seq + 1;
		f->allowed = old.allowed;
		d.filed_at = (struct inst){ h->clock.now_ms(h->clock.ctx), 0 };
		body_of(w, &body, t.rec.kind, w->filed - 1);
		compose_must(&d, &body, text);
		buf_free(&body);
	}
	node_reader_done(h->node, r);
	arena_free(&a);
	return good;
}

static void
new_act(struct world *w, struct host *h, int target, enum deed deed, struct buf *text)
{
	static const char *const types[] = { "", "", "DELETE_ORDER", "WITHDRAW", "BLOCK", "UNBLOCK", "CONTEST_FLAG" };
	struct filed *f = new_line(w, h, deed), *t = &w->ledger[target];
	bool reason = deed != DEED_WITHDRAW && deed != DEED_UNBLOCK;
	char id[2 * ID_LEN + 1];
	struct address to;
	struct draft d;
	struct buf body = { 0 };

	start_draft(h, &d, KIND_CONTROL);
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
	d.seq = 1;
	f->allowed = t->allowed;
	f->target = target;
	memcpy(f->id, d.id, ID_LEN);
	address_to(&d, &to, f->allowed, h->member);
	hex_encode(id, t->id, ID_LEN);
	buf_fmt(&body, "{\"type\":\"%s\",\"target\":\"%s\"%s", types[deed], id,
	    reason ? ",\"reason\":\"OTHER\",\"reason_text\":[{\"lang\":\"en\",\"text\":\"" : "");
	if (reason) {
		put_words(w, &body, w->filed - 1);
		buf_str(&body, "\"}]");
	}
	buf_byte(&body, '}');
	compose_must(&d, &body, text);
	buf_free(&body);
	if (deed == DEED_CONTEST)
		return;			/* hinders nothing */
	for (size_t i = 0; i < w->filed; i++)	/* of every version: also if we never learn whether it was filed */
		if (memcmp(w->ledger[i].id, t->id, ID_LEN) == 0)
			w->ledger[i].acted = true;
}

/* An order of another member's that has come to ${h} and is not answered from here: its ledger line; -1: there is none. */
static int
some_order(struct world *w, struct host *h)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);
	struct answers a;
	struct payload p;
	int found = -1;

	for (size_t i = w->filed; r != NULL && i-- > 0 && found < 0; ) {
		const struct filed *f = &w->ledger[i];

		if (f->deed == DEED_DELETE && f->acked && f->member != h->member && (f->allowed >> h->member & 1) != 0 &&
		    store_payload_get(r, POS(LOG_NO(f->member, 1), f->index), &p, &e) == OK &&
		    acts_answers(r, f->id, member_codes[h->member], &a, &e) == OK && a.done == ACTS_NO_ORDER &&
		    a.keep == ACTS_NO_ORDER)
			found = (int)i;
	}
	if (r != NULL)
		node_reader_done(h->node, r);
	return found;
}

/* A recipient's officer has information of its own that rests on the record, and keeps it. */
static void
keep_with_reason(struct world *w, struct host *h, int order, struct buf *text)
{
	struct filed *f = new_line(w, h, DEED_KEEP), *o = &w->ledger[order];
	char id[2 * ID_LEN + 1];
	struct address to;
	struct draft d;
	struct buf body = { 0 };

	start_draft(h, &d, KIND_CONTROL);
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
	d.seq = 1;
	f->allowed = 1u << h->member | 1u << o->member;
	f->target = order;
	memcpy(f->id, d.id, ID_LEN);
	deliver_to(&d, &to, f->allowed);
	d.base = AUD_LIST;
	to.members[0] = member_codes[o->member];
	d.members = (struct draft_list){ to.members, 1 };
	hex_encode(id, o->id, ID_LEN);
	buf_fmt(&body, "{\"type\":\"KEEP_WITH_REASON\",\"target\":\"%s\",\"reason\":\"OWN_INFORMATION\","
	    "\"reason_text\":[{\"lang\":\"en\",\"text\":\"", id);
	put_words(w, &body, w->filed - 1);
	buf_str(&body, "\"}]}");
	compose_must(&d, &body, text);
	buf_free(&body);
}

/* ---- filing ---- */

/* A node that was just started asks its peers before it signs; whether it may refuse is check_guard.c's question. */
static bool
may_sign(struct host *h)
{
	struct guard_status s;

	node_guard(h->node, &s);
	return s.state == GUARD_OPEN;
}

static void
file_texts(struct world *w, struct host *h, const struct buf *texts, size_t count)
{
	struct entry_job jobs[BATCH_MAX] = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < count; i++) {
		jobs[i].bytes = texts[i].data;
		jobs[i].len = texts[i].len;
		hash_once(&w->ledger[w->filed - count + i].text, texts[i].data, texts[i].len);
	}
	(void)node_file(h->node, jobs, count, &e);	/* each job has its own result */
	for (size_t i = 0; i < count; i++) {
		struct filed *f = &w->ledger[w->filed - count + i];

		note(w, "%d %s files %s%0*zu: %s", h->number, member_codes[h->member], MARK, MARK_DIGITS, w->filed - count + i,
		    jobs[i].rc == OK ? "done" : jobs[i].err.text);
		w->out.filed++;
		if (jobs[i].rc == OK) {
			f->acked = true;
			f->index = jobs[i].index;
			w->out.acked++;
		} else if (jobs[i].rc != ERR_IO && jobs[i].rc != ERR_FULL && jobs[i].rc != ERR_BUSY && may_sign(h)) {
			violated(w, "traffic", "a good record is refused: %s", jobs[i].err.text);
		}
		if (f->acked && f->deed == DEED_DELETE)
			for (size_t k = 0; k < w->filed; k++)
				if (memcmp(w->ledger[k].id, w->ledger[f->target].id, ID_LEN) == 0)
					w->ledger[k].delete_acked = true;
	}
}

void
traffic_file(struct world *w, struct host *h)
{
	struct buf texts[BATCH_MAX] = { { 0 } };
	uint64_t what = dice_below(&w->traffic_dice, 100);
	int target = what < 40 ? some_record(w, h) : -1, order = what >= 80 ? some_order(w, h) : -1;
	size_t count = 1;

	if (order >= 0)
		keep_with_reason(w, h, order, &texts[0]);
	else if (target < 0)
		for (count = 0; count == 0 || (count < BATCH_MAX && dice_below(&w->traffic_dice, 4) == 0); count++)
			new_record(w, h, &texts[count]);
	else if (what < 16)
		count = new_version(w, h, target, &texts[0]) ? 1 : 0;
	else if (what < 26)
		new_act(w, h, target, DEED_DELETE, &texts[0]);
	else if (what < 31)
		new_act(w, h, target, DEED_WITHDRAW, &texts[0]);
	else if (what < 36)
		new_act(w, h, target, DEED_BLOCK, &texts[0]);
	else
		new_act(w, h, target, DEED_CONTEST, &texts[0]);
	file_texts(w, h, texts, count);
	for (size_t i = 0; i < BATCH_MAX; i++)
		buf_free(&texts[i]);
}
