/* The whole world in one object: the Makefile makes each test program of one source file. Included by programs only, once. */
#ifndef TESTS_SIM_PARTS_H
#define TESTS_SIM_PARTS_H

#include "sim/dice.c"
#include "sim/disk.c"
#include "sim/disk_vfs.c"
#include "sim/world.c"
#include "sim/troubles.c"
#include "sim/memo.c"
#include "sim/net.c"
#include "sim/liar.c"
#include "sim/traffic.c"
#include "sim/check.c"
#include "sim/check_acked.c"
#include "sim/check_arrival.c"
#include "sim/check_deletion.c"
#include "sim/check_fold.c"
#include "sim/check_guard.c"
#include "sim/check_history.c"
#include "sim/check_logs.c"
#include "sim/check_privacy.c"

/*
 * Address sanitizer keeps freed memory for a while, by default 256 MiB of it, which worlds run through in seconds; and the stack of
 * each allocation. Less of both takes a sixth of the time away and finds the same.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=8";
}

#endif
