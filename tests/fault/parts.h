/* The pretend disks of the simulation, in one object with the program that includes this, once (as tests/sim/parts.h). */
#ifndef TESTS_FAULT_PARTS_H
#define TESTS_FAULT_PARTS_H

#include "sim/dice.c"
#include "sim/disk.c"
#include "sim/disk_vfs.c"

#endif
