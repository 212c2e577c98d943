/*
 * A snapshot of the register: who takes part with what standing, which instrument binds whom, who may do what. The law
 * functions read it and nothing else; it does not change while they do.
 *
 * It is filled by the functions below from a charter, or from folded records, in any order within one object, and then
 * only read. All of it lives in the arena it was made in. Members, instruments, bodies, authorities and channels are
 * small integers here: the position in the order of adding. Codes are lower-case words of at most 32 bytes: a-z, 0-9,
 * '-'.
 *
 * as_of and as_known: a snapshot is what was known at one moment (as_known: whoever fills it leaves out what came
 * later); every row carries the days on which it holds, and every question names a day (as_of). Days are UTC.
 *
 * Two rows of one thing must not overlap in time: the register says one thing about a day, or the fill is refused
 * (ERR_CONFLICT). Days that no row covers have the standing NONE and the binding NOT_PARTY. Unknown is a value
 * (BINDING_UNKNOWN) and never counts as bound.
 */
#ifndef LAW_REGISTRY_H
#define LAW_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "law/clock.h"
#include "record/record.h"

#define LAW_MEMBERS_MAX 256
#define LAW_THINGS_MAX 4096		/* instruments, bodies, authorities, channels: each */
#define LAW_ROWS_MAX 65536		/* rows of one list */
#define LAW_CODE_MAX 32			/* as in records and cards (docs/format.md) */
#define LAW_NONE (-1)			/* no such member, instrument, body, authority, channel */
#define LAW_ANY (-2)			/* every one of them */

/* A set of members. */
struct mset {
	uint64_t w[LAW_MEMBERS_MAX / 64];
};

static inline bool
mset_has(const struct mset *s, int m)
{
	return m >= 0 && m < LAW_MEMBERS_MAX && (s->w[m >> 6] >> (m & 63) & 1) != 0;
}

static inline void
mset_add(struct mset *s, int m)
{
	s->w[m >> 6] |= UINT64_C(1) << (m & 63);
}

static inline void
mset_remove(struct mset *s, int m)
{
	s->w[m >> 6] &= ~(UINT64_C(1) << (m & 63));
}

