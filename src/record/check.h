/*
 * Checking one value against one row of the tables, and a whole object against its struct. For the record room's own use.
 *
 * Complaints are kept by rank: the first ERR_INPUT stays unless an ERR_UNKNOWN follows, and checking goes on after an ERR_INPUT to
 * look for one. So a record that holds anything unknown is quarantined, whatever else is wrong with it: rules
 * of a later version must not be judged by this one.
 */
#ifndef RECORD_CHECK_H
#define RECORD_CHECK_H

#include "record/record.h"
#include "record/rows.h"

struct check {
	struct arena *arena;		/* for sorting long sets */
	struct err *err;
	int rc;				/* OK, ERR_INPUT, ERR_LIMIT, ERR_NOMEM or ERR_UNKNOWN */
	enum pd pd;			/* marking that the record's fields must be allowed by */
	const struct record *record;	/* envelope, while the body is checked; NULL before */
	const struct json *body;	/* while the body is checked */
};

/* Where a value stands, as a chain on the stack; made into a path only when there is something to complain of. */
struct at {
	const struct at *up;
	const char *name;		/* NULL for an element of a list */
	uint32_t len, index;
};

/* Complain of the value at ${at} (and of its member ${field}, unless NULL). */
void check_complain(struct check *c, int code, const struct at *at, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * Check object ${o} against struct ${s}: members known and of their type, none missing, rules of the struct. Fills ${slots} (one
 * for each row of the struct; the caller gives room for FIELDS_MAX), which may be used even if c->rc is not OK.
 */
void check_struct(struct check *c, enum struct_id s, const struct json *o, const struct at *at, struct slot *slots);

/*
 * types_check(f, j, slot, why):
 * Check one scalar value of row ${f} (shape ignored) and fill ${slot}. OK, or ERR_INPUT / ERR_UNKNOWN with the rule in *${why}.
 */
int types_check(const struct field *f, const struct json *j, struct slot *slot, const char **why);

/* Run the rules of struct ${s}, complaining of the first that does not hold. */
void rules_run(struct check *c, enum struct_id s, const struct at *at, const struct slot *slots);

#endif
