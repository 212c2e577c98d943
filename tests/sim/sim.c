/*
 * The simulation from the command line:
 *   sim --seed N [--trace] [--hours H] [--records R] [--ordinary]     one world
 *   sim --seeds A..B [--hours H] [--records R]                        each of them; a line for each that breaks a rule
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
	fprintf(stderr, "usage: sim --seed N | --seeds A..B  [--trace] [--hours H] [--records R] [--ordinary]\n");
	return 2;
}

static void
say(uint64_t seed, const struct outcome *x)
{
	printf("seed %" PRIu64 ": %s, %d hours, plot %s, fingerprint %016" PRIx64 "\n", seed,
	    x->violations == 0 ? "sound" : "BROKEN", x->hours, plot_word(x->plot), x->fingerprint);
	printf("  %" PRIu64 " filed, %" PRIu64 " acknowledged, %" PRIu64 " requests, %" PRIu64 " crashes, %" PRIu64
	    " sectors lost\n", x->filed, x->acked, x->calls, x->crashes, x->torn);
	if (x->violations > 0)
		printf("  %d violations; first: %s\n", x->violations, x->first);
}

static int
run_seeds(struct world_options o, uint64_t first, uint64_t last)
{
	uint64_t broken = 0, hours = 0;
	int64_t start_us = monotonic_us();
	struct outcome x;
	double s;

	for (o.seed = first; o.seed <= last; o.seed++) {
		sim_run(&o, &x);
		hours += (uint64_t)x.hours;
		broken += x.violations > 0;
		if (x.violations > 0 || first == last)
			say(o.seed, &x);
		fflush(stdout);
	}
	s = (double)(monotonic_us() - start_us) / 1e6;
	printf("%" PRIu64 " worlds, %" PRIu64 " broken; %" PRIu64 " hours of traffic in %.1f s\n", last - first + 1, broken,
	    hours, s);
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
		else if (strcmp(argv[i], "--records") == 0 && sscanf(value, "%d", &o.records_a_day) == 1)
			i++;
		else if (strcmp(argv[i], "--hours") == 0 && sscanf(value, "%d", &o.hours) == 1)
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
