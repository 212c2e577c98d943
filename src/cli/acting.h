/* An act on a record from the command line: what it says from the options, whom it goes to from what is known of the record. */
#ifndef CLI_ACTING_H
#define CLI_ACTING_H

#include "cli/local.h"
#include "law/act.h"

struct acting {
	const struct cli *cli;
	enum act act;
	const char *name;		/* the record, as the user names it */
	int64_t skew_ms;		/* the running node's clock minus ours */
};

/* The act that word ${s} of the command line means ("delete", "recall" ...); ACT_NONE. */
enum act acting_word(const char *s);
/* "delete, recall, ..." for messages. */
const char *acting_words(void);

/*
 * acting_compose(x, look, text, e): append the record, checked as far as this node can tell whether it may be filed (law/act.h). An
 * answer (ACK, KEEP_WITH_REASON) may name the order, or the record that is under it.
 */
int acting_compose(const struct acting *x, struct local *look, struct buf *text, struct err *e);

#endif
