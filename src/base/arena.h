/*
 * Memory by lifetime: an arena is filled by many small allocations and freed whole. Its variable's name says the
 * lifetime (req, batch, boot). Not for secrets. A zeroed struct is an empty arena without bound.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first, *current;
	size_t used_bytes;	/* handed out since the last reset */
	size_t max_bytes;	/* 0: no bound; past it arena_alloc answers NULL */
	bool no_memory;		/* after a NULL: the machine has none (ERR_NOMEM); otherwise the bound was met (ERR_LIMIT) */
};

/* ${size} zeroed bytes aligned to 16, or NULL (no memory, bound reached). O(1) amortised. */
void *arena_alloc(struct arena *a, size_t size);

/* A NUL-terminated copy of ${len} bytes, or NULL. */
char *arena_strn(struct arena *a, const char *s, size_t len);
char *arena_str(struct arena *a, const char *s);
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Forget all allocations; keep the blocks for the next round (so a long-lived arena stops calling malloc). */
void arena_reset(struct arena *a);

/* Give all memory back. */
void arena_free(struct arena *a);

#endif
