#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES ((size_t)2 * 1024)		/* many arenas hold one note or one small record, for a moment */
#define BLOCK_BYTES ((size_t)16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	_Alignas(16) unsigned char bytes[];
};

/* Make a->current a block with ${size} free bytes: the next kept one if it fits, else a new one after it. */
static struct arena_block *
next_block(struct arena *a, size_t size)
{
	struct arena_block *b, **link = a->current ? &a->current->next : &a->first;
	size_t usual = a->first == NULL ? FIRST_BYTES : BLOCK_BYTES, cap = size > usual ? size : usual;

	if (*link != NULL && (*link)->cap >= size) {
		(*link)->used = 0;
		return a->current = *link;
	}
	if ((b = malloc(sizeof *b + cap)) == NULL) {
		a->no_memory = true;
		return NULL;
	}
	b->cap = cap;
	b->used = 0;
	b->next = *link;
	*link = b;
	return a->current = b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->current;
	void *p;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + 15) & ~(size_t)15;
	if (a->max_bytes && a->used_bytes + size > a->max_bytes) {
		a->no_memory = false;
		return NULL;
	}
	if (b == NULL || b->cap - b->used < size)
		if ((b = next_block(a, size)) == NULL)
			return NULL;
	p = b->bytes + b->used;
	b->used += size;
	a->used_bytes += size;
	return memset(p, 0, size);
}

char *
arena_strn(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (p != NULL && len > 0)
		memcpy(p, s, len);
	return p;
}

char *
arena_str(struct arena *a, const char *s)
{
	return arena_strn(a, s, strlen(s));
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(a, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_reset(struct arena *a)
{
	a->current = NULL;
	a->used_bytes = 0;
	a->no_memory = false;
	if (a->first != NULL) {
		a->first->used = 0;
		a->current = a->first;
	}
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->first; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->first = a->current = NULL;
	a->used_bytes = 0;
}
