/* When which checker is asked. Each stands in a file of its own, whose first lines say what it proves. */
#include "sim/world.h"

/* At any time, at an honest host that runs. */
void
check_during(struct world *w, struct host *h)
{
	check_acked(w, h);
	check_history(w, h);
	check_privacy(w, h);
	check_guard(w, h);
}

void
check_end(struct world *w)
{
	for (int i = 0; i < MEMBERS; i++) {
		struct host *h = &w->host[i];

		if (!host_honest(w, h))
			continue;
		if (!host_up(h)) {
			violated(w, "start", "%s does not run at the end", member_codes[h->member]);
			continue;
		}
		check_during(w, h);
		check_arrival(w, h);
		check_deletion(w, h);
		check_fold(w, h);
		check_logs(w, h);
	}
	check_setback(w);
}
