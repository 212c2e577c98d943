/*
 * What a signer signs (docs/guard.md section 3): checkpoints of its own log and cosignatures of others', never two that
 * contradict each other. Pure: it sees the text, the key and the time, and remembers the last state of each origin from
 * its start to its end. It allocates nothing.
 *
 * The rules come from docs/log.md 6.5 (a log never signs a fork) and C2SP tlog-witness (a witness's sizes and times never
 * go back). The consistency proof between two sizes is the node's to check: a signer that has no tree cannot.
 */
#ifndef GUARD_POLICY_H
#define GUARD_POLICY_H

#include "guard/frame.h"
#include "log/checkpoint.h"

#define POLICY_ORIGINS_MAX 1024
#define POLICY_SKEW_S 86400
#define POLICY_MESSAGE_MAX (20 + 20 + 1 + CHECKPOINT_TEXT_MAX)	/* head of a cosignature and a checkpoint */

struct policy_seen {			/* the last state signed of one origin */
	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t size, time_s;		/* time 0: never cosigned */
	struct digest root;
};

struct policy {				/* zeroed at first; about 330 KB, of which only what is used is touched */
	struct vkey own[FRAME_KEYS_MAX];	/* the log keys held: their names are the own origins */
	unsigned own_count, seen_count;
	struct policy_seen seen[POLICY_ORIGINS_MAX];
};

/*
 * policy_checkpoint(p, key, text, len, e):
 * May ${key} sign this checkpoint text? OK also remembers it, so that the signature must follow. Errors: ERR_INPUT, ERR_LIMIT
 * (malformed, extension lines), ERR_DENIED (not a log key, not its origin), ERR_CONFLICT (smaller, or another root), ERR_FULL
 * (origins).
 */
int policy_checkpoint(struct policy *p, const struct vkey *key, const void *text, size_t len, struct err *e);

/*
 * policy_cosign(p, key, now_s, msg, len, e):
 * May ${key} cosign this message at ${now_s} by the signer's clock? As policy_checkpoint; ERR_DENIED also for the own log, and
 * ERR_CONFLICT for a time that goes back or is more than POLICY_SKEW_S away.
 */
int policy_cosign(struct policy *p, const struct vkey *key, int64_t now_s, const void *msg, size_t len, struct err *e);

#endif
