/*
 * Chance from a seed. Every source of chance in a world (traffic, network, disks, the nodes' own random bytes) throws its own dice,
 * so that one more throw here does not change what happens there. Not for secrets.
 */
#ifndef TESTS_SIM_DICE_H
#define TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* Dice of world ${seed} for the use ${name}: other names, other throws. */
struct dice dice_of(uint64_t seed, const char *name);
uint64_t dice_u64(struct dice *d);
/* 0 .. ${below} - 1; 0 when ${below} is 0. */
uint64_t dice_below(struct dice *d, uint64_t below);
/* ${from} .. ${to}, both included. */
int64_t dice_between(struct dice *d, int64_t from, int64_t to);
/* True ${ppm} times in a million. ${ppm} 0 throws nothing. */
bool dice_hit(struct dice *d, uint32_t ppm);
void dice_fill(struct dice *d, void *out, size_t len);
/*
 * A time to wait, exponentially distributed about ${mean} (so that moments do not line up), at least 1, at most 20 times the
 * mean.
 */
int64_t dice_wait(struct dice *d, int64_t mean);

#endif
