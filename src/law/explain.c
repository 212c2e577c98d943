/* Reasons as sentences: what gate, what rule, what would help. Kept apart from the gates, which only note facts. */
#include <string.h>

#include "law/vis.h"

struct say {
	struct buf *out;
	const struct law_record *r;
	const struct viewer *v;
	const struct registry *reg;
	const struct why *why;
	enum reader reader;
};

struct phrase {
	const char *word;		/* for --json */
	const char *text;		/* what is so */
	const char *help;		/* next lawful step; NULL: none but waiting or accepting */
};

static const struct phrase phrases[WHY_COUNT] = {
	[WHY_NONE] = { "none", "no reason noted", NULL },
	[WHY_ORIGIN] = { "origin", "its originator", NULL },
	[WHY_LISTED] = { "listed", "on the delivery list", NULL },
	[WHY_PUBLIC] = { "public", "addressed to the public", NULL },
	[WHY_BOUND] = { "bound", "bound", NULL },
	[WHY_CONSENTED] = { "consented", "the originator has consented", NULL },
	[WHY_GRANTED] = { "granted", "a grant of the body covers it", NULL },
	[WHY_CONTROL] = { "control", "an act on records reaches everyone who held the record", NULL },
	[WHY_SURVIVES] = { "survives", "received before leaving; the survival clause lets it stay", NULL },
	[WHY_CONCERNED] = { "concerned", "suspended, but named in it as concerned", NULL },
	[WHY_BAD_VALUE] = { "bad-value", "a value this version does not know", "a newer version of the program, or a corrected record" },
	[WHY_UNCHECKED] = { "unchecked", "its payload has not been checked against the log", "the check of its log, which the node makes by itself" },
	[WHY_BAD_PROOF] = { "bad-proof", "its payload does not match the commitment in the log", "the sender filing it again; the sender is told" },
	[WHY_VOCABULARY] = { "vocabulary", "it uses words this version does not know and is kept aside whole",
	    "a newer version of the program; the sender is told" },
	[WHY_UNSENT] = { "unsent", "still a draft of the filing authority", "its approval and sending" },
	[WHY_OVER] = { "over", "withdrawn, expired or refused", "a request to the originator (request INFORMATION)" },
	[WHY_WITHDRAWN] = { "withdrawn", "withdrawn by its originator", "a request to the originator (request INFORMATION)" },
	[WHY_BLOCKED] = { "blocked", "blocked as a precaution", "the originator's control UNBLOCK" },
	[WHY_DELETED] = { "deleted", "deleted; only the proof that it was there remains", NULL },
	[WHY_NOT_LISTED] = { "not-listed", "not in the delivery list", "the originator's consent (request CONSENT_ONWARD)" },
	[WHY_EXCLUDED] = { "excluded", "excluded by name", "a new version without the exclusion, which only the originator can file" },
	[WHY_RECALLED] = { "recalled", "recalled as sent to a wrong addressee", NULL },
	[WHY_ROLE] = { "role", "addressed to other authorities", "the addressed authority, or a new version that names this one" },
	[WHY_PERSON] = { "person", "addressed to named persons", "a new version that names the person" },
	[WHY_NO_BASIS] = { "no-basis", "no legal basis known here carries it", "an instrument in force for both sides, cited in a new version" },
	[WHY_ORIGIN_NOT_BOUND] = { "origin-not-bound", "the originator was not bound", "an instrument that binds both, cited in a new version" },
	[WHY_NOT_BOUND] = { "not-bound", "not bound", "an instrument that binds both, cited in a new version, or the originator's consent"
	    " (request CONSENT_ONWARD)" },
	[WHY_ARTICLE] = { "article", "a reservation touches what it rests on, or no article is cited",
	    "a new version that cites an article free of reservations between the two" },
	[WHY_NO_RELATION] = { "no-relation", "an objection keeps the instrument from applying between the two",
	    "withdrawal of the objection, or another instrument" },
	[WHY_SURVIVAL_OVER] = { "survival-over", "the survival clause has ended", "the originator's consent (request CONSENT_ONWARD)" },
	[WHY_NOT_HELD] = { "not-held", "not received while bound", "the originator's consent (request CONSENT_ONWARD)" },
	[WHY_SUSPENDED] = { "suspended", "suspended: only acts on records, its own, and what names it as concerned", "the end of the suspension" },
	[WHY_NO_GRANT] = { "no-grant", "no grant to it covers this kind and body", "a grant by decision of the body" },
	[WHY_GRANT_LEVEL] = { "grant-level", "its grant goes no further", "a wider grant by decision of the body" },
	[WHY_SEAT] = { "seat", "its seat is not settled: public records only", "the decision on its seat" },
	[WHY_NO_STANDING] = { "no-standing", "no standing in this mechanism", "accession" },
	[WHY_FORMER] = { "former", "no longer a member, and did not hold it", "accession, or the originator's consent (request CONSENT_ONWARD)" },
	[WHY_CLEARANCE] = { "clearance", "the clearance is below its class", "a cleared officer, or a lower class (request DOWNGRADE)" },
	[WHY_NO_MAPPING] = { "no-mapping", "no security agreement in force between the two", "its entry into force, or a lower class (request DOWNGRADE)" },
	[WHY_TLP_RED] = { "tlp-red", "TLP RED: the named persons only", "a new version that names the person" },
	[WHY_TLP_STRICT] = { "tlp-strict", "TLP AMBER+STRICT: the addressed authority only", "a new version that names this authority" },
	[WHY_TLP_PUBLIC] = { "tlp-public", "not TLP CLEAR", NULL },
	[WHY_NO_PURPOSE] = { "no-purpose", "no purpose declared for this session", "declaring a purpose" },
	[WHY_OTHER_PURPOSE] = { "other-purpose", "the declared purpose is none of its own", "consent to further use (request CONSENT_FURTHER_USE)" },
	[WHY_NO_COMPETENCE] = { "no-competence", "the authority has no competence MAY_SEE for this purpose and kind",
	    "a competent authority of the same member" },
	[WHY_PD] = { "pd", "holds person data, and the right to them is missing", "an officer with that right" },
	[WHY_PD_SPECIAL] = { "pd-special", "concerns a minor, a victim or special data, and the extra right is missing", "an officer with that right" },
	[WHY_NOT_REVIEWED] = { "not-reviewed", "a person notice not yet reviewed here", "the compliance reviewer's decision" },
	[WHY_REVIEW_REFUSED] = { "review-refused", "refused by the compliance reviewer here", NULL },
	[WHY_RESTRICTED] = { "restricted", "restricted to listed purposes", "the originator's control UNRESTRICT" },
	[WHY_PROTECTION] = { "protection", "refused for the protection of a person (R10; outside this is R4)", "the protection officer" },
	[WHY_REVIEW_BY] = { "review-by", "its review date has passed", "the review, with the reason for keeping it" },
	[WHY_DELETE_BY] = { "delete-by", "its deletion date has passed", NULL },
	[WHY_EXERCISE] = { "exercise", "an exercise record, shown in the exercise view only", "switching to the exercise view" },
	[WHY_REAL] = { "real", "a real record, never shown in an exercise or test view", "switching to the live view" },
	[WHY_TEST] = { "test", "a technical test, for administrators in the test view", NULL },
	[WHY_AUDITOR] = { "auditor", "an auditor looks through the auditor's own view", "the audit view, with a case number" },
	[WHY_NO_CASE] = { "no-case", "no case recorded", "recording the case that justifies the look" },
	[WHY_ONWARD_YES] = { "onward-yes", "its marking allows it", NULL },
	[WHY_ONWARD_NONE] = { "onward-none", "marked onward NONE", "the originator sending it itself, or a version marked ASK" },
	[WHY_ONWARD_ASK] = { "onward-ask", "only with the originator's consent", "request CONSENT_ONWARD" },
	[WHY_ONWARD_AUDIENCE] = { "onward-audience", "outside the delivery list", "request CONSENT_ONWARD" },
	[WHY_ONWARD_MEMBER] = { "onward-member", "may not leave the member", "request CONSENT_ONWARD" },
	[WHY_CONSENT_ENDED] = { "consent-ended", "the consent has expired", "a new request CONSENT_ONWARD" },
	[WHY_CONSENT_PURPOSE] = { "consent-purpose", "the consent does not cover the declared purpose", "a request CONSENT_ONWARD for this purpose" },
	[WHY_CONSENT_TARGET] = { "consent-target", "the consent names somebody else", "a request CONSENT_ONWARD for this receiver" },
	[WHY_TLP_ONWARD] = { "tlp-onward", "its TLP keeps it where it is", "request CONSENT_ONWARD" },
};

