/* Key texts: vkeys and key files; what parses is written back as the same bytes. */
#include <assert.h>
#include <string.h>

#include "crypt/keyfile.h"
#include "log/vkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[VKEY_TEXT_MAX];
	struct buf out = { 0 };
	struct keyfile file;
	struct vkey key;
	struct err e;

	if (vkey_parse(&key, (const char *)data, size, &e) == OK) {
		vkey_format(text, &key);
		assert(strlen(text) == size && memcmp(text, data, size) == 0);
	}
	if (keyfile_parse(&file, data, size, &e) == OK) {
		assert(keyfile_format(&out, &file, &e) == OK);
		assert(out.len == size && memcmp(out.data, data, size) == 0);
	}
	keyfile_wipe(&file);
	buf_wipe(&out);
	return 0;
}
