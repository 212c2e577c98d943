#include "guard/signer.h"

#include <stdlib.h>
#include <string.h>

struct remote_key {
	struct note_signer signer;	/* its ctx is this */
	struct holder *holder;
	enum keyfile_purpose purpose;
	uint8_t number;
};

struct signer {
	struct holder *holder;
	struct guard_report report;
	unsigned count;
	struct remote_key key[FRAME_KEYS_MAX];
};

static int
sign_remotely(void *ctx, const void *msg, size_t len, uint8_t sig[SIGN_BYTES], struct err *e)
{
	const struct remote_key *k = ctx;
	struct frame f;
	int rc;

	if (len > FRAME_BODY_MAX)
		return err_set(e, ERR_LIMIT, "a text of %zu bytes is not signed; checkpoints are short", len);
	f.type = k->purpose == KEYFILE_LOG ? FRAME_SIGN_CHECKPOINT : FRAME_COSIGN;
	f.key = k->number;
	f.len = (uint16_t)len;
	memcpy(f.body, msg, len);
	if ((rc = holder_call(k->holder, &f, e)) != OK)
		return rc;
	/* One bad signature published is a log that does not verify, whosever memory failed. */
	if (f.len != SIGN_BYTES || !sign_verify(f.body, msg, len, k->signer.vkey.pub))
		return err_set(e, ERR_VERIFY, "the signer's signature by %s does not verify; stop the node and check the machine",
		    k->signer.vkey.name);
	memcpy(sig, f.body, SIGN_BYTES);
	return OK;
}

static int
take_keys(struct signer *s, const struct frame_hello *h, struct err *e)
{
	int rc = OK;

	for (unsigned i = 0; i < h->count && rc == OK; i++) {
		struct remote_key *k = &s->key[s->count++];

		*k = (struct remote_key){ .holder = s->holder, .purpose = h->key[i].purpose, .number = (uint8_t)i };
		k->signer.sign = sign_remotely;
		k->signer.ctx = k;
		rc = vkey_parse(&k->signer.vkey, h->key[i].text, strlen(h->key[i].text), e);
	}
	return rc;
}

int
signer_start(struct signer **out, const struct holder_options *o, struct err *e)
{
	struct signer *s = calloc(1, sizeof *s);
	struct frame_hello h;
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the signer");
	if ((rc = holder_start(&s->holder, PROCESS_SIGNER, o, &h, e)) == OK)
		rc = take_keys(s, &h, e);
	if (rc != OK) {
		signer_stop(s);
		return rc;
	}
	s->report = h.report;
	*out = s;
	return OK;
}

static const struct note_signer *
nth(const struct signer *s, enum keyfile_purpose purpose, unsigned i)
{
	for (unsigned k = 0; k < s->count; k++)
		if (s->key[k].purpose == purpose && i-- == 0)
			return &s->key[k].signer;
	return NULL;
}

const struct note_signer *signer_log(const struct signer *s, unsigned i) { return nth(s, KEYFILE_LOG, i); }
const struct note_signer *signer_witness(const struct signer *s, unsigned i) { return nth(s, KEYFILE_WITNESS, i); }
const struct guard_report *signer_report(const struct signer *s) { return &s->report; }
bool signer_failed(struct signer *s, struct err *e) { return holder_failed(s->holder, e); }
long signer_pid(const struct signer *s) { return holder_pid(s->holder); }

void
signer_stop(struct signer *s)
{
	if (s == NULL)
		return;
	holder_stop(s->holder);
	free(s);
}
