/* Reasons as sentences: what gate, what rule, what would help. Kept apart from the gates, which only note facts. */
#include <string.h>

#include "law/phrases.h"

struct say {
	struct buf *out;
	const struct law_record *r;
	const struct viewer *v;
	const struct registry *reg;
	const struct why *why;
	enum reader reader;
};

/* What a refusal for protection is called outside. */
static const struct phrase masked = { "r4", "refused on grounds of security or sovereignty (R4)", NULL };

int
reason_gate(const struct reason *x, enum reader reader)
{
	return x->code == WHY_PROTECTION && reader == READER_VIEWER ? 0 : x->gate;
}

static const struct phrase *
phrase(const struct say *s, const struct reason *x)
{
	if (x->code == WHY_PROTECTION && s->reader == READER_VIEWER)
		return &masked;
	return &law_phrases[x->code < WHY_COUNT ? x->code : WHY_NONE];
}

static const char *
member_code(const struct say *s, int m)
{
	return m >= 0 && (uint32_t)m < s->reg->members_count ? s->reg->members[m].code : "nobody";
}

static const char *
instrument_code(const struct say *s, int i)
{
	return i >= 0 && (uint32_t)i < s->reg->instruments_count ? s->reg->instruments[i].code : "?";
}

static void
viewer(const struct say *s)
{
	const char *code = member_code(s, s->v->member);
	bool known = s->v->authority >= 0 && (uint32_t)s->v->authority < s->reg->authorities_count;

	if (s->v->role == ROLE_PUBLIC)
		buf_str(s->out, "the public");
	else if (s->v->role == ROLE_NODE)
		buf_str(s->out, code);
	else if (s->v->role == ROLE_OFFICER && known)
		buf_fmt(s->out, "%s (%s)", s->reg->authorities[s->v->authority].code, code);
	else
		buf_fmt(s->out, "the %s of %s", role_word(s->v->role), code);
}

/* parties of "treaty" on 2018-05-28 were kz, kg, tj, uz */
static void
audience(const struct say *s)
{
	char day[DATE_LEN];
	const char *comma = "";

	date_format(day, s->r->filed_on);
	switch (s->r->base) {
	case AUD_PARTIES:
		buf_fmt(s->out, "parties of \"%s\" on %s were ", instrument_code(s, s->r->base_instrument), day);
		break;
	case AUD_BODY:
		buf_fmt(s->out, "members of \"%s\" on %s were ", s->r->base_body >= 0 &&
		    (uint32_t)s->r->base_body < s->reg->bodies_count ? s->reg->bodies[s->r->base_body].code : "?", day);
		break;
	case AUD_ALL_MEMBERS:
		buf_fmt(s->out, "members on %s were ", day);
		break;
	default:
		buf_fmt(s->out, "sent on %s to ", day);
		break;
	}
	for (int m = mset_next(&s->r->delivery, 0); m >= 0; m = mset_next(&s->r->delivery, m + 1)) {
		buf_fmt(s->out, "%s%s", comma, member_code(s, m));
		comma = ", ";
	}
	if (*comma == '\0')
		buf_str(s->out, "nobody");
}

/* The facts behind a phrase, inside the parentheses after its gate. */
static void
detail(const struct say *s, const struct reason *x)
{
	const char *code = instrument_code(s, x->a);
	char day[DATE_LEN];

	date_format(day, x->day);
	switch (x->code) {
	case WHY_NOT_LISTED:
		buf_str(s->out, ": ");
		audience(s);
		break;
	case WHY_NOT_BOUND:
	case WHY_BOUND:
		buf_fmt(s->out, ": \"%s\" on %s: %s", code, day, binding_word(x->status));
		break;
	case WHY_ORIGIN_NOT_BOUND:
		buf_fmt(s->out, ": %s under \"%s\" on %s: %s", member_code(s, s->r->origin), code, day,
		    binding_word(x->status));
		break;
	case WHY_ARTICLE:
	case WHY_NO_RELATION:
		buf_fmt(s->out, ": \"%s\" between %s and %s", code, member_code(s, s->r->origin),
		    member_code(s, s->v->member));
		break;
	case WHY_SURVIVAL_OVER:
	case WHY_NOT_HELD:
	case WHY_SURVIVES:
		buf_fmt(s->out, ": \"%s\" no longer bound it from %s", code, day);
		break;
	case WHY_SEAT:
		buf_fmt(s->out, ": seat %s", seat_word((enum seat)x->a));
		break;
	case WHY_NO_GRANT:
	case WHY_GRANT_LEVEL:
		buf_fmt(s->out, ": standing %s, level %s", standing_word((enum standing)x->a),
		    level_word((enum level)x->ceiling));
		break;
	case WHY_CLEARANCE:
		buf_fmt(s->out, ": class %d, clearance %d", (int)x->a, s->v->clearance);
		break;
	case WHY_NO_MAPPING:
		if (x->a >= 0)
			buf_fmt(s->out, ": \"%s\" on %s", code, day);
		break;
	case WHY_OTHER_PURPOSE:
		buf_fmt(s->out, ": P%02d", (int)x->a);
		break;
	case WHY_NO_COMPETENCE:
		if (x->a > 0)
			buf_fmt(s->out, ": P%02d, kind %s", (int)x->a, kind_code(s->r->kind));
		break;
	case WHY_REVIEW_BY:
	case WHY_DELETE_BY:
		buf_fmt(s->out, ": %s", day);
		break;
	case WHY_CONSENT_TARGET:
	case WHY_ONWARD_AUDIENCE:
		buf_fmt(s->out, ": %s", member_code(s, x->a));
		break;
	default:
		break;
	}
}

