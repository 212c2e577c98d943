#include "cli/progress.h"

#include <stdio.h>

#define FIRST_US INT64_C(1000000)
#define BAR_EVERY_US INT64_C(100000)
#define LINE_EVERY_US INT64_C(5000000)
#define BAR_WIDTH 30

void
progress_start(struct progress *p, const struct cli *c)
{
	*p = (struct progress){ .cli = c, .started_us = monotonic_us() };
	p->next_us = p->started_us + FIRST_US;
}

int
progress_show(void *progress, const char *what, uint64_t done, uint64_t total)
{
	struct progress *p = progress;
	int64_t now = monotonic_us();
	uint64_t tenths = total == 0 ? 0 : done >= total ? 1000 : (uint64_t)((double)done / (double)total * 1000);

	if (now < p->next_us)
		return 0;
	p->next_us = now + (p->cli->tty_err ? BAR_EVERY_US : LINE_EVERY_US);
	if (p->cli->tty_err)
		fputs("\r\033[K", stderr);
	if (p->cli->tty_err && total > 0)
		fprintf(stderr, "%-10.40s [%.*s%*s] %3llu %%  %llu / %llu", what, (int)(tenths * BAR_WIDTH / 1000),
		    "##############################", BAR_WIDTH - (int)(tenths * BAR_WIDTH / 1000), "",
		    (unsigned long long)(tenths / 10), (unsigned long long)done, (unsigned long long)total);
	else if (total > 0)
		fprintf(stderr, "%.40s: %llu of %llu", what, (unsigned long long)done, (unsigned long long)total);
	else
		fprintf(stderr, "%.40s: %llu", what, (unsigned long long)done);
	if (!p->cli->tty_err)
		fputc('\n', stderr);
	fflush(stderr);
	p->shown = true;
	return 0;
}

void
progress_end(struct progress *p)
{
	if (p->shown && p->cli->tty_err)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
