/*
 * A charter: the text on which a mechanism's members agree before their nodes talk. Who takes part, which instruments
 * bind whom, which authorities may do what, through which channels, and where each node is found. docs/charter.md
 * describes it for those who write one; charters/charter.schema.json helps editors; charters/ has examples.
 *
 * The bytes of the file are the charter: members compare its SHA-256. Strict: an unknown key, word or date is a
 * complaint, never a guess. What the sources do not say stays unknown, and unknown never binds.
 */
#ifndef CHARTER_CHARTER_H
#define CHARTER_CHARTER_H

#include "charter/yaml.h"
#include "law/registry.h"

#define CHARTER_MAX_BYTES (1024u * 1024)
#define CHARTER_FORMAT 1		/* value of "charter" */

/* A date as known: it lies in [first, last]. Exact: equal. Unknown: INT32_MIN, INT32_MAX. */
struct charter_date {
	int32_t first, last;
	bool given;			/* the key is there, be it as "unknown" */
};

struct charter_names { struct name_row *rows; uint32_t count; };
struct charter_codes { const char **codes; const struct yaml **at; uint32_t count; };

struct charter_status { enum standing standing; struct span span; const char *source; };
struct charter_seat { enum seat seat; struct span span; const char *source; };
struct charter_grant {
	const char *body;		/* NULL: any audience */
	uint32_t kinds;
	enum level level;
	struct span span;
	const char *source;
	const struct yaml *at;
};

struct charter_node {			/* all may be absent in a template and come with pairing */
	const char *address;		/* "host:port" or "[v6]:port"; NULL */
	const char *log_key;		/* vkey (C2SP signed-note); NULL */
	const char *tls_pin;		/* "sha256//" + base64 of the SHA-256 of the public key; NULL */
};

struct charter_member {
	const char *code, *note, *source;
	const struct yaml *at;
	struct charter_names names;
	struct charter_status *statuses;
	struct charter_seat *seats;
	struct charter_grant *grants;
	uint32_t statuses_count, seats_count, grants_count;
	struct calendar calendar;
	int32_t retention_days[PD_COUNT];	/* INT32_MAX: none stated */
	struct law_person_data person_data;
	struct charter_node node;
};

struct charter_competence { uint8_t may; uint32_t purposes, kinds; };

struct charter_authority {
	const char *code, *member, *note, *source;
	const struct yaml *at;
	struct charter_names names;
	enum authority_type type;
	struct span valid;
	struct charter_competence *competences;
	uint32_t competences_count;
};

struct charter_body {
	const char *code, *note, *source;
	const struct yaml *at;
	struct charter_names names;
	uint32_t standings;
	struct charter_codes members;
};

enum charter_act {
	DEED_SIGN, DEED_RATIFY, DEED_ACCEPT, DEED_APPROVE, DEED_ACCEDE, DEED_PROVISIONAL_START, DEED_PROVISIONAL_END,
	DEED_WITHDRAW, DEED_REVOKE_WITHDRAWAL, DEED_COUNT
};

struct charter_deed {
	const char *who;
	enum charter_act act;
	struct charter_date on;
	const char *source, *note;
	const struct yaml *at;
};
struct charter_reservation {
	const char *by, *article, *source;
	struct charter_codes towards;	/* empty: every other party */
	enum effect effect;
	struct span span;
	const struct yaml *at;
};

enum charter_force { FORCE_UNSTATED, FORCE_ON_SIGNATURE, FORCE_ALL_SIGNATORIES, FORCE_N_RATIFIED, FORCE_ON_DATE };
struct charter_duration { uint16_t n; bool months; };

struct charter_instrument {
	const char *code, *note, *source;
	const struct yaml *at;
	struct charter_names names;
	struct charter_date adopted;
	enum charter_force force;
	uint32_t force_n;		/* FORCE_N_RATIFIED */
	struct charter_date force_date;	/* FORCE_ON_DATE */
	struct charter_duration force_after;
	struct charter_date taken_as;	/* agreed by the members where the sources give no date */
	const char *taken_reason, *taken_source;
	bool provisional_from_signature;
	struct charter_duration notice;
	enum survival survival;
	int32_t survival_days;
	struct law_caps caps;
	struct charter_deed *acts;
	struct charter_reservation *reservations;
	uint32_t acts_count, reservations_count;
};

struct charter_mapping {
	const char *under;
	struct charter_codes between;	/* the two of a pair; empty: all parties */
	struct span span;
	const char *source;
	const struct yaml *at;
};

struct charter_channel {
	const char *code, *under, *note, *source;
	const struct yaml *at;
	uint32_t kinds, purposes;
};

struct charter_naming {
	const char *code, *source;
	const struct yaml *at;
	struct charter_codes audience;
	struct term_row *terms;
	uint32_t terms_count;
};

struct charter {
	const char *mechanism, *note, *source;
	struct charter_names names;
	struct charter_member *members;
	struct charter_authority *authorities;
	struct charter_body *bodies;
	struct charter_instrument *instruments;
	struct charter_mapping *mappings;
	struct charter_channel *channels;
	struct charter_naming *namings;
	uint32_t members_count, authorities_count, bodies_count, instruments_count, mappings_count, channels_count,
	    namings_count;
	uint8_t hash[32];		/* SHA-256 of the file's bytes */
};

/*
 * charter_check(a, file, text, len, &ch, c):
 * Read ${len} bytes called ${file} in complaints. True when there is nothing to complain of; ${ch} is then whole, and
 * lives in ${a}. ${c} is started anew. Call crypt_init() first where the text may hold log keys. O(len) and, between
 * rows of one member or instrument, quadratic.
 */
bool charter_check(struct arena *a, const char *file, const char *text, size_t len, struct charter **ch,
    struct complaints *c);

/*
 * The same for callers that want one sentence: the first complaint and how many more. ERR_INPUT, ERR_LIMIT, ERR_NOMEM.
 */
int charter_read(struct arena *a, const char *file, const void *text, size_t len, struct charter **ch, struct err *e);

/*
 * charter_registry(ch, a, &reg, err):
 * The register that ${ch} describes, in ${a}. Member and authority numbers follow the order of the file. Bindings are
 * derived from acts (charter_bindings). ERR_NOMEM, ERR_LIMIT; other codes cannot come from a checked charter.
 */
int charter_registry(const struct charter *ch, struct arena *a, struct registry **reg, struct err *e);

struct charter_binding { struct span span; enum binding status; const char *source; };
#define CHARTER_BINDINGS_MAX 12

/*
 * charter_bindings(in, member, out): the intervals of ${member} under ${in}, in order, NOT_PARTY left out; how many (<=
 * CHARTER_BINDINGS_MAX). docs/charter.md section "From acts to bindings" is the rule. What rests on an unknown date is
 * UNKNOWN, never BOUND, unless the charter itself states an agreed date ("taken as").
 */
uint32_t charter_bindings(const struct charter_instrument *in, const char *member,
    struct charter_binding out[CHARTER_BINDINGS_MAX]);

/* The number of ${code} among the members, or -1. */
int charter_member_index(const struct charter *ch, const char *code);

#endif
