/*
 * The signer as the node sees it: note_signers whose keys are in another process (docs/guard.md). Start it before the
 * node's threads and before guard_node; stop it after the node's last signature.
 *
 * A round trip costs three system calls a side and two switches beside the signature itself; what comes back is verified.
 */
#ifndef GUARD_SIGNER_H
#define GUARD_SIGNER_H

#include "guard/holder.h"
#include "log/vkey.h"

struct signer;

/* As holder_start. The log key must be there; others may. */
int signer_start(struct signer **out, const struct holder_options *o, struct err *e);

/*
 * The ${i}-th log key (0: keys/log.key, 1: keys/log.next.key) and witness key; NULL when there is none. They belong to the
 * signer, may be copied, and can be used from any thread until signer_stop. Their sign() answers ERR_DENIED, ERR_CONFLICT,
 * ERR_INPUT, ERR_LIMIT, ERR_FULL (policy.h: refused, in a sentence; the signer goes on) and ERR_IO (it is gone: the node must
 * stop).
 */
const struct note_signer *signer_log(const struct signer *s, unsigned i);
const struct note_signer *signer_witness(const struct signer *s, unsigned i);

/* What the process gave up, and what the kernel lacks for more. */
const struct guard_report *signer_report(const struct signer *s);

/* Has it gone? Ask now and then: an idle node should not learn it only at its next signature. Why, in ${e}. */
bool signer_failed(struct signer *s, struct err *e);

long signer_pid(const struct signer *s);

/* End it. Nobody may be signing. NULL is fine. */
void signer_stop(struct signer *s);

#endif
