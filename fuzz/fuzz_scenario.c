/* Scenario files: YAML, sentences, expectations, filings. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "play/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .max_bytes = (size_t)64 << 20 };
	struct scenario s;
	struct err e = { 0 };
	int rc = scenario_parse(&a, "fuzz.yaml", (const char *)data, size, &s, &e);

	if (rc == OK) {
		assert(s.steps_count > 0 && s.steps_count <= SCENARIO_STEPS_MAX && s.members_count <= SCENARIO_MEMBERS_MAX);
		for (uint32_t i = 0; i < s.steps_count; i++)
			assert(s.steps[i].what < SENTENCE_COUNT && s.steps[i].line > 0);
	} else {
		assert(e.code == rc && e.text[0] != '\0');
	}
	arena_free(&a);
	return 0;
}
