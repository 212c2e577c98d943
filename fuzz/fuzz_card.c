/* Pairing cards: one that is accepted is written as it was read; addresses are split into what they were made of. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "exchange/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(const char *address)
{
	char host[256], back[300];
	unsigned port;

	if (address_split(address, host, &port, NULL) != OK)
		return;
	assert(port >= 1 && port <= 65535 && host[0] != '\0');
	snprintf(back, sizeof back, strchr(host, ':') == NULL ? "%s:%u" : "[%s]:%u", host, port);
	assert(strcmp(back, address) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct card c;
	struct buf text = { 0 };
	struct err e;
	char words[CARD_WORDS_LEN];
	int rc = card_read(&c, data, size, &e);

	assert(rc == OK || (e.code == rc && e.text[0] != '\0'));
	if (rc == OK) {
		card_write(&text, &c);
		/* A card of the form before is written in the present form, which has two lines more. */
		if (size > 13 && data[12] == '2')
			assert(text.len == size && memcmp(text.data, data, size) == 0);
		else
			assert(text.len > size && memcmp(text.data + 13, data + 13, size - 13) == 0);
		card_words(words, &c);
		assert(strlen(words) == CARD_WORDS_LEN - 13);
		check_address(c.address);
	}
	buf_reset(&text);
	if (buf_add(&text, data, size < 400 ? size : 400))
		check_address(buf_cstr(&text));
	buf_free(&text);
	return 0;
}
