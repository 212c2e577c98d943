/* What must hold of orders, cosignatures, proofs and nodes that may not sign. */
#include <stdio.h>
#include <string.h>

#include "play/block.h"
#include "play/expect.h"

/* ---- settled ---- */

int
expect_settled(struct looking *l, const struct named *n, struct err *e)
{
	struct self_view self = { .size = 0 };
	int rc = look_status(l->st->cast, n->at.of, n->at.of, &self, NULL, e);
	bool settled = self.settled > n->at.index;

	if (rc == OK)
		expect_note(l, settled == (l->step->expect.settled == 1), "settled: %llu of %llu entries",
		    (unsigned long long)self.settled, (unsigned long long)self.size);
	return rc;
}

/* Of the log of ${of}, as ${who} knows it. */
static int
look_settled(struct looking *l, unsigned who, unsigned of, struct err *e)
{
	struct cast *c = l->st->cast;
	struct self_view self = { .size = 0 };
	struct peer_view view = { .settled = 0 };
	uint64_t settled;
	int rc = look_status(c, of, of, &self, NULL, e);

	if (rc == OK && who != of)
		rc = look_status(c, who, of, NULL, &view, e);
	settled = who == of ? self.settled : view.settled;
	if (rc == OK && settled != self.size)
		expect_note(l, false, "%s knows %llu of %llu entries of %s to be settled", c->actor[who].code,
		    (unsigned long long)settled, (unsigned long long)self.size, c->actor[of].code);
	return rc;
}

static int
look_all_settled(struct looking *l, struct err *e)
{
	struct cast *c = l->st->cast;
	unsigned logs = 0;
	int rc = OK;

	for (unsigned of = 0; of < c->count; of++)
		for (unsigned who = 0; who < c->count && rc == OK; who++)
			if (c->actor[who].up && c->actor[of].up && cast_member(c, who) == who && cast_member(c, of) == of) {
				rc = look_settled(l, who, of, e);
				logs++;
			}
	if (rc == OK && l->holds)
		expect_note(l, logs > 0, "%u copies of logs settled to their end", logs);
	return rc;
}

/* ---- orders ---- */

struct book {				/* lines of a ledger against a block */
	struct looking *l;
	unsigned lines;
};

static bool
named_in(const struct yaml *params, const char *key, const char *code)
{
	for (const struct yaml *c = block_first(params, key); c != NULL; c = block_next(c))
		if (strcmp(c->str, code) == 0)
			return true;
	return false;
}

/* Each list of the block is exact: who stands in it is in that state, and nobody else is. */
static int
compare_line(void *ctx, const struct json *line)
{
	struct book *b = ctx;
	const struct json *m = json_get(line, "member"), *state = json_get(line, "state");
	const struct yaml *params = b->l->step->params;
	size_t count;
	const struct block_row *row = block_rows(DO_LEDGER, &count);
	bool is_late = json_get(line, "late") != NULL && json_get(line, "late")->type == JSON_TRUE;
	char code[33];

	snprintf(code, sizeof code, "%.*s", m != NULL && m->type == JSON_STRING ? (int)m->len : 0, m == NULL ? "" : m->str);
	b->lines++;
	for (size_t i = 0; i < count; i++) {
		bool late = strcmp(row[i].key, "late") == 0;
		bool is = late ? is_late : json_is(state, row[i].key);

		if (yaml_get(params, row[i].key) != NULL && is != named_in(params, row[i].key, code))
			expect_note(b->l, false, "%s: %.*s%s", code, state == NULL ? 0 : (int)state->len,
			    state == NULL ? "" : state->str, late && is ? ", late" : "");
		else if (is)
			expect_note(b->l, true, "%s: %s", code, row[i].key);
	}
	return OK;
}

static int
look_book(struct looking *l, struct err *e)
{
	struct book b = { .l = l };
	const struct named *n;
	int rc = expect_named(l, &n, e);

	if (rc == OK && n->act[0] == '\0')
		return err_set(e, ERR_INPUT, "%s:%u: there is no act on \"%s\" yet", l->st->s->file, l->step->line, l->step->name);
	if (rc == OK && (rc = look_ledger(l->st->cast, n->act_by, n->act, compare_line, &b, e)) == OK && b.lines == 0)
		expect_note(l, false, "the ledger has no line about it");
	return rc;
}

