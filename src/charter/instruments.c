/* Instruments: adoption, entry into force, acts, reservations, data caps. */
#include <string.h>

#include "base/text.h"
#include "charter/read.h"

static const char *const acts[DEED_COUNT] = { "sign", "ratify", "accept", "approve", "accede", "apply provisionally",
	"end provisional application", "withdraw", "revoke withdrawal" };

static void
read_act(struct reading *x, const struct yaml *v, void *to)
{
	int n = read_word(x, v, acts, DEED_COUNT);

	if (n >= 0)
		*(enum charter_act *)to = (enum charter_act)n;
}

static void
read_acts(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("who", true, read_code, struct charter_deed, who),
		FIELD("act", true, read_act, struct charter_deed, act),
		FIELD("on", true, read_date, struct charter_deed, on),
		FIELD("source", false, read_text, struct charter_deed, source),
		FIELD("note", false, read_text, struct charter_deed, note),
	};
	const struct charter_deed blank = { .act = DEED_COUNT, .on = { INT32_MIN, INT32_MAX, false } };
	const struct rows shape = ROWS("an act", fields, blank, ROWS_NO_SPAN, offsetof(struct charter_deed, at));
	struct charter_instrument *in = to;
	void *rows = NULL;

	in->acts_count = read_rows(x, v, &shape, &rows);
	in->acts = rows;
}

static void
read_effect(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "modified", "not applied", "no relation" };
	int n = read_word(x, v, words, EFFECT_COUNT);

	if (n >= 0)
		*(enum effect *)to = (enum effect)n;
}

static void
read_reservations(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("by", true, read_code, struct charter_reservation, by),
		FIELD("article", false, read_text, struct charter_reservation, article),
		FIELD("towards", false, read_codes, struct charter_reservation, towards),
		FIELD("effect", true, read_effect, struct charter_reservation, effect),
		FIELD("from", false, read_from, struct charter_reservation, span.from),
		FIELD("to", false, read_to, struct charter_reservation, span.until),
		FIELD("source", false, read_text, struct charter_reservation, source),
	};
	const struct charter_reservation blank = { .effect = EFFECT_NO_RELATION, .span = SPAN_ALWAYS };
	const struct rows shape = ROWS("a reservation", fields, blank, offsetof(struct charter_reservation, span),
	    offsetof(struct charter_reservation, at));
	struct charter_instrument *in = to;
	void *rows = NULL;

	in->reservations_count = read_rows(x, v, &shape, &rows);
	in->reservations = rows;
}

/* "on signature", "all signatories have ratified", "4 have ratified", or a date. */
static void
read_when(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_instrument *in = to;
	const char *space;
	uint64_t n;

	if (!is_scalar(x, v))
		return;
	space = strchr(v->str, ' ');
	if (strcmp(v->str, "on signature") == 0) {
		in->force = FORCE_ON_SIGNATURE;
	} else if (strcmp(v->str, "all signatories have ratified") == 0) {
		in->force = FORCE_ALL_SIGNATORIES;
	} else if (space != NULL && strcmp(space, " have ratified") == 0 &&
	    dec_u64(v->str, (size_t)(space - v->str), LAW_MEMBERS_MAX, &n) && n > 0) {
		in->force = FORCE_N_RATIFIED;
		in->force_n = (uint32_t)n;
	} else if (v->str[0] >= '0' && v->str[0] <= '9' && space == NULL) {
		in->force = FORCE_ON_DATE;
		read_date(x, v, &in->force_date);
	} else {
		complain(x->c, v, "CH08", "\"%.60s\" is no rule of entry into force; write on signature, all"
		    " signatories have ratified, 4 have ratified, or a date", v->str);
	}
}

static void
read_taken(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_date *d = to;
	int32_t day = INT32_MIN;

	read_from(x, v, &day);
	*d = (struct charter_date){ day, day, day != INT32_MIN };
}

static void
read_force(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		{ "when", true, read_when, 0 },
		FIELD("after", false, read_duration, struct charter_instrument, force_after),
		FIELD("taken as", false, read_taken, struct charter_instrument, taken_as),
		FIELD("reason", false, read_text, struct charter_instrument, taken_reason),
		FIELD("source", false, read_text, struct charter_instrument, taken_source),
	};

	READ_MAP(x, v, "an entry into force", fields, to);
}

static void
read_provisional(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "by declaration", "from signature" };

	*(bool *)to = read_word(x, v, words, 2) == 1;
}

static void
read_withdrawal(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = { { "notice", true, read_duration, 0 } };

	READ_MAP(x, v, "a withdrawal clause", fields, to);
}

static void
read_survival(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_instrument *in = to;
	struct charter_duration d = { 0, false };

	if (!is_scalar(x, v))
		return;
	if (strcmp(v->str, "none") == 0) {
		in->survival = SURVIVAL_NONE;
	} else if (strcmp(v->str, "until delete by") == 0) {
		in->survival = SURVIVAL_UNTIL_DELETE_BY;
	} else {
		read_duration(x, v, &d);
		if (d.months)
			complain(x->c, v, "CH08", "survival is none, until delete by, or a number of days");
		in->survival = SURVIVAL_DAYS;
		in->survival_days = d.n;
	}
}

static void
read_class(struct reading *x, const struct yaml *v, void *to)
{
	int64_t n = 0;

	if (read_number(x, v, 0, CLASS_MAX, &n))
		*(int *)to = (int)n;
}

static void
read_pd(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "none", "counts", "pseudonym", "identifying", "special" };
	int n = read_word(x, v, words, PD_COUNT);

	if (n >= 0)
		*(enum pd *)to = (enum pd)n;
}

static void
read_caps(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("class", false, read_class, struct law_caps, class_level),
		FIELD("person data", false, read_pd, struct law_caps, pd),
		FIELD("kinds", false, read_kinds, struct law_caps, kinds),
	};

	READ_MAP(x, v, "data caps", fields, to);
}

void
read_instruments(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("name", true, read_names, struct charter_instrument, names),
		FIELD("adopted", true, read_date, struct charter_instrument, adopted),
		{ "in force", true, read_force, 0 },
		FIELD("provisional", false, read_provisional, struct charter_instrument, provisional_from_signature),
		FIELD("withdrawal", false, read_withdrawal, struct charter_instrument, notice),
		{ "survival", false, read_survival, 0 },
		FIELD("data", false, read_caps, struct charter_instrument, caps),
		{ "acts", true, read_acts, 0 },
		{ "reservations", false, read_reservations, 0 },
		FIELD("note", false, read_text, struct charter_instrument, note),
		FIELD("source", false, read_text, struct charter_instrument, source),
	};

	(void)to;
	if (!is_map(x, v) || (x->ch->instruments = read_room(x, v->count, sizeof *x->ch->instruments)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct charter_instrument in = { .code = k->key, .at = k, .adopted = { INT32_MIN, INT32_MAX, false },
			.caps = { CLASS_MAX, PD_SPECIAL, KINDS_ALL } };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (READ_MAP(x, k, "an instrument", fields, &in))
			x->ch->instruments[x->ch->instruments_count++] = in;
	}
}
