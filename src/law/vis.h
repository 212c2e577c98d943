/*
 * Visibility (law.md C1): who may see how much of a record, and why. Each gate is one small function that answers a
 * ceiling; the result is the smallest of them. docs/law.md says gate by gate what is implemented and which choices were
 * made.
 *
 * Two laws hold and are tested: adding a caveat never raises the level, and an unknown value gives NONE. Some facts
 * open a gate that is shut without them (a verified commitment, a consent, a review that was done, a receipt before a
 * withdrawal); they are not caveats but evidence, are listed apart, and adding evidence never lowers the level.
 *
 * The node itself as a viewer (ROLE_NODE): the peer's node, when a payload is to be released to a member. Gates about
 * officers (clearance, ROLES and PERSONS, TLP below the member, G8 competence, G9 rights, G10 receiver gate, G14 view)
 * are then for the receiving node to apply and are not applied here. Release a payload to a node only at LEVEL_FULL.
 */
#ifndef LAW_VIS_H
#define LAW_VIS_H

#include "base/buf.h"
#include "law/intern.h"

enum role {
	ROLE_OFFICER, ROLE_REVIEWER, ROLE_AUDITOR, ROLE_ADMIN, ROLE_PROTECTION_OFFICER, ROLE_NODE,
	ROLE_PUBLIC,			/* anybody, no member: sees PUBLIC records with TLP CLEAR and no person data */
	ROLE_COUNT
};
enum pd_right { PD_RIGHT_NONE, PD_RIGHT_PERSON, PD_RIGHT_SPECIAL };
enum view { VIEW_LIVE, VIEW_EXERCISE, VIEW_TEST };

struct viewer {
	int member;			/* LAW_NONE only with ROLE_PUBLIC */
	int authority;			/* LAW_NONE: none (ROLE_NODE, ROLE_ADMIN) */
	struct slice person;		/* pseudonym */
	int purpose;			/* 1..14, declared for this session; 0: none */
	int clearance;			/* class level 0..4 */
	enum pd_right pd_right;
	enum role role;
	enum view view;
};

enum integrity { INTEGRITY_UNCHECKED, INTEGRITY_VERIFIED, INTEGRITY_BAD, INTEGRITY_UNKNOWN_VOCABULARY };
enum receiver_review { REVIEW_PENDING, REVIEW_CLEARED, REVIEW_FLAGGED, REVIEW_REFUSED };

enum {					/* caveat bits */
	CAVEAT_RESTRICTED = 1,		/* CONTROL RESTRICT: only for restricted_purposes */
	CAVEAT_CONTESTED = 2,
	CAVEAT_BLOCKED = 4,
	CAVEAT_WITHDRAWN = 8,
	CAVEAT_DELETED = 16,
	CAVEAT_PROTECTED = 32,		/* local protection flag on the subject; feared holds the states */
	CAVEAT_ALL = 63			/* any other bit is an unknown value */
};

struct consent {			/* a REPLY with result CONSENT or CONSENT_CONDITIONAL */
	struct ref ref;
	uint8_t about[RECORD_ID_BYTES];	/* the record it is about; all zero: named only by the citing record's basis */
	int by;				/* member that consented */
	struct mset targets;
	uint32_t purposes;
	int32_t until;			/* last day on which it holds; INT32_MAX: no end */
};

/* What the node knows beside the record. Zeroed: nothing verified, hence NONE. */
struct caveats {
	uint32_t flags;
	uint32_t restricted_purposes;	/* PURPOSE_BIT set, with CAVEAT_RESTRICTED */
	struct mset feared;		/* with CAVEAT_PROTECTED */
	struct mset recalled;		/* members named by RECALL_WRONG_ADDRESSEE */
	const struct law_record *newest;	/* a later version: its EXCLUDE and markings bind this one too (V24); NULL: none */

