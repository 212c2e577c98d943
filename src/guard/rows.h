/* The rows of processes.def, for the files of this room that carry them out. Nobody else includes this. */
#ifndef GUARD_ROWS_H
#define GUARD_ROWS_H

#include "guard/process.h"

enum row_type {
	ROW_PROCESS,	/* number: enum process; text: its name */
	ROW_KEY,	/* text: file; number: purpose; value: must */
	ROW_LIMIT,	/* number: resource; value */
	ROW_REACH,	/* number: rights; text: paths */
	ROW_ALLOW,	/* text: calls */
	ROW_WHEN,	/* text: call; number: argument; mask, value */
	ROW_DEADLY,	/* text: calls */
	ROW_REST,	/* number: what happens */
	ROW_END
};

enum { REACH_READ = 1, REACH_WRITE, REACH_TREE, REACH_ENTRIES };
enum { REST_KILLS = 1, REST_ABSENT };

struct guard_row {
	enum row_type type;
	const char *text;
	long number;
	unsigned long long mask, value;
};

#if defined(__SANITIZE_ADDRESS__)
#define GUARD_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARD_IS_SANITIZED 1
#endif
#endif
#ifndef GUARD_IS_SANITIZED
#define GUARD_IS_SANITIZED 0
#endif

/* The row after ${row} of the same process, or NULL; of process ${p}, the PROCESS row itself. */
const struct guard_row *rows_of(enum process p);
const struct guard_row *rows_next(const struct guard_row *row);

/* The next word of *${s}, which moves past it: its length, 0 at the end. */
size_t rows_word(const char **s, const char **word);

/* landlock.c, seccomp.c: carry out the rows of ${p}. What the kernel lacks is noted in ${r}. ERR_IO, ERR_NOMEM. */
int landlock_confine(enum process p, const char *dir, const char *const *also, size_t also_count, struct guard_report *r,
    struct err *e);
int seccomp_confine(enum process p, struct guard_report *r, struct err *e);

#endif
