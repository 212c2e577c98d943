/* Signed notes: whatever parses has slices inside the input, and its lines are the input's own bytes, back to back. */
#include <assert.h>
#include <string.h>

#include "log/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t base_point[SIGN_PUBLIC_BYTES] = { 0x58, [1 ... 31] = 0x66 };
	struct arena a = { .max_bytes = 4 * NOTE_MAX_BYTES };
	struct note_mark mark;
	struct vkey key;
	struct note n;
	struct err e;

	if (note_parse(&a, data, size, &n, &e) == OK) {
		const char *at = n.text + n.text_len + 1, *end = (const char *)data + size;

		assert(n.text == (const char *)data && note_text_ok(n.text, n.text_len));
		for (size_t i = 0; i < n.n_lines; i++) {
			assert(n.line[i].raw == at && vkey_name_ok(n.line[i].name, n.line[i].name_len));
			at += n.line[i].raw_len;
		}
		assert(at == end);
		if (vkey_make(&key, "x", VKEY_COSIGN, base_point, &e) == OK) {
			key.id = n.line[0].id;
			note_verify(&n, n.text, n.text_len, &key, 1, &mark, &e);
		}
	}
	note_parse_lines(&a, data, size, &n, &e);
	arena_free(&a);
	return 0;
}
