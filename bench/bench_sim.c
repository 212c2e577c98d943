/*
 * BENCHMARKS.md: simulation. How fast pretend time goes: five guarded nodes, first in a quiet world (each party files a record
 * a day, nothing goes wrong), then in a hundred worlds of a day with everything that can go wrong in them. The two days in
 * which each world settles and its checks are in the time and not in the days.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/parts.h"

#define QUIET_DAYS 60
#define WORLDS 100

/* Of this process: the machine may be shared, and there is one thread. */
static double
processor_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must_be_sound(const struct world_options *o, const struct outcome *x)
{
	if (x->violations == 0)
		return;
	fprintf(stderr, "seed %" PRIu64 " is not sound: %s\n", o->seed, x->first);
	exit(1);
}

static void
quiet(void)
{
	struct world_options o = { .seed = 1, .hours = 24 * QUIET_DAYS, .records_a_day = PARTIES, .ordinary = true };
	struct outcome x;
	double start_s = processor_s(), s;

	sim_run(&o, &x);
	must_be_sound(&o, &x);
	s = processor_s() - start_s;
	printf("quiet world      %8.1f days/s   (%d days, %" PRIu64 " records, %" PRIu64 " requests, %.0f us each, in %.2f s)\n",
	    QUIET_DAYS / s, QUIET_DAYS, x.acked, x.calls, s * 1e6 / (double)x.calls, s);
}

static void
troubled(void)
{
	struct world_options o = { .hours = 24 };
	struct outcome x;
	uint64_t calls = 0, crashes = 0;
	double start_s = processor_s(), s;

	for (o.seed = 1; o.seed <= WORLDS; o.seed++) {
		sim_run(&o, &x);
		must_be_sound(&o, &x);
		calls += x.calls;
		crashes += x.crashes;
	}
	s = processor_s() - start_s;
	printf("troubled worlds  %8.1f worlds/s (%d of a day, %" PRIu64 " requests, %" PRIu64 " crashes, in %.2f s)\n",
	    WORLDS / s, WORLDS,
	    calls, crashes, s);
}

int
main(void)
{
	sim_setup();
	quiet();
	troubled();
	sim_teardown();
	return 0;
}