static void
clause(const struct say *s, const struct reason *x)
{
	int gate = reason_gate(x, s->reader);

	buf_str(s->out, phrase(s, x)->text);
	if (x->code == WHY_PROTECTION && s->reader == READER_VIEWER)
		return;
	buf_str(s->out, gate > 0 ? " (" : "");
	if (gate > 0)
		buf_fmt(s->out, "G%d", gate);
	if (gate > 0 || x->code == WHY_CONSENT_TARGET || x->code == WHY_ONWARD_AUDIENCE)
		detail(s, x);
	if (x->newest)
		buf_str(s->out, gate > 0 ? "; by the marking of its newest version" : "");
	buf_str(s->out, gate > 0 ? ")" : "");
}

static void
clauses(const struct say *s, const char *before, unsigned low, unsigned high)
{
	const char *lead = before;

	for (uint32_t i = 0; i < s->why->count; i++) {
		const struct reason *x = &s->why->reasons[i];

		if (x->ceiling < low || x->ceiling > high)
			continue;
		buf_str(s->out, lead);
		clause(s, x);
		lead = "; ";
	}
}

static void
helps(const struct say *s)
{
	const char *lead = " What would help: ";
	bool any = false;

	for (uint32_t i = 0; i < s->why->count; i++) {
		const struct reason *x = &s->why->reasons[i];
		const char *help = phrase(s, x)->help;
		bool seen = false;

		if (help == NULL || x->ceiling >= LEVEL_FULL)
			continue;
		for (uint32_t k = 0; k < i && !seen; k++)
			seen = s->why->reasons[k].ceiling < LEVEL_FULL && phrase(s, &s->why->reasons[k])->help == help;
		if (seen)
			continue;
		buf_str(s->out, lead);
		if (x->code == WHY_NOT_LISTED && s->r->base == AUD_PARTIES)
			buf_fmt(s->out, "accession to \"%s\", or ", instrument_code(s, s->r->base_instrument));
		buf_str(s->out, help);
		lead = "; ";
		any = true;
	}
	if (any)
		buf_str(s->out, ".");
}

static void
duties(const struct say *s)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} list[] = {
		{ DUTY_H0, "handling H0: for preventing and combating crime only" },
		{ DUTY_H1, "handling H1: not in judicial proceedings without permission" },
		{ DUTY_H2, "handling H2: not to be passed on without permission" },
		{ DUTY_H3, "handling H3: see the restriction in its text" },
		{ DUTY_PAP, "act within its PAP" },
		{ DUTY_SHOW_CONTESTED, "show that its accuracy is contested" },
		{ DUTY_FOOTNOTE, "carry the agreed footnotes to names" },
		{ DUTY_LISTED_PURPOSES, "use it for the listed purposes only" },
		{ DUTY_NO_ACTION, "flagged here: take no action on it" },
		{ DUTY_OFFER_FURTHER_USE, "offer the request CONSENT_FURTHER_USE" },
		{ DUTY_SEND_NO_ACTION, "send control FLAG_NO_ACTION to the originator" },
		{ DUTY_SEND_RECALL, "send a recall to those whom the newest marking shuts out" },
		{ DUTY_CANCEL_PUBLIC, "publish its cancellation" },
		{ DUTY_NOTIFY_SENDER, "tell the sender" },
		{ DUTY_LOG_ATTEMPT, "log the attempt" },
		{ DUTY_LOG_CONSULTATION, "log this reading of person data" },
	};
	const char *lead = " Duties: ";

	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if ((s->why->duties & list[i].bit) == 0)
			continue;
		buf_str(s->out, lead);
		buf_str(s->out, list[i].text);
		lead = "; ";
	}
	if (*lead == ';')
		buf_str(s->out, ".");
}

void
vis_explain(struct buf *out, const char *label, const struct law_record *r, const struct viewer *v,
    const struct registry *reg, const struct why *why, enum reader reader)
{
	static const char *const head[] = { " may not see %s", " may know of %s only that it exists",
		" may see who sent %s, when and under which marking, but not its text",
		    " may see %s without its person data",
		" may see %s in full" };
	const struct say s = { out, r, v, reg, why, reader };
	const char *h = head[(unsigned)why->level <= LEVEL_FULL ? why->level : LEVEL_NONE], *at = strstr(h, "%s");

	viewer(&s);
	buf_add(out, h, (size_t)(at - h));
	buf_str(out, label);
	buf_str(out, at + 2);
	clauses(&s, ": ", why->level, why->level);
	buf_str(out, ".");
	if (why->level + 1 < LEVEL_FULL)
		clauses(&s, " Besides: ", why->level + 1, LEVEL_FULL - 1);
	if (why->level + 1 < LEVEL_FULL && buf_cstr(out)[out->len - 1] != '.')
		buf_str(out, ".");
	helps(&s);
	duties(&s);
}

void
forward_explain(struct buf *out, const char *label, const struct law_record *r, const struct viewer *v,
    const struct viewer *target, const struct registry *reg, const struct why *why)
{
	const struct say s = { out, r, v, reg, why, READER_VIEWER };

	viewer(&s);
	buf_fmt(out, " may %spass %s on to %s", why->level == LEVEL_FULL ? "" : "not ", label,
	    member_code(&s, target->member));
	clauses(&s, ": ", why->level, why->level);
	buf_str(out, ".");
	helps(&s);
	duties(&s);
}
