#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/age_header.h"

struct age_writer {
	struct age_sink sink;
	uint8_t key[AGE_KEY_BYTES];	/* of the payload */
	uint64_t counter;		/* of the chunk being filled */
	size_t have;			/* bytes in text */
	bool ended;
	struct err why;			/* why.code: OK, or what stopped us */
	uint8_t text[AGE_CHUNK_BYTES];
	uint8_t sealed[AGE_CHUNK_BYTES + AGE_TAG_BYTES];
};

static int
emit(struct age_writer *w, const void *bytes, size_t len)
{
	int rc = w->sink.write(w->sink.ctx, bytes, len, &w->why);

	/* A sink may set its sentence only. */
	return w->why.code = rc;
}

static int
stopped(const struct age_writer *w, struct err *e)
{
	if (e != NULL)
		*e = w->why;
	return w->why.code;
}

static int
put_chunk(struct age_writer *w, bool last)
{
	uint8_t nonce[AGE_CHUNK_NONCE_BYTES];

	age_chunk_nonce(nonce, w->counter++, last);
	crypto_aead_chacha20poly1305_ietf_encrypt(w->sealed, NULL, w->text, w->have, NULL, 0, NULL, nonce, w->key);
	if (emit(w, w->sealed, w->have + AGE_TAG_BYTES) == OK)
		w->have = 0;
	return w->why.code;
}

/* The header and the payload's nonce; the key of the payload into ${w}. */
static int
start(struct age_writer *w, struct buf *head, const struct age_recipient *to, size_t n_to, const struct rng *rng, struct err *e)
{
	uint8_t file_key[AGE_FILE_KEY_BYTES], nonce[AGE_NONCE_BYTES];
	int rc;

	rng_fill(rng, file_key, sizeof file_key);
	if ((rc = age_header_make(head, file_key, to, n_to, rng, e)) == OK) {
		rng_fill(rng, nonce, sizeof nonce);
		age_hkdf(w->key, file_key, sizeof file_key, nonce, sizeof nonce, "payload");
		if (!buf_add(head, nonce, sizeof nonce))
			rc = err_set(e, ERR_NOMEM, "age file: out of memory");
	}
	sodium_memzero(file_key, sizeof file_key);
	return rc;
}

int
age_writer_open(struct age_writer **out, const struct age_recipient *to, size_t n_to, const struct rng *rng,
    struct age_sink sink, struct err *e)
{
	struct buf head = { 0 };
	struct age_writer *w;
	int rc;

	*out = NULL;
	if (n_to == 0)
		return err_set(e, ERR_INPUT, "age file: no recipient; name at least one key that is to open it");
	if (n_to > AGE_RECIPIENTS_MAX)
		return err_set(e, ERR_LIMIT, "age file: %zu recipients, at most %d are allowed; write several files", n_to,
		    AGE_RECIPIENTS_MAX);
	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_set(e, ERR_NOMEM, "age file: out of memory");
	w->sink = sink;
	if ((rc = start(w, &head, to, n_to, rng, e)) == OK && emit(w, head.data, head.len) != OK)
		rc = stopped(w, e);
	buf_free(&head);
	if (rc == OK)
		*out = w;
	else
		age_writer_free(w);
	return rc;
}

int
age_write(struct age_writer *w, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *at = bytes;

	assert(!w->ended);
	while (len > 0 && w->why.code == OK) {
		size_t n;

		/* A full chunk waits until it is known not to be the last. */
		if (w->have == sizeof w->text && put_chunk(w, false) != OK)
			break;
		n = len < sizeof w->text - w->have ? len : sizeof w->text - w->have;
		memcpy(w->text + w->have, at, n);
		w->have += n;
		at += n;
		len -= n;
	}
	return w->why.code == OK ? OK : stopped(w, e);
}

int
age_writer_end(struct age_writer *w, struct err *e)
{
	assert(!w->ended);
	w->ended = true;
	if (w->why.code == OK)
		put_chunk(w, true);
	return w->why.code == OK ? OK : stopped(w, e);
}

void
age_writer_free(struct age_writer *w)
{
	if (w == NULL)
		return;
	sodium_memzero(w, sizeof *w);
	free(w);
}
