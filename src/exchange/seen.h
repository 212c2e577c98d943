/*
 * What a node has seen of every log (docs/exchange.md 7): the newest checkpoint it holds of each, and the proofs of two histories
 * it knows. Every node shows it to every other, so that no log can show one history here and another there for long: cosigning
 * prevents, this convicts, and it needs no quorum. A text is as good as the signatures in it, whoever tells it.
 */
#ifndef EXCHANGE_SEEN_H
#define EXCHANGE_SEEN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SEEN_MAX_BYTES (4u * 1024 * 1024)
#define SEEN_ITEMS_MAX 1024

enum seen_what { SEEN_CHECKPOINT, SEEN_FORK };

struct seen_item {
	enum seen_what what;
	const void *bytes;		/* a checkpoint note, or a fork proof; borrowed from the text */
	size_t len;
};

/* Begin a text with the writer's time (milliseconds since 1970); add items; ${out}->failed tells if memory ran out. */
void seen_begin(struct buf *out, int64_t now_ms);
void seen_add(struct buf *out, enum seen_what what, const void *bytes, size_t len);

/*
 * seen_read(bytes, len, now_ms, item, ctx, err): take a text apart; the items are not looked at. A non-zero return of ${item}
 * stops and is returned. Errors: ERR_INPUT, ERR_LIMIT.
 */
int seen_read(const void *bytes, size_t len, int64_t *now_ms, int (*item)(void *ctx, const struct seen_item *i), void *ctx,
    struct err *e);

#endif
