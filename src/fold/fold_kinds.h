/*
 * Private to the fold room. A fold of one kind first asks what it has to ask, and emits when nothing can be refused any
 * more: it answers ERR_UNKNOWN, with nothing emitted, for a record that this version cannot fold. fold_any does the
 * same and comes last.
 */
#ifndef FOLD_FOLD_KINDS_H
#define FOLD_FOLD_KINDS_H

#include "fold/fold.h"

struct fold {
	struct store_reader *view;
	const struct record *r;
	int64_t pos;
	fold_emit *emit;
	void *ctx;
	struct err *e;
};

typedef int fold_kind(const struct fold *f);

int fold_check(const struct fold *f);		/* what fold_any could refuse, before anything is emitted */
int fold_any(const struct fold *f);
int fold_control(const struct fold *f);

/* A reference in JSON; ERR_UNKNOWN if it is none. */
int fold_ref(const struct fold *f, const struct json *j, struct ref *out);
struct value fold_val_slice(struct slice s);
struct value fold_val_json(const struct json *j);	/* "" when absent */

#endif
