/*
 * Files that fail: everything that SQLite does with the store's files, and everything that our own functions do with theirs,
 * fails in turn, once and from then on, as a broken disk fails and as a full one does (docs/faults.md 3). After an attempt that
 * ends in a restart the power has gone: what was not synced is lost or torn. See loop.h for what must be true.
 */
#include "fault/ops.h"

#define USUAL 16

static const int codes_io[] = { ERR_IO, OK };
static const int codes_full[] = { ERR_FULL, OK };

static const struct trouble kinds[] = {
	{ "store: I/O error once", FAULT_STORE, FAULT_ONCE, false, true, codes_io },
	{ "store: I/O error from then on", FAULT_STORE, FAULT_FROM_THEN_ON, false, true, codes_io },
	{ "store: disk full once", FAULT_STORE, FAULT_ONCE, true, true, codes_full },
	{ "store: disk full from then on", FAULT_STORE, FAULT_FROM_THEN_ON, true, true, codes_full },
	{ "files: I/O error once", FAULT_FILES, FAULT_ONCE, false, false, codes_io },
	{ "files: I/O error from then on", FAULT_FILES, FAULT_FROM_THEN_ON, false, false, codes_io },
	{ "files: disk full once", FAULT_FILES, FAULT_ONCE, true, false, codes_full },
	{ "files: disk full from then on", FAULT_FILES, FAULT_FROM_THEN_ON, true, false, codes_full },
};

int
main(int argc, char **argv)
{
	return ops_main(kinds, sizeof kinds / sizeof kinds[0], USUAL, argc > 1 ? argv[1] : NULL);
}
