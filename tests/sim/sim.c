/*
 * The simulation from the command line:
 *   sim --seed N [--trace] [--days D] [--ordinary]     one world
 *   sim --seeds A..B [--days D]                        each of them; a line for each that breaks a rule
 * Exit status 1 if a rule was broken.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/parts.h"

static int
usage(void)
{
	fprintf(stderr, "usage: sim --seed N | --seeds A..B  [--trace] [--days D] [--ordinary]\n");
	return 2;
}

static void
say(uint64_t seed, const struct outcome *x)
{
	printf("seed %" PRIu64 ": %s, %d days, plot %s, %" PRIu64 " filed, %" PRIu64 " acknowledged, %" PRIu64 " calls, %" PRIu64 " crashes, %"
	    PRIu64 " sectors lost, fingerprint %016" PRIx64 "\n", seed, x->violations == 0 ? "sound" : "BROKEN", x->days,
	    plot_word(x->plot),
	    x->filed, x->acked, x->calls, x->crashes, x->torn, x->fingerprint);
	if (x->violations > 0)
		printf("  %d violations; first: %s\n", x->violations, x->first);
}

static int
run_seeds(struct world_options o, uint64_t first, uint64_t last)
{
	uint64_t broken = 0, days = 0;
	int64_t start_us = monotonic_us();
	struct outcome x;
	double s;

	for (o.seed = first; o.seed <= last; o.seed++) {
		sim_run(&o, &x);
		days += (uint64_t)x.days;
		broken += x.violations > 0;
		if (x.violations > 0 || first == last)
			say(o.seed, &x);
		fflush(stdout);
	}
	s = (double)(monotonic_us() - start_us) / 1e6;
	printf("%" PRIu64 " worlds, %" PRIu64 " broken; %" PRIu64 " days of traffic in %.1f s\n", last - first + 1, broken,
	    days, s);
	return broken > 0;
}

int
main(int argc, char **argv)
{
	struct world_options o = { 0 };
	uint64_t first = 1, last = 0;
	int rc;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--trace") == 0)
			o.trace = stdout;
		else if (strcmp(argv[i], "--ordinary") == 0)
			o.ordinary = true;
		else if (strcmp(argv[i], "--days") == 0 && sscanf(value, "%d", &o.days) == 1)
			i++;
		else if (strcmp(argv[i], "--seeds") == 0 && sscanf(value, "%" SCNu64 "..%" SCNu64, &first, &last) == 2)
			i++;
		else if (strcmp(argv[i], "--seed") == 0 && sscanf(value, "%" SCNu64, &first) == 1) {
			last = first;
			i++;
		} else
			return usage();
	}
	if (last < first)
		return usage();
	sim_setup();
	rc = run_seeds(o, first, last);
	sim_teardown();
	return rc;
}
