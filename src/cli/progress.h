/* Progress of long work on standard error: a bar on a terminal, else a line every few seconds; nothing in the first second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cli.h"

struct progress {
	const struct cli *cli;
	int64_t started_us, next_us;
	bool shown;
};
void progress_start(struct progress *p, const struct cli *c);
/* ${total} 0: not known. A progress_fn (node.h) with a struct progress as its ctx. */
int progress_show(void *progress, const char *what, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

#endif
