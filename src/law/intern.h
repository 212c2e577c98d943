/*
 * A record as the law functions read it: codes resolved to the register's small integers, sets as bit sets. Interning
 * costs once a record; every question afterwards is table look-ups.
 */
#ifndef LAW_INTERN_H
#define LAW_INTERN_H

#include "law/registry.h"
#include "record/record.h"

#define LAW_BASIS_MAX 32
#define LAW_PERSONS_MAX 256

enum basis_type { BASIS_INSTRUMENT, BASIS_DECISION, BASIS_CONSENT };

struct law_basis {
	enum basis_type type;
	int instrument;			/* for DECISION: the register's entry for it; LAW_NONE: not known (yet) */
	struct slice article;		/* absent: the whole instrument */
	struct ref ref;			/* DECISION, CONSENT */
};

/* What a state means for visibility. */
enum state_class { STATE_LIVE, STATE_UNSENT, STATE_OVER, STATE_BLOCKED, STATE_DELETED, STATE_UNKNOWN };

struct law_record {
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;
	enum kind kind;
	enum mode mode;
	enum state_class state;
	int origin, authority;		/* member; authority LAW_NONE when the register does not know it */
	struct slice officer;
	int channel;			/* LAW_NONE when the record names none */
	int32_t filed_on;		/* UTC day of filed_at */
	int64_t filed_ms;

	enum audience_base base;
	int base_body, base_instrument;	/* for AUD_BODY, AUD_PARTIES; else LAW_NONE */
	struct mset list;		/* AUD_LIST */
	struct mset delivery, exclude, concerned;	/* concerned: members the body names as concerned */
	uint32_t roles;			/* bit per authority_type; 0 with no role_authorities: no restriction */
	const int *role_authorities;	/* authorities named one by one */
	const struct slice *persons;
	uint32_t role_authorities_count, persons_count;

	struct law_basis basis[LAW_BASIS_MAX];
	uint32_t basis_count;
	uint32_t purposes;
	enum onward onward;
	uint8_t handling;
	enum tlp tlp, pap;
	int class_level, class_mapping;	/* mapping: instrument or LAW_NONE */
	enum pd pd;
	int32_t review_by, delete_by;
	bool announce;
	bool person_notice;		/* NOTICE about a person: goes through the receiver gate (G10) */
};

/* The class of state word ${s} of ${kind}; STATE_UNKNOWN for a word no kind has. */
enum state_class law_state_class(enum kind kind, const char *s, size_t len);

/*
 * law_intern(reg, r, a, out, err):
 * Fill ${out} from the parsed record ${r}. ${out} borrows from ${r} and ${a} (arrays). ERR_UNKNOWN: a code of a member,
 * instrument, body, authority or role that the register does not know, or a state it does not know: the caller
 * quarantines the record whole. ERR_LIMIT: more than LAW_BASIS_MAX bases or LAW_PERSONS_MAX persons. An unknown
 * authority of origin or an unknown decision is not an error but stays LAW_NONE, which no gate takes for a permission.
 * O(size of the envelope x members).
 */
int law_intern(const struct registry *reg, const struct record *r, struct arena *a, struct law_record *out,
    struct err *e);

/*
 * law_resolve_audience(reg, r, as_of): the members that the audience names on ${as_of}: base minus EXCLUDE, the
 * originator always in. PARTIES: whom the instrument binds. BODY: its composition. ALL_MEMBERS: standing MEMBER or
 * SUSPENDED (a suspended member stays one; what it sees is G5's question). PUBLIC: everybody in the register.
 */
struct mset law_resolve_audience(const struct registry *reg, const struct law_record *r, int32_t as_of);

/* Markings of a product made from several records: the strictest of each. */
struct marking {
	enum tlp tlp, pap;
	uint8_t handling;
	enum onward onward;
	int class_level;
	enum pd pd;
	int32_t review_by, delete_by;
	struct mset delivery;		/* who has had every input */
	uint32_t purposes;		/* common to all inputs */
	bool any;			/* false: nothing joined yet; a zeroed struct is the start */
};
void marking_join(struct marking *m, const struct law_record *r);

#endif
