/* Policies: what parses keeps the format's promises and is monotonous: a cosignature more never spoils it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "log/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct log_policy *p)
{
	struct note_mark m[LOG_POLICY_WITNESSES_MAX] = { 0 };
	bool had = log_policy_satisfied(p, m);

	assert(had == (p->quorum == LOG_POLICY_NONE));
	for (size_t i = 0; i < p->n_witnesses; i++) {
		bool has;

		m[i].signed_by = true;
		has = log_policy_satisfied(p, m);
		assert(has || !had);
		had = has;
	}
	assert(had);	/* every threshold is within reach */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_policy *p = malloc(sizeof *p);
	struct err e;

	assert(p != NULL);
	if (log_policy_parse((const char *)data, size, p, &e) == OK) {
		assert(vkey_distinct(p->key, p->n_logs + p->n_witnesses, &e) == OK);
		for (size_t i = 0; i < p->n_logs + p->n_witnesses; i++)
			assert(p->key[i].type == (i < p->n_logs ? VKEY_ED25519 : VKEY_COSIGN));
		for (size_t i = 0; i < p->n_groups; i++)
			assert(p->group[i].k >= 1 && p->group[i].k <= p->group[i].n);
		check(p);
	}
	free(p);
	return 0;
}
