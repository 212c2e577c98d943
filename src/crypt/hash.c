#include "crypt/hash.h"

#include <string.h>

void
hash_start(struct hash *h)
{
	sha256_init(&h->ctx);
}

void
hash_add(struct hash *h, const void *bytes, size_t len)
{
	if (len > 0)
		sha256_update(&h->ctx, len, bytes);
}

void
hash_done(struct hash *h, struct digest *out)
{
	sha256_digest(&h->ctx, sizeof out->b, out->b);
}

void
hash_once(struct digest *out, const void *bytes, size_t len)
{
	struct hash h;

	hash_start(&h);
	hash_add(&h, bytes, len);
	hash_done(&h, out);
}

bool
hash_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}
