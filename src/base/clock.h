/*
 * Clock and random bytes as interfaces, so that tests, scenarios and simulations can supply their own.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
	int64_t (*now_ms)(void *ctx);	/* wall time, milliseconds since 1970 UTC */
	void *ctx;
};

struct rng {
	void (*fill)(void *ctx, void *out, size_t len);	/* never fails: an implementation that cannot, aborts */
	void *ctx;
};

int64_t clock_now_ms(const struct clock *c);
void rng_fill(const struct rng *r, void *out, size_t len);

extern const struct clock clock_system;	/* CLOCK_REALTIME */
extern const struct rng rng_system;	/* getrandom(2) */

int64_t monotonic_us(void);		/* for measuring durations only */

#endif