/* What a refusal for protection is called outside. */
static const struct phrase masked = { "r4", "refused on grounds of security or sovereignty (R4)", NULL };

const char *
why_word(enum why_code c)
{
	return (unsigned)c < WHY_COUNT ? phrases[c].word : "?";
}

const char *
role_word(enum role r)
{
	static const char *const words[] = { "officer", "reviewer", "auditor", "admin", "protection-officer", "node", "public" };

	return (unsigned)r < sizeof words / sizeof *words ? words[r] : "?";
}

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
	return &phrases[x->code < WHY_COUNT ? x->code : WHY_NONE];
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
		buf_fmt(s->out, ": %s under \"%s\" on %s: %s", member_code(s, s->r->origin), code, day, binding_word(x->status));
		break;
	case WHY_ARTICLE:
	case WHY_NO_RELATION:
		buf_fmt(s->out, ": \"%s\" between %s and %s", code, member_code(s, s->r->origin), member_code(s, s->v->member));
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
		buf_fmt(s->out, ": standing %s, level %s", standing_word((enum standing)x->a), level_word((enum level)x->ceiling));
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
		" may see who sent %s, when and under which marking, but not its text", " may see %s without its person data",
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
	buf_fmt(out, " may %spass %s on to %s", why->level == LEVEL_FULL ? "" : "not ", label, member_code(&s, target->member));
	clauses(&s, ": ", why->level, why->level);
	buf_str(out, ".");
	helps(&s);
	duties(&s);
}
