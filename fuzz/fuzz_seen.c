/* What nodes have seen: taken apart, put together again, the same. */
#include <stdlib.h>
#include <string.h>

#include "exchange/seen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
	struct buf out;
	const uint8_t *data, *end;
};

static int
add(void *ctx, const struct seen_item *i)
{
	struct copy *c = ctx;

	if ((const uint8_t *)i->bytes < c->data || (const uint8_t *)i->bytes + i->len > c->end)
		abort();
	seen_add(&c->out, i->what, i->bytes, i->len);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct copy c = { .data = data, .end = data + size };
	struct buf head = { 0 };
	struct err e = { 0 };
	int64_t now_ms = 0;
	int rc = seen_read(data, size, &now_ms, add, &c, &e);

	if (rc == OK) {
		seen_begin(&head, now_ms);
		buf_add(&head, c.out.data, c.out.len);
		if (head.len != size || memcmp(head.data, data, size) != 0)	/* one text for one meaning */
			abort();
	} else if (rc != e.code || e.text[0] == '\0') {
		abort();
	}
	buf_free(&head);
	buf_free(&c.out);
	return 0;
}
