/* Blocks behind sentences, against the rows of blocks.def. Private to the play room. */
#ifndef PLAY_BLOCK_H
#define PLAY_BLOCK_H

#include "play/scenario.h"

#define BLOCK_CODES_MAX 32u		/* of one list */

struct block_row {
	const char *key, *option;	/* option: of the command; NULL: none */
	enum block_form { TEXT, CODES } form;
	bool must;
};

/* The rows of ${s}; *${count} 0: its block is not described there. */
const struct block_row *block_rows(enum sentence s, size_t *count);

/* ${y} has what the rows allow and all that must be there. ERR_INPUT names place, rule and what is allowed. */
int block_check(struct arena *a, const char *file, const struct yaml *y, enum sentence s, struct err *e);

/* The text of ${key}; "" when it is not there. */
const char *block_text(const struct yaml *y, const char *key);

/* The codes of a list, one at a time: a single word is a list of one. NULL at the end, or when there is none. */
const struct yaml *block_first(const struct yaml *y, const char *key);
const struct yaml *block_next(const struct yaml *code);

#endif
