/*
 * The parent's side of a process that holds keys: start it, talk to it, end it. signer.h and evaluator.h are what others
 * use.
 */
#ifndef GUARD_HOLDER_H
#define GUARD_HOLDER_H

#include "guard/frame.h"

struct holder;

struct holder_options {
	const char *dir;		/* the node's folder */
	const char *user;		/* the process changes to it; NULL: stays. Only root can */
	const char *clock_file;		/* as DIWAN_CLOCK: a clock shifted by a file, for scenarios; NULL: as in the environment */
	const char *program;		/* NULL: this program itself */
	int passphrase_fd;		/* where to read it; 0: nowhere */
	bool may_ask;			/* at the terminal */
};

/*
 * holder_start(out, role, o, hello, e):
 * Start the process ${role} and have it open its keys; what it holds is in ${hello}. Call it from a thread that lives as long as
 * the process should (process_begin). Errors: those of vault_load and passphrase_get in the child's words, ERR_IO (could not
 * be started), ERR_NOMEM.
 */
int holder_start(struct holder **out, enum process role, const struct holder_options *o, struct frame_hello *hello, struct err *e);

/*
 * holder_call(h, f, e):
 * One request and its answer, in place; from any thread. OK: f->type is 0. Errors: what the process answered; ERR_IO: it is
 * gone or silent, now and for ever.
 */
int holder_call(struct holder *h, struct frame *f, struct err *e);

/* Is it gone? Then why, in ${e}. Cheap enough to ask twice a second. */
bool holder_failed(struct holder *h, struct err *e);

long holder_pid(const struct holder *h);

/* End it and wait for that. Nobody may be calling. NULL is fine. */
void holder_stop(struct holder *h);

#endif
