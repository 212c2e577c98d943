#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

int64_t
clock_now_ms(const struct clock *c)
{
	return c->now_ms(c->ctx);
}

void
rng_fill(const struct rng *r, void *out, size_t len)
{
	r->fill(r->ctx, out, len);
}

static int64_t
system_now_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
monotonic_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
system_fill(void *ctx, void *out, size_t len)
{
	unsigned char *p = out;

	(void)ctx;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

const struct clock clock_system = { system_now_ms, NULL };
const struct rng rng_system = { system_fill, NULL };
