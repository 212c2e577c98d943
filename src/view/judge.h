/*
 * The one door to a record's content. Exchange, command line, export, search and interfaces all ask here; nothing reaches a
 * peer
 * or an officer past it. It brings together the record, what the store knows beside it (controls, later versions, receipts,
 * quarantine), and the visibility function of the law room.
 */
#ifndef VIEW_JUDGE_H
#define VIEW_JUDGE_H

#include "law/vis.h"
#include "store/store.h"

struct judge {
	struct store_reader *reader;	/* keeps */
	const struct registry *reg;	/* keeps */
	int own;			/* the member this store belongs to */
	bool no_acts;			/* judge_survey has seen that no act on any record is held */
};

struct judged {
	int64_t pos;
	const uint8_t *nonce;		/* 32 bytes, in the arena */
	struct record rec;		/* only meaningful when parsed. Both with the markings that acts (MARKING_CHANGE) */
	struct law_record law;		/* gave it since; the text itself stays as it was filed */
	bool parsed;			/* false: quarantined; level is NONE */
	bool superseded;		/* a later version is known */
	int64_t order;			/* position of the DELETE_ORDER it is under; -1: none (view/acts.h) */
	struct caveats caveats;
	enum level level;
	struct why why;
};

/*
 * judge_survey(j, err): before many records are judged under one hold of the reader, look whether acts on records are
 * held at all; if not, nobody need
 * look for each. Ends with the hold.
 */
int judge_survey(struct judge *j, struct err *e);

/*
 * judge_read(j, pos, a, out, err):
 * Load the payload at ${pos} into ${a}, parse and intern it, gather its caveats. ERR_NOTFOUND: no payload is held there
 * (withheld by its originator,
 * erased, or not yet received). A quarantined record is OK with parsed == false. Does not decide; judge_decide does, for
 * any number of
 * viewers. About 10 us.
 */
int judge_read(const struct judge *j, int64_t pos, struct arena *a, struct judged *out, struct err *e);
/* The same for payload bytes at hand (borrowed as long as ${out} is used). */
int judge_payload(const struct judge *j, const struct payload *p, struct arena *a, struct judged *out, struct err *e);

/*
 * Decide for ${v} on day ${as_of}; fills out->level and out->why. Below 1 us; more only where the law asks since when the own
 * member has held the record, which its receipt says (view/receipts.h).
 */
enum level judge_decide(const struct judge *j, struct judged *out, const struct viewer *v, int32_t as_of);

/* The node of ${member} as a viewer: for the release of payloads. */
struct viewer judge_node(int member);

/* What people call a record where nothing else is known of it: "kz/17" (log's member, index in its log). Into ${out}. */
#define LABEL_LEN 64
void judge_label(char out[LABEL_LEN], const struct judge *j, int64_t pos);

#endif
