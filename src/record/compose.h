/*
 * Writing the text of a record: the envelope from a struct, the body as JSON that the caller wrote. Members stand in the order of
 * docs/format.md part 4, without white space, absent ones left out. Whoever files a record keeps the bytes that come out:
 * nothing else may be hashed.
 *
 *   struct draft d;
 *   compose_start(&d, KIND_INCIDENT);
 *   d.mechanism = "tashkent-2000"; ...
 *   rc = compose_record(&d, body.data, body.len, &text, err);
 */
#ifndef RECORD_COMPOSE_H
#define RECORD_COMPOSE_H

#include "base/buf.h"
#include "record/record.h"

struct draft_list {			/* NUL-terminated strings, borrowed */
	const char *const *words;
	size_t count;
};

struct draft_basis {			/* one of instrument with article, decision, consent; the others NULL */
	const char *instrument, *article, *decision, *consent;
};

struct draft_link {
	const char *ref, *rel;
};

/* Borrows everything it points to until compose_record returns. NULL, an empty list, WHEN_NONE and INT32_MAX mean: left out. */
struct draft {
	enum kind kind;
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;
	uint8_t prev[RECORD_HASH_BYTES];	/* written when seq > 1 */
	const char *mechanism, *channel;
	const char *member, *authority, *officer;
	struct inst filed_at, effective_from, effective_until;
	enum mode mode;
	const char *state;
	const struct draft_basis *basis;
	size_t basis_count;
	uint32_t purposes;			/* PURPOSE_BIT set */
	enum audience_base base;
	const char *base_arg;			/* body or instrument */
	struct draft_list members, exclude, roles, persons;
	struct draft_list delivery;		/* in any order: sorted, and doubles dropped, on writing */
	enum onward onward;
	uint8_t handling;			/* HANDLING_ set */
	const char *h3;				/* text of HANDLING_H3 */
	enum tlp tlp, pap;
	int class_level;
	const char *class_label, *class_mapping;
	const char *grade_scheme, *grade_source, *grade_info;
	enum pd pd;
	int32_t review_by, delete_by;
	bool announce;
	const char *naming;
	const struct draft_link *links;
	size_t links_count;
};

/* An empty draft: version 1, mode REAL, audience LIST, TLP and PAP RED (a caller that forgets them is safe), nothing else said. */
void compose_start(struct draft *d, enum kind kind);

/*
 * compose_next(a, r, prev, d, err):
 * A draft with the envelope of ${r}, as its next version: seq one higher, ${prev} the commitment of ${r}'s own entry. filed_at
 * is left as WHEN_NONE for the caller to set; everything else may be changed. Strings are copied to ${a}. ERR_LIMIT when the
 * arena is full.
 */
int compose_next(struct arena *a, const struct record *r, const uint8_t prev[RECORD_HASH_BYTES], struct draft *d, struct err *e);

/*
 * compose_record(d, body, len, out, err):
 * Append the text of the record to ${out} and check it with record_parse: what this answers OK for is a valid record. On an error
 * ${out} is as before, and the code is record_parse's. O(size of the text).
 */
int compose_record(const struct draft *d, const void *body, size_t len, struct buf *out, struct err *e);

#endif
