/*
 * What a process that holds keys answers (docs/guard.md section 2), without its socket and its files: a frame in, a frame out.
 * child.h is the process around it.
 *
 * To give the evaluator a request of its own: a type in frame.h, a row in the table of keeper.c with the processes that
 * answer it, a function that reads the body strictly and writes the answer into the same frame without allocating, a row in
 * docs/guard.md 2.2, a case in fuzz/fuzz_signer.c. Its seed is vault->key[0].seed; whatever else it needs to compute must be in
 * memory before open_keys returns.
 */
#ifndef GUARD_KEEPER_H
#define GUARD_KEEPER_H

#include "base/clock.h"
#include "guard/policy.h"
#include "guard/vault.h"

#define KEEPER_OPENS_MAX 4

struct keeper {
	enum process role;
	const struct clock *clock;
	struct vault *vault;
	struct guard_report report;
	struct policy policy;
	/* Fill the vault and lock the process in: OK, VAULT_SEALED, or an error that is answered. */
	int (*open_keys)(struct keeper *k, const struct frame_open *o, struct err *e);
	bool open;
	unsigned opens;			/* tries */
};

enum keeper_next {
	KEEPER_ANSWER,			/* the frame is the answer to send */
	KEEPER_QUIT,			/* asked to end */
	KEEPER_BROKEN			/* not a frame of this conversation: end at once */
};

/* Answer the request in ${f}, in place. Allocates nothing. About the time of a signature. */
enum keeper_next keeper_answer(struct keeper *k, struct frame *f);

#endif
