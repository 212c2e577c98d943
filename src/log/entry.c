#include "log/entry.h"

#include <string.h>

#include "log/tree.h"

static const char domain[] = "diwan-record-v1";

void
entry_commit(struct digest *commitment, const uint8_t nonce[ENTRY_NONCE_BYTES], const void *record, size_t len)
{
	struct hash h;

	hash_start(&h);
	hash_add(&h, domain, sizeof domain - 1);
	hash_add(&h, nonce, ENTRY_NONCE_BYTES);
	hash_add(&h, record, len);
	hash_done(&h, commitment);
}

void
entry_make(uint8_t entry[ENTRY_BYTES], const struct digest *commitment)
{
	entry[0] = ENTRY_VERSION;
	memcpy(entry + 1, commitment->b, sizeof commitment->b);
}

int
entry_parse(struct digest *commitment, const void *entry, size_t len, struct err *e)
{
	const uint8_t *p = entry;

	if (len == 0)
		return err_set(e, ERR_INPUT, "entry: empty; an entry is a version byte and a commitment");
	if (p[0] != ENTRY_VERSION)
		return err_set(e, ERR_UNKNOWN, "entry: version %u is not known here; a newer program may read it",
		    p[0]);
	if (len != ENTRY_BYTES)
		return err_set(e, ERR_INPUT, "entry: %zu bytes; version 1 has exactly %d", len, ENTRY_BYTES);
	memcpy(commitment->b, p + 1, sizeof commitment->b);
	return OK;
}

void
entry_leaf(struct digest *leaf, const struct digest *commitment)
{
	uint8_t entry[ENTRY_BYTES];

	entry_make(entry, commitment);
	tree_leaf(leaf, entry, sizeof entry);
}

bool
entry_opens(const struct digest *commitment, const uint8_t nonce[ENTRY_NONCE_BYTES], const void *record, size_t len)
{
	struct digest d;

	entry_commit(&d, nonce, record, len);
	return hash_equal(&d, commitment);
}
