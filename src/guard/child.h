/* The process around a keeper: what `diwan signer ROLE` runs (docs/guard.md section 1). */
#ifndef GUARD_CHILD_H
#define GUARD_CHILD_H

#include "base/clock.h"
#include "guard/process.h"

#define CHILD_FD 3			/* the socket to the parent */

/*
 * child_run(role, clock, e):
 * Be the process ${role} on CHILD_FD until told to end; ends the process itself (0: quit or the parent is gone, 70: broken
 * frame). Returns only if it cannot begin: ERR_INPUT (CHILD_FD is no socket: started by hand), ERR_IO, ERR_NOMEM. ${clock} is
 * kept. Call crypt_init first.
 */
int child_run(enum process role, const struct clock *clock, struct err *e);

#endif