	/* evidence */
	enum integrity integrity;
	enum receiver_review review;	/* of a person notice, at this node */
	bool retention_reviewed;	/* review_by has passed and the record was reviewed and kept */
	bool kept;			/* an order to delete it was answered here with KEEP_WITH_REASON: the reviewer keeps it */
	bool held;			/* the viewer's member held this version on held_on */
	int32_t held_on;
	const struct consent *consents;
	uint32_t consents_count;
};

enum {					/* duties that come with a result; what to do, not what to see */
	DUTY_H0 = 1, DUTY_H1 = 2, DUTY_H2 = 4, DUTY_H3 = 8,	/* same bits as HANDLING_ */
	DUTY_PAP = 16,			/* record's pap above CLEAR */
	DUTY_SHOW_CONTESTED = 32,
	DUTY_FOOTNOTE = 64,		/* the viewer's naming set has footnotes: print them, export them */
	DUTY_LISTED_PURPOSES = 128,	/* restricted: only these purposes */
	DUTY_NO_ACTION = 256,		/* flagged here: may be read, not acted upon */
	DUTY_OFFER_FURTHER_USE = 512,	/* offer to create REQUEST CONSENT_FURTHER_USE */
	DUTY_SEND_NO_ACTION = 1024,	/* send CONTROL FLAG_NO_ACTION to the originator */
	DUTY_SEND_RECALL = 2048,	/* send CONTROL MARKING_CHANGE / RECALL to those who no longer may see */
	DUTY_CANCEL_PUBLIC = 4096,	/* publish a cancellation (CAP Cancel) */
	DUTY_NOTIFY_SENDER = 8192,	/* quarantined: tell the sender */
	DUTY_LOG_ATTEMPT = 16384,	/* audit log: somebody asked for more than they may have */
	DUTY_LOG_CONSULTATION = 32768	/* audit log: person data were read for the declared purpose */
};

enum why_code {
	WHY_NONE,
	/* what a positive answer rests on */
	WHY_ORIGIN, WHY_LISTED, WHY_PUBLIC, WHY_BOUND, WHY_CONSENTED, WHY_GRANTED, WHY_CONTROL, WHY_SURVIVES,
	    WHY_CONCERNED,
	/* what lowered it */
	WHY_BAD_VALUE, WHY_UNCHECKED, WHY_BAD_PROOF, WHY_VOCABULARY,
	WHY_UNSENT, WHY_OVER, WHY_WITHDRAWN, WHY_BLOCKED, WHY_DELETED,
	WHY_NOT_LISTED, WHY_EXCLUDED, WHY_RECALLED, WHY_ROLE, WHY_PERSON,
	WHY_NO_BASIS, WHY_ORIGIN_NOT_BOUND, WHY_NOT_BOUND, WHY_ARTICLE, WHY_NO_RELATION, WHY_SURVIVAL_OVER,
	    WHY_NOT_HELD,
	WHY_SUSPENDED, WHY_NO_GRANT, WHY_GRANT_LEVEL, WHY_SEAT, WHY_NO_STANDING, WHY_FORMER,
	WHY_CLEARANCE, WHY_NO_MAPPING,
	WHY_TLP_RED, WHY_TLP_STRICT, WHY_TLP_PUBLIC,
	WHY_NO_PURPOSE, WHY_OTHER_PURPOSE, WHY_NO_COMPETENCE,
	WHY_PD, WHY_PD_SPECIAL,
	WHY_NOT_REVIEWED, WHY_REVIEW_REFUSED, WHY_RESTRICTED, WHY_PROTECTION, WHY_REVIEW_BY, WHY_DELETE_BY,
	WHY_EXERCISE, WHY_REAL, WHY_TEST, WHY_AUDITOR, WHY_NO_CASE,
	/* forwarding */
	WHY_ONWARD_YES, WHY_ONWARD_NONE, WHY_ONWARD_ASK, WHY_ONWARD_AUDIENCE, WHY_ONWARD_MEMBER, WHY_CONSENT_ENDED,
	WHY_CONSENT_PURPOSE, WHY_CONSENT_TARGET, WHY_TLP_ONWARD,
	WHY_COUNT
};

