/*
 * From a block of a scenario to a record as `diwan file --complete` takes it: the members that the block says, in the words
 * of records, and for the body what forms.def adds. Everything else (id, version, delivery list, authority, state ...) is
 * the program's to complete.
 */
#ifndef PLAY_FORM_H
#define PLAY_FORM_H

#include "law/registry.h"
#include "play/tree.h"

#define FORM_BLOCKS_MAX 16		/* versions of one record */

struct form {
	const char *file;		/* for complaints */
	const struct registry *reg;
	const struct yaml *block[FORM_BLOCKS_MAX];	/* what all filings share, the first filing, what later versions changed */
	unsigned blocks;
	int64_t now_ms;
	const char *suffix;		/* added to the title: " (17)"; or "" */
	/* The reference of a named record, for links: true and 32 hex digits, "@" and version. */
	bool (*find)(void *ctx, const char *name, char ref[48]);
	void *ctx;
};

/*
 * form_write(f, out, err): one line of JSON, with LF. Defaults: tlp AMBER (CLEAR for the public), pd NONE, the channel's
 * first purpose, P13 without a channel, no basis for the public. The value "none" stands for an absent one. ERR_INPUT names
 * the place in the file.
 */
int form_write(const struct form *f, struct buf *out, struct err *e);

/* The value of ${key} in the newest block that has it; NULL: none has it, or it is "none". */
const struct yaml *form_get(const struct form *f, const char *key);

#endif
