/* Scenario files: YAML, sentences, expectations, and the records that filings become. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "play/form.h"
#include "play/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is written for `diwan file` is one line of JSON, whatever the block says. */
static void
write_form(const struct scenario *s, const struct step *step)
{
	static const struct json_limits limits = { 8u << 20, 64, 200000 };
	static struct registry reg;
	struct form f = { .file = s->file, .reg = &reg, .block = { step->params }, .blocks = 1, .suffix = " (1)" };
	struct arena a = { .max_bytes = (size_t)64 << 20 };
	struct buf out = { .max_bytes = (size_t)8 << 20 };
	struct err e = { 0 };
	struct json *root;

	if (s->filings != NULL) {
		f.block[1] = f.block[0];
		f.block[0] = s->filings;
		f.blocks = 2;
	}
	if (form_write(&f, &out, &e) == OK) {
		int rc = json_parse(&a, out.data, out.len - 1, &limits, &root, &e);

		assert(out.data[out.len - 1] == '\n' && memchr(out.data, '\n', out.len) == out.data + out.len - 1);
		/* Keys that a block gives twice over (its own and ours) are found by the node; text that is not NFC too. */
		assert(rc == OK || rc == ERR_INPUT || rc == ERR_LIMIT);
	}
	buf_free(&out);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .max_bytes = (size_t)64 << 20 };
	struct scenario s;
	struct err e = { 0 };
	int rc = scenario_parse(&a, "fuzz.yaml", (const char *)data, size, &s, &e);

	if (rc == OK) {
		assert(s.steps_count > 0 && s.steps_count <= SCENARIO_STEPS_MAX && s.members_count <= SCENARIO_MEMBERS_MAX);
		for (uint32_t i = 0; i < s.steps_count; i++) {
			assert(s.steps[i].what < SENTENCE_COUNT && s.steps[i].line > 0);
			if (s.steps[i].what == DO_FILES || s.steps[i].what == DO_FILES_MANY || s.steps[i].what == DO_MAY_NOT_FILE)
				write_form(&s, &s.steps[i]);
		}
	} else {
		assert(e.code == rc && e.text[0] != '\0');
	}
	arena_free(&a);
	return 0;
}
