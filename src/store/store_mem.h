/*
 * Private to store_mem.c (life, snapshots) and store_mem_data.c (what is in the maps).
 */
#ifndef STORE_STORE_MEM_H
#define STORE_STORE_MEM_H

#include <pthread.h>

#include "store/store_backend.h"
#include "store/store_map.h"

enum { M_LOG = T_COUNT, M_TILE, M_PAYLOAD, M_CHECKPOINT, M_META, M_COUNT };	/* derived tables come first */

struct snapshot {
	atomic_uint refs;
	struct map_node *root[M_COUNT];
};

struct mem_reader {
	struct store_reader base;
	struct snapshot *snap;		/* while held */
	struct map_item *kept;		/* what the last get answered with */
	struct buf key;
};

struct mem_store {
	struct store base;
	struct mem_reader view;
	pthread_mutex_t mutex;
	struct snapshot *published;
	struct snapshot work;		/* the writer's roots; its count is not used */
	struct map_spare spare;
	struct buf key, value;
};

static inline struct mem_store *
mem_of(struct store *s)
{
	return (struct mem_store *)s;
}

/* A reference to map ${which} as ${r} sees it now; the caller drops it. */
struct map_node *store_mem_root(struct store_reader *r, int which);

int store_mem_nomem(struct err *e);

/* store_mem.c's part of the table of functions. */
void store_mem_close(struct store *s);
int store_mem_reader_open(struct store *s, struct store_reader **out, struct err *e);
void store_mem_reader_close(struct store_reader *r);
int store_mem_hold(struct store_reader *r, struct err *e);
void store_mem_release(struct store_reader *r);
int store_mem_begin(struct store *s, struct err *e);
int store_mem_commit(struct store *s, struct err *e);
void store_mem_rollback(struct store *s);
int store_mem_tidy(struct store *s, struct err *e);

extern const struct store_ops store_mem_ops;

#endif