#define WHY_MAX 20			/* more than the gates can give at once */

struct reason {
	uint8_t gate;			/* 1..14; 0 for forwarding and the auditor's function */
	uint8_t ceiling;		/* enum level */
	uint8_t code;			/* enum why_code */
	bool newest;			/* found in the newest version, not in the one asked about */
	int32_t a;			/* instrument, member, purpose, level: by code */
	int32_t day;			/* the day asked about, where it is not as_of */
	enum binding status;
};

struct why {
	enum level level;
	uint32_t duties;
	int32_t as_of;
	uint32_t count;
	struct reason reasons[WHY_MAX];
};

/*
 * vis(r, v, reg, c, as_of, why):
 * How much of ${r} the viewer may see on day ${as_of}. ${why} may be NULL; otherwise it is overwritten. Never fails:
 * what cannot be decided is NONE. ROLE_AUDITOR is refused here: it has vis_audit. Cost: below 1 us (bench/bench_vis.c).
 */
enum level vis(const struct law_record *r, const struct viewer *v, const struct registry *reg, const struct caveats *c,
    int32_t as_of, struct why *why);

/*
 * vis_audit(r, c, has_case, as_of, why): the auditor's own function: gates G1 and G13 only. META of everything; FULL
 * when a case justification is recorded (${has_case}); a tombstone (META) of what was deleted. Duties: DUTY_LOG_ATTEMPT
 * without a case.
 */
enum level vis_audit(const struct law_record *r, const struct caveats *c, bool has_case, int32_t as_of,
    struct why *why);

/*
 * may_forward(r, v, target, c, as_of, why):
 * May ${v} pass ${r} on to ${target} (member, authority)? Does not ask whether ${v} may see it; ask vis for both.
 * ${c}->consents are those known to the node.
 */
bool may_forward(const struct law_record *r, const struct viewer *v, const struct viewer *target,
    const struct caveats *c,
    int32_t as_of, struct why *why);

/* Who reads the explanation. A refusal for protection is R4 to everybody outside; R10 to the node's own officers. */
enum reader { READER_VIEWER, READER_LOCAL };

/*
 * vis_explain(out, label, r, v, reg, why, reader):
 * One paragraph of UTF-8 to ${out}: who may (not) see ${label} (what people call the record: "kz/2018/17"), each gate
 * with its rule, what would help, and the duties. The reasons themselves may show that a protection flag exists: give
 * nothing of a struct why to the viewer but this sentence and reason_gate().
 */
void vis_explain(struct buf *out, const char *label, const struct law_record *r, const struct viewer *v,
    const struct registry *reg, const struct why *why, enum reader reader);

/* The same for may_forward: whether ${v} may pass ${label} on to ${target}. */
void forward_explain(struct buf *out, const char *label, const struct law_record *r, const struct viewer *v,
    const struct viewer *target, const struct registry *reg, const struct why *why);

/* The gate's number as ${reader} may learn it; 0: not stated. */
int reason_gate(const struct reason *x, enum reader reader);
const char *why_word(enum why_code c);	/* "not-listed", for --json */
const char *role_word(enum role r);

/*
 * law_redact(r, is_person, ctx, out, err):
 * Write the body of ${r} as JSON without the fields that hold person data: absent, not blank. ${is_person} is asked
 * once for each member of each object, with its dotted path inside the body ("subject.names"; array elements add
 * nothing). Objects and arrays left empty by it are absent too. For LEVEL_REDACTED. ERR_NOMEM when ${out} failed.
 */
typedef bool (*person_field_fn)(void *ctx, enum kind kind, const char *path, size_t len);
int law_redact(const struct record *r, person_field_fn is_person, void *ctx, struct buf *out, struct err *e);

#endif
