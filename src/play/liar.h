/*
 * Somebody who holds a member's TLS key and answers its peers with what is not true: a small HTTPS server that asks the true
 * node over its control socket and spoils the answers. For scenarios that show what peers do with it; the node itself knows
 * nothing of this.
 *
 *   WRONG_HASHES      bundles: one bit of the last entry is turned            (the root under the signature does not come out)
 *   OUT_OF_ORDER      bundles: the last two entries change places             (the same)
 *   FORGED_PAYLOADS   the log is true; each payload is another text           (it does not open its entry)
 *   ENDLESS_STREAM    the log is true; the payload stream does not end        (more than an answer may hold)
 *   OLD_TREE          the checkpoint is one from before                       (smaller than what is held)
 */
#ifndef PLAY_LIAR_H
#define PLAY_LIAR_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum lie { LIE_WRONG_HASHES, LIE_OUT_OF_ORDER, LIE_FORGED_PAYLOADS, LIE_ENDLESS_STREAM, LIE_OLD_TREE };

struct liar;

/*
 * liar_start(out, dir, mechanism, old_note, lie, &port, err):
 * Serve in the place of the node in folder ${dir}, with its certificate and key, on 127.0.0.1 at *${port}, in a thread of
 * its own. ${old_note} is the checkpoint to show with LIE_OLD_TREE (copied). ERR_IO, ERR_NOMEM.
 */
int liar_start(struct liar **out, const char *dir, const char *mechanism, const struct buf *old_note, enum lie lie, unsigned *port,
    struct err *e);
void liar_stop(struct liar *l);		/* NULL is fine */

/* How many spoilt answers went out. */
uint64_t liar_lies(const struct liar *l);

/* Ring the bell of the peer at 127.0.0.1:${port} in the member's name, so that it asks now. ERR_IO. */
int liar_ring(const struct liar *l, unsigned port, struct err *e);

#endif
