/* What single kinds add to the rows of every record. Private to the fold room. */
#ifndef FOLD_KINDS_H
#define FOLD_KINDS_H

#include "fold/fold.h"

struct folding {
	const struct registry *reg;
	const struct record *r;
	int64_t pos;
	fold_emit emit;
	void *ctx;
	struct err *e;
};

int fold_any(struct folding *f);
int fold_control(struct folding *f);

/* A row of ${t} with all its columns still to be set; fold_emit_row hands it on. */
struct row fold_row(enum derived_table t);
int fold_emit_row(struct folding *f, const struct row *row);
struct value fold_slice(struct slice s);

#endif
