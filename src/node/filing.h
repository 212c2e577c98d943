/* Filing: what its files share. Private to the node room. */
#ifndef NODE_FILING_H
#define NODE_FILING_H

#include "law/file.h"
#include "node/internal.h"

struct prepared {
	struct record rec;
	struct law_record law;
	uint8_t nonce[ENTRY_NONCE_BYTES];
	struct digest commitment;
	bool good;			/* passed everything the caller's thread can check */
};

/* filing_chain.c: the law's answer for ${p}, given the version before it (NULL for the first). */
int filing_chain_law(const struct node *n, const struct prepared *p, const struct law_record *previous, struct err *e);
/*
 * In the transaction: is ${p} new, does it follow the version before it, can it be folded, may it act on its target? ERR_CONFLICT,
 * ERR_LAW, ERR_INPUT, ERR_UNKNOWN, ERR_LIMIT are verdicts on it; any other error is about the store. ${a}: for what is read.
 */
int filing_chain(struct node *n, struct store *s, const struct prepared *p, struct arena *a, struct err *e);

#endif
