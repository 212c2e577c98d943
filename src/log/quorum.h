/*
 * How many witnesses must have cosigned before an entry is settled (docs/log.md section 14).
 *
 * A mechanism of N members has n = N - 1 witnesses for each log: everybody but the log itself, whose own signature does
 * not count. Up to f = floor((n - 1) / 3) of them may fail in any way, lie included:
 *
 *     k = floor((n + f) / 2) + 1
 *
 * Two sets of k have at least 2k - n >= f + 1 witnesses in common, so two histories cannot both be settled unless f + 1
 * witnesses sign both beside the log; and k <= n - f (from n = 4 on), so f that are away do not stop settling.
 *
 * Below five members there is no room for either (f = 0), and a plain majority would let one witness that lies together
 * with the log settle two histories. There k = n: everybody must have seen it. The price is that one member away stops
 * settling, not publishing. A member alone has nobody to show its log to: k = 0, everything is settled by its own word.
 */
#ifndef LOG_QUORUM_H
#define LOG_QUORUM_H

#include <stdint.h>

/* f for a mechanism of ${n_members}: how many witnesses of a log may fail in any way. 0 below five members. */
uint32_t quorum_faulty(uint32_t n_members);

/*
 * k for a mechanism of ${n_members}: 0, 0, 1, 2, 3 for none to four, then 3 4 4 5 6 6 7 8 8 9 for five to fourteen. What
 * counts for a deadline is less: the time of an entry is its (f + 1)-th smallest cosignature time
 * (checkpoint_settled with quorum_faulty + 1), so that one honest witness had seen it by then.
 */
uint32_t quorum_k(uint32_t n_members);

#endif
