/*
 * Filling in what an officer need not type. A record that leaves out members of its envelope gets them, in this order of
 * preference, from the command's options, from the version it updates, and from what follows by itself: a fresh id, version 1, the
 * node's time, the mechanism, the own member, an authority that may file it, the channel's purpose where it has one only, the
 * kind's first live state, and the delivery list that the audience resolves to. Markings and legal basis are never invented: who
 * leaves them out is told so.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli/local.h"
#include "record/tables.h"

#define COMPLETE_FIELDS 40		/* rows of the envelope; asserted */

struct complete {
	const struct cli *cli;
	const struct node *node;
	struct arena boot;		/* of the options' values and of the version that is updated */
	char *option[COMPLETE_FIELDS];	/* JSON text by envelope row; NULL: not given */
	const struct json *base;	/* envelope of the version that is updated, or NULL */
	const char *base_text;
	uint32_t next_seq;
	char prev[65];
	int64_t skew_ms;		/* the running node's clock minus ours */
};

/* True if any option of the command asks for completion. */
bool complete_wanted(const struct cli *c);
/* Read the options; ${reader} is used for --update. ERR_USAGE names an option, ERR_NOTFOUND the record to update. */
int complete_start(struct complete *k, const struct cli *c, const struct node *n, struct store_reader *reader, struct err *e);
void complete_end(struct complete *k);

/*
 * complete_record(k, text, len, out, e): ${text} is a JSON object with some members of an envelope. Replace ${out} by the complete
 * record on one line, checked by record_parse. ERR_INPUT, ERR_UNKNOWN, ERR_LIMIT name the member.
 */
int complete_record(const struct complete *k, const char *text, size_t len, struct buf *out, struct err *e);

/*
 * The first valid authority of ${member} that may file ${kind} for all of ${purposes}; else the first valid one, so that the law
 * can say what it lacks; NULL when none is valid.
 */
const char *complete_authority(const struct registry *reg, int member, enum kind kind, uint32_t purposes, int32_t day);

/* ---- between complete.c and complete_options.c ---- */

/* ${s} as a JSON string; "a,b" as ["a","b"]. In ${a}; NULL without memory. */
char *complete_quoted(struct arena *a, const char *s, size_t len);
char *complete_list(struct arena *a, const char *s);
/* Row of envelope member ${name}, which must be one (assert). */
unsigned complete_row(const char *name);

#endif
