/* One attempt at one expectation: what was found. Private to the play room. */
#ifndef PLAY_EXPECT_H
#define PLAY_EXPECT_H

#include "play/stage.h"

struct looking {
	struct stage *st;
	const struct step *step;
	bool holds;
	char *detail;			/* what is not as expected; what is */
	size_t cap, len;
};

/* One finding. What does not hold comes to the front. */
void expect_note(struct looking *l, bool good, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The record that the step names; an error names the step's place. */
int expect_named(struct looking *l, const struct named **out, struct err *e);

/* ---- expect_trust.c: orders and who has obeyed, cosignatures, two histories, nodes that may not sign ---- */
int expect_trust(struct looking *l, struct err *e);
/* Is the newest version's entry settled, by its originator's status? */
int expect_settled(struct looking *l, const struct named *n, struct err *e);

#endif
