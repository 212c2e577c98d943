/*
 * Logs verify: `diwan check` finds nothing: the file's structure, every log's tiles against its root and its signed checkpoint,
 * each payload against its entry, the derived rows against a fresh fold. (That a dishonest member has shown two histories is a
 * true finding.)
 */
#include <inttypes.h>
#include <string.h>

#include "sim/world.h"

struct finding {
	struct world *w;
	const struct host *h;
};

static void
report(void *ctx, const char *text)
{
	const struct finding *x = ctx;

	if (x->w->plot == PLOT_NONE || x->w->o.blind || strstr(text, "two histories") == NULL)
		violated(x->w, "logs", "%s: %s", member_codes[x->h->member], text);
}

void
check_logs(struct world *w, struct host *h)
{
	struct finding x = { w, h };
	struct err e = { 0 };
	uint64_t findings = 0;

	if (node_check(h->node, report, NULL, &x, &findings, &e) != OK)
		violated(w, "logs", "%s cannot be checked: %s", member_codes[h->member], e.text);
}
