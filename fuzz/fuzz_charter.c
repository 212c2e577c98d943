/*
 * Any bytes as a charter: no crash, no leak; a refusal always has its complaint; what is taken becomes a register, in
 * which each member has one binding a day.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "charter/charter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_register(const struct registry *reg)
{
	for (uint32_t i = 0; i < reg->instruments_count; i++)
		for (uint32_t m = 0; m < reg->members_count; m++)
			for (uint32_t k = 0; k < reg->instruments[i].bindings_count; k++) {
				const struct binding_row *row = &reg->instruments[i].bindings[k];

				if (row->member == (int)m &&
				    registry_binding_on(reg, (int)i, (int)m, row->span.from) != row)
					abort();
			}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct complaints c;
	struct arena a = { .max_bytes = 64u << 20 };
	struct charter *ch = NULL;
	struct registry *reg = NULL;
	struct err e = { 0 };
	struct buf out = { 0 };
	bool good = charter_check(&a, "fuzz", (const char *)data, size, &ch, &c);

	if (good != (c.count == 0) || good != (ch != NULL))
		abort();
	if (good) {
		if (charter_registry(ch, &a, &reg, &e) == OK)
			check_register(reg);
		else if (e.code != ERR_NOMEM && e.code != ERR_LIMIT)
			abort();
	} else {
		complaints_write(&c, &out);
	}
	buf_free(&out);
	arena_free(&a);
	return 0;
}