static int
look_words(struct looking *l, const char *key, bool want, struct err *e)
{
	unsigned who = 0;
	int rc = OK;

	for (const struct yaml *c = block_first(l->step->params, key); c != NULL && rc == OK; c = block_next(c)) {
		char where[300] = "";
		bool found = false;

		if ((rc = stage_member(l->st, l->step, c->str, &who, e)) == OK &&
		    (rc = look_word(l->st->cast, who, l->step->name, &found, where, e)) == OK)
			expect_note(l, found == want, "%s: %s%s", c->str, found ? "stands in " : "nowhere", where);
	}
	return rc;
}

/* ---- nodes ---- */

static int
look_guard(struct looking *l, bool open, struct err *e)
{
	struct self_view self = { .size = 0 };
	unsigned who = 0;
	int rc = stage_member(l->st, l->step, l->step->member, &who, e);

	if (rc != OK || (rc = look_status(l->st->cast, who, who, &self, NULL, e)) != OK)
		return rc;
	if (strcmp(self.guard, "open") == 0)
		expect_note(l, open, "it may sign");
	else
		expect_note(l, !open && strstr(self.why, l->step->because) != NULL, "%s: %s", self.guard, self.why);
	return OK;
}

/* It holds the proof, and takes nothing more of that log. */
static int
look_conviction(struct looking *l, unsigned who, unsigned of, struct err *e)
{
	struct cast *c = l->st->cast;
	struct self_view self = { .size = 0 };
	struct peer_view view = { .size = 0 };
	bool own = strcmp(c->actor[who].member, c->actor[of].member) == 0, frozen;
	unsigned proofs = 0;
	char words[700];
	int rc = look_fork(c, who, (int)of, &proofs, words, e);

	if (rc == OK)
		rc = look_status(c, who, of, &self, own ? NULL : &view, e);
	if (rc != OK)
		return rc;
	frozen = strcmp(own ? self.guard : view.state, "frozen") == 0;
	if (proofs == 0)
		expect_note(l, false, "%s holds no proof", c->actor[who].code);
	else if (strstr(words, l->step->because) == NULL)
		expect_note(l, false, "%s explains: %.300s", c->actor[who].code, words);
	else
		expect_note(l, frozen, "%s has the proof%s", c->actor[who].code,
		    frozen ? " and has frozen the log" : " and goes on");
	return OK;
}

static int
look_convicted(struct looking *l, struct err *e)
{
	unsigned of = 0, who = 0;
	int rc = stage_member(l->st, l->step, l->step->member, &of, e);

	for (const struct yaml *c = block_first(l->step->params, "by"); c != NULL && rc == OK; c = block_next(c))
		if ((rc = stage_member(l->st, l->step, c->str, &who, e)) == OK)
			rc = look_conviction(l, who, of, e);
	return rc;
}

static int
look_no_fork(struct looking *l, struct err *e)
{
	struct cast *c = l->st->cast;
	unsigned proofs = 0;
	char words[700];
	int rc = OK;

	for (unsigned i = 0; i < c->count && rc == OK; i++)
		if (c->actor[i].up && (rc = look_fork(c, i, -1, &proofs, words, e)) == OK)
			expect_note(l, proofs == 0, "%s: %s", c->actor[i].code, proofs == 0 ? "no proof" : words);
	return rc;
}

/* The log's own view of its witness. */
static int
look_refusal(struct looking *l, struct err *e)
{
	struct peer_view view = { .size = 0 };
	struct self_view self = { .size = 0 };
	unsigned who = 0, of = 0;
	int rc = stage_member(l->st, l->step, l->step->member, &who, e);

	if (rc == OK && (rc = stage_member(l->st, l->step, l->step->other, &of, e)) == OK &&
	    (rc = look_status(l->st->cast, of, who, &self, &view, e)) == OK)
		expect_note(l, view.cosigned < self.size && view.cosign_trouble[0] != '\0' &&
		    strstr(view.cosign_trouble, l->step->because) != NULL,
		    "cosigned %llu of %llu: %s", (unsigned long long)view.cosigned,
		    (unsigned long long)self.size, view.cosign_trouble[0] ? view.cosign_trouble : "no refusal");
	return rc;
}

int
expect_trust(struct looking *l, struct err *e)
{
	int rc;

	switch (l->step->what) {
	case DO_LOGS_SETTLED: return look_all_settled(l, e);
	case DO_LEDGER: return look_book(l, e);
	case DO_WORD:
		rc = look_words(l, "kept by", true, e);
		return rc == OK ? look_words(l, "gone from", false, e) : rc;
	case DO_READ_ONLY: return look_guard(l, false, e);
	case DO_MAY_FILE: return look_guard(l, true, e);
	case DO_CONVICTED: return look_convicted(l, e);
	case DO_NO_FORK: return look_no_fork(l, e);
	default: return look_refusal(l, e);
	}
}
