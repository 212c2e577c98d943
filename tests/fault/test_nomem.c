/*
 * No memory: every allocation of ours, and every one of SQLite, fails in turn, once and from then on (docs/faults.md 2). See
 * loop.h for what must be true after each.
 */
#include "fault/ops.h"

#define USUAL 20

static const int codes_nomem[] = { ERR_NOMEM, OK };

static const struct trouble kinds[] = {
	{ "no memory once", FAULT_MEMORY, FAULT_ONCE, false, false, codes_nomem },
	{ "no memory from then on", FAULT_MEMORY, FAULT_FROM_THEN_ON, false, false, codes_nomem },
	{ "SQLite without memory once", FAULT_SQLITE, FAULT_ONCE, false, false, codes_nomem },
	{ "SQLite without memory from then on", FAULT_SQLITE, FAULT_FROM_THEN_ON, false, false, codes_nomem },
};

int
main(int argc, char **argv)
{
	return ops_main(kinds, sizeof kinds / sizeof kinds[0], USUAL, argc > 1 ? argv[1] : NULL);
}
