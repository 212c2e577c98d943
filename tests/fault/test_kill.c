/* kill -9 under load, the short form: kill.h. The long one is kill.c (`make check-long`). */
#include "fault/kill.h"

int
main(void)
{
	struct kill_options o = { .program = getenv("DIWAN"), .seed = 1, .cycles = 20, .check_each = 2 };

	if (o.program == NULL || access(o.program, X_OK) != 0) {
		skip("DIWAN names no program", 3);
		return tap_done();
	}
	home_start();
	run_kills(&o);
	home_end();
	return tap_done();
}
