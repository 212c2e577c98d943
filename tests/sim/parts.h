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

#endif