static inline bool
mset_equal(const struct mset *a, const struct mset *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

/* Members in ${a} and not in ${b}. */
static inline struct mset
mset_minus(const struct mset *a, const struct mset *b)
{
	return (struct mset){ { a->w[0] & ~b->w[0], a->w[1] & ~b->w[1], a->w[2] & ~b->w[2], a->w[3] & ~b->w[3] } };
}

int mset_count(const struct mset *s);
/*
 * The first member >= ${from} in ${s}, or LAW_NONE. For loops: for (m = mset_next(s, 0); m >= 0; m = mset_next(s, m +
 * 1)).
 */
int mset_next(const struct mset *s, int from);

struct span {				/* civil days since 1970, UTC: from <= day < until */
	int32_t from, until;
};
#define SPAN_ALWAYS ((struct span){ INT32_MIN, INT32_MAX })

static inline bool
span_has(struct span s, int32_t day)
{
	return s.from <= day && day < s.until;
}

/* How much of a record one may see. */
enum level { LEVEL_NONE, LEVEL_EXISTS, LEVEL_META, LEVEL_REDACTED, LEVEL_FULL };

enum standing {
	STANDING_NONE, STANDING_MEMBER, STANDING_ACCEDING, STANDING_OBSERVER, STANDING_DIALOGUE_PARTNER, STANDING_GUEST,
	STANDING_SUSPENDED, STANDING_FORMER, STANDING_ORG_OBSERVER, STANDING_COUNT
};

enum seat { SEAT_ACCEPTED, SEAT_CONTESTED, SEAT_VACANT, SEAT_COUNT };

enum binding {				/* law.md C2 */
	BINDING_NOT_PARTY, BINDING_SIGNED_ONLY, BINDING_PROVISIONAL, BINDING_CONSENTED_NOT_IN_FORCE, BINDING_BOUND,
	BINDING_BOUND_RESERVED, BINDING_WITHDRAWING, BINDING_FORMER, BINDING_SUSPENDED, BINDING_CONTESTED,
	    BINDING_UNKNOWN,
	BINDING_COUNT
};

enum authority_type {
	AUTH_NATIONAL_COORDINATOR, AUTH_SPOC, AUTH_POLICE, AUTH_CUSTOMS, AUTH_BORDER, AUTH_DRUG_AGENCY, AUTH_FIU,
	    AUTH_SECURITY,
	AUTH_DEFENCE, AUTH_EMERGENCY, AUTH_MFA, AUTH_OVERSIGHT, AUTH_LIAISON, AUTH_BORDER_REP, AUTH_TYPE_COUNT
};

enum { MAY_FILE = 1, MAY_SEE = 2, MAY_ACT = 4, MAY_APPROVE = 8 };

enum effect {				/* what a reservation or objection does to an article between two parties */
	EFFECT_MODIFIED, EFFECT_NOT_APPLIED, EFFECT_NO_RELATION, EFFECT_COUNT
};

enum survival { SURVIVAL_NONE, SURVIVAL_DAYS, SURVIVAL_UNTIL_DELETE_BY, SURVIVAL_COUNT };

#define KIND_BIT(k) (UINT32_C(1) << (k))
#define KINDS_ALL ((UINT32_C(1) << KIND_COUNT) - 2)
#define PURPOSES_ALL ((UINT32_C(1) << (PURPOSE_MAX + 1)) - 2)
#define PD_COUNT 5
#define CLASS_MAX 4

/* Rows. source: where the fact comes from ("s3:14", or the reference of a record); "" when nobody said. */
struct standing_row { struct span span; enum standing standing; const char *source; };
struct seat_row { struct span span; enum seat seat; const char *source; };
struct grant_row { struct span span; int body; uint32_t kinds; enum level level; const char *source; };
struct binding_row { struct span span; int member; enum binding status; const char *source; };
struct effect_row { struct span span; int a, b; const char *article; enum effect effect; };
struct mapping_row { struct span span; int instrument, a, b; };
struct composition_row { struct span span; int member; };
struct competence_row { struct span span; uint32_t purposes, kinds; uint8_t may; };
struct name_row { const char *lang, *text; };
struct term_row { const char *subject, *denomination, *footnote; };

struct law_person_data {		/* person notices are off until all three are there (practice.md A5) */
	const char *reviewer;		/* compliance reviewer's pseudonym; NULL while not configured */
	const char *supervisor;		/* the supervisory body's contact */
	uint16_t review_months;		/* review period of notices; 0 while not configured */
};

struct law_member {
	const char *code;
	struct name_row *names;
	struct standing_row *standings;
	struct seat_row *seats;
	struct grant_row *grants;
	struct calendar calendar;
	uint32_t names_count, standings_count, seats_count, grants_count;
	int32_t retention_days[PD_COUNT];	/* longest keeping by pd; INT32_MAX: no maximum stated */
	struct law_person_data person_data;
};

struct law_caps {			/* what records that cite the instrument may hold at most */
	int class_level;
	enum pd pd;
	uint32_t kinds;
};

struct law_instrument {
	const char *code, *title;
	struct binding_row *bindings;
	struct effect_row *effects;
	uint32_t bindings_count, effects_count;
	int32_t adopted;		/* day; INT32_MIN when unknown */
	struct law_caps caps;
	enum survival survival;
	int32_t survival_days;
};

struct law_body {
	const char *code;
	uint32_t standings;		/* bit per enum standing: everyone with that standing belongs */
	struct composition_row *members;
	uint32_t members_count;
};

struct law_authority {
	const char *code;
	int member;
	enum authority_type type;
	struct span valid;
	struct competence_row *competences;
	uint32_t competences_count;
};

struct law_channel {
	const char *code;
	int instrument;
	uint32_t kinds, purposes;
};

struct law_naming {
	const char *code;
	struct mset audience;
	struct term_row *terms;
	uint32_t terms_count;
};

struct registry {
	struct arena *arena;
	const char *mechanism;
	struct law_member *members;
	struct law_instrument *instruments;
	struct law_body *bodies;
	struct law_authority *authorities;
	struct law_channel *channels;
	struct law_naming *namings;
	struct mapping_row *mappings;
	uint32_t members_count, instruments_count, bodies_count, authorities_count, channels_count, namings_count,
	    mappings_count;
};

/* ---- Filling. Each copies its strings; errors: ERR_INPUT (bad code, empty span), ERR_CONFLICT (already there, overlap),
 * ERR_NOTFOUND (index out of range), ERR_LIMIT, ERR_NOMEM. Those that add a thing return its index (>= 0) instead of
 * OK. ---- */

/* An empty register for mechanism ${code}, all in ${a}; NULL when memory is short or the code is malformed. */
struct registry *registry_new(struct arena *a, const char *code);

int registry_add_member(struct registry *r, const char *code, struct err *e);
int registry_name(struct registry *r, int member, const char *lang, const char *text, struct err *e);
int registry_standing(struct registry *r, int member, enum standing s, struct span span, const char *source,
    struct err *e);
int registry_seat(struct registry *r, int member, enum seat s, struct span span, const char *source, struct err *e);
/* A non-member may see ${kinds} (KIND_BIT set) addressed to ${body} (LAW_ANY: to any audience) up to ${level}. */
int registry_grant(struct registry *r, int member, int body, uint32_t kinds, enum level level, struct span span,
    const char *source, struct err *e);
int registry_retention(struct registry *r, int member, enum pd pd, int32_t days, struct err *e);
int registry_calendar(struct registry *r, int member, const struct calendar *c, struct err *e);
int registry_person_data(struct registry *r, int member, const struct law_person_data *p, struct err *e);

/* ${adopted}: INT32_MIN when unknown. Caps start open, survival starts as NONE. */
int registry_add_instrument(struct registry *r, const char *code, const char *title, int32_t adopted, struct err *e);
int registry_caps(struct registry *r, int instrument, const struct law_caps *caps, struct err *e);
int registry_survival(struct registry *r, int instrument, enum survival s, int32_t days, struct err *e);
int registry_binding(struct registry *r, int instrument, int member, enum binding b, struct span span,
    const char *source,
    struct err *e);
/*
 * Between ${a} and ${b} (LAW_ANY: every other party), ${article} (NULL: the whole instrument) is affected. Symmetric.
 */
int registry_effect(struct registry *r, int instrument, int a, int b, const char *article, enum effect f,
    struct span span,
    struct err *e);
/* A decision that binds like an instrument: its code is the 32 hex digits of the DECISION record's id. */

/* Classified matter may pass between ${a} and ${b} (LAW_ANY both: all bound parties) under ${instrument}. */
int registry_mapping(struct registry *r, int instrument, int a, int b, struct span span, struct err *e);

int registry_add_body(struct registry *r, const char *code, uint32_t standings, struct err *e);
int registry_body_member(struct registry *r, int body, int member, struct span span, struct err *e);
int registry_add_authority(struct registry *r, const char *code, int member, enum authority_type t, struct span valid,
    struct err *e);
/* ${may}: MAY_ set, for each of ${purposes} (PURPOSE_BIT set) with each of ${kinds}. Rows add up. */
int registry_competence(struct registry *r, int authority, uint32_t purposes, uint32_t kinds, uint8_t may,
    struct span span,
    struct err *e);
int registry_add_channel(struct registry *r, const char *code, int instrument, uint32_t kinds, uint32_t purposes,
    struct err *e);
int registry_add_naming(struct registry *r, const char *code, const struct mset *audience, struct err *e);
int registry_term(struct registry *r, int naming, const char *subject, const char *denomination, const char *footnote,
    struct err *e);

/* ---- Asking. Indexes out of range, LAW_NONE included, answer what fails closed. O(rows of the thing). ---- */

int registry_member(const struct registry *r, const char *code, size_t len);	/* index or LAW_NONE; O(members) */
int registry_instrument(const struct registry *r, const char *code, size_t len);
int registry_body(const struct registry *r, const char *code, size_t len);
int registry_authority(const struct registry *r, const char *code, size_t len);
int registry_channel(const struct registry *r, const char *code, size_t len);

enum standing registry_standing_on(const struct registry *r, int member, int32_t day, const char **source);
enum seat registry_seat_on(const struct registry *r, int member, int32_t day);
/* The row that covers ${day}, or NULL: NOT_PARTY. */
const struct binding_row *registry_binding_on(const struct registry *r, int instrument, int member, int32_t day);
enum binding registry_bound(const struct registry *r, int instrument, int member, int32_t day);
/* True for PROVISIONAL, BOUND, BOUND_RESERVED, WITHDRAWING. */
bool binding_binds(enum binding b);
/* Everybody whom ${instrument} binds on ${day}; everybody in ${body}. */
struct mset registry_parties(const struct registry *r, int instrument, int32_t day);
struct mset registry_body_on(const struct registry *r, int body, int32_t day);
/* True if ${authority} is valid on ${day} and has all of ${may} for ${purpose} (1..14) x ${kind}. */
bool registry_may(const struct registry *r, int authority, int purpose, enum kind kind, uint8_t may, int32_t day);
/* True if a mapping row covers the pair on ${day} and its instrument is ${instrument} and binds both. */
bool registry_mapped(const struct registry *r, int instrument, int a, int b, int32_t day);
/*
 * How ${subject} (a code for a place or party) is called before members of ${member}: the term of the first naming set
 * whose audience holds the member and which names the subject; NULL: none, use the plain name. An export carries the
 * footnote.
 */
const struct term_row *registry_term_for(const struct registry *r, int member, const char *subject, size_t len);

/*
 * Words, as they stand in records and charters ("?" for a value outside); *_from answers the COUNT value for an unknown
 * word.
 */
const char *standing_word(enum standing s);
enum standing standing_from(const char *s, size_t len);
const char *seat_word(enum seat s);
enum seat seat_from(const char *s, size_t len);
const char *binding_word(enum binding b);
enum binding binding_from(const char *s, size_t len);
const char *authority_type_word(enum authority_type t);
enum authority_type authority_type_from(const char *s, size_t len);
const char *level_word(enum level l);
int level_from(const char *s, size_t len);	/* -1 for an unknown word */

#endif
