/*
 * Private to store_mem.c (life, snapshots), store_mem_data.c and store_mem_trust.c (enduring maps), and store_mem_rows.c
 * (derived maps).
 */
#ifndef STORE_STORE_MEM_H
#define STORE_STORE_MEM_H

#include <pthread.h>

#include "store/store_backend.h"
#include "store/store_map.h"

enum {				/* derived tables come first */
	M_LOG = T_COUNT, M_TILE, M_PAYLOAD, M_CHECKPOINT, M_META,
	M_ERASURE, M_ERASURE_OF, M_WITNESS, M_FORK, M_BLOB, M_PART, M_COUNT
};

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

/* The buffer emptied; the buffer a reader makes its keys in. */
struct buf *store_mem_fresh(struct buf *b);
static inline struct buf *
store_mem_key(struct store_reader *r)
{
	return &((struct mem_reader *)r)->key;
}

/* The item under ${key} in map ${which}, kept by ${r} until its next call; NULL if there is none. */
const struct map_item *store_mem_get(struct store_reader *r, int which, const struct buf *key);
/* Into the writer's own maps, out of them. */
int store_mem_put(struct store *s, int which, const struct buf *key, const void *value, size_t len, struct err *e);
int store_mem_del(struct store *s, int which, const struct buf *key, struct err *e);
/* As store_mem_del, and nothing of it is kept. */
int store_mem_erase(struct store *s, int which, const struct buf *key, struct err *e);
/* The value of ${it} in place of what is in ${out}. */
int store_mem_copy(struct buf *out, const struct map_item *it, struct err *e);
/* map_walk over what ${r} sees. */
int store_mem_walk(struct store_reader *r, int which, const struct buf *from, bool descending,
    int (*visit)(void *, const struct map_item *), void *ctx, struct err *e);

/* store_mem_data.c's part. */
int store_mem_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
    struct err *e);
int store_mem_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len,
    struct err *e);
int store_mem_log_each(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e);
int store_mem_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch,
    struct log_row *out, struct err *e);
int store_mem_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e);
int store_mem_log_put(struct store *s, const struct log_row *row, struct err *e);
int store_mem_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e);
int store_mem_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e);
int store_mem_payload_erase(struct store *s, int64_t pos, struct err *e);
int store_mem_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e);
int store_mem_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len,
    struct err *e);
int store_mem_payload_scan(struct store_reader *r, int64_t from, int64_t to,
    int (*visit)(void *, const struct payload *), void *ctx, struct err *e);
int store_mem_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e);
int store_mem_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len,
    struct err *e);

/* store_mem_trust.c's part. */
int store_mem_erasure_put(struct store *s, const struct erasure *x, struct err *e);
int store_mem_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e);
int store_mem_erasure_next(struct store_reader *r, int64_t pos, int64_t *next, struct err *e);
int store_mem_erasure_each(struct store_reader *r, const uint8_t *id, int (*visit)(void *, const struct erasure *),
    void *ctx, struct err *e);
int store_mem_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e);
int store_mem_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note,
    struct err *e);
int store_mem_witness_each(struct store_reader *r, int (*visit)(void *, const struct witnessed *), void *ctx,
    struct err *e);
int store_mem_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len,
    struct err *e);
int store_mem_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e);
int store_mem_fork_each(struct store_reader *r, int (*visit)(void *, const char *, int64_t), void *ctx, struct err *e);
int store_mem_blob_put(struct store *s, const struct blob *b, struct err *e);
int store_mem_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e);
int store_mem_blob_each(struct store_reader *r, int (*visit)(void *, const struct blob *), void *ctx, struct err *e);
int store_mem_part_put(struct store *s, const uint8_t hash[32], uint32_t n, const void *bytes, size_t len,
    struct err *e);
int store_mem_part_get(struct store_reader *r, const uint8_t hash[32], uint32_t n, struct buf *out, struct err *e);
int store_mem_blob_erase(struct store *s, const struct blob *b, struct err *e);

extern const struct store_ops store_mem_ops;

#endif
