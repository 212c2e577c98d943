/* Shared by the files that fill the register; not for other rooms. */
#ifndef LAW_REGISTRY_ROWS_H
#define LAW_REGISTRY_ROWS_H

#include "law/registry.h"

/*
 * Make room for one more row of ${size} bytes after ${count}; ${*rows} may move. ERR_LIMIT at ${max}, ERR_NOMEM.
 * Amortised O(1).
 */
int registry_room(struct arena *a, void **rows, uint32_t count, size_t size, uint32_t max, struct err *e);
int registry_no_memory(struct err *e);
/* A well-formed code that is not there yet (${existing}: its index, or LAW_NONE). */
int registry_new_code(const char *what, const char *code, int existing, struct err *e);
int registry_check_span(struct span s, struct err *e);
int registry_check_index(int index, uint32_t count, const char *what, struct err *e);
int registry_overlap(const char *what, const char *who, struct err *e);

static inline bool
span_overlap(struct span a, struct span b)
{
	return a.from < b.until && b.from < a.until;
}

#endif
