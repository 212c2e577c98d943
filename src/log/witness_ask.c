/* The log's side of tlog-witness: asking for cosignatures and reading the answer (witness.h). */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "log/witness.h"

int
witness_ask(struct buf *out, const struct tree_source *src, uint64_t known_size, const void *note, size_t len,
    struct err *e)
{
	struct digest proof[TREE_PROOF_MAX];
	struct checkpoint c;
	size_t text_len, n = 0;
	int rc;

	if (!note_split(note, len, &text_len))
		return err_set(e, ERR_INPUT, "add-checkpoint: the checkpoint to show is not a signed note");
	if ((rc = checkpoint_parse(&c, note, text_len, e)) != OK)
		return rc;
	if (known_size > c.size)
		return err_set(e, ERR_CONFLICT, "checkpoint of %s: a witness has cosigned size %" PRIu64 ", this one has %"
		    PRIu64 "; show it the latest, and if this is the latest, the log was restored from a backup: stop signing",
		    c.origin, known_size, c.size);
	if (known_size > 0 && (rc = tree_prove_consistency(src, known_size, c.size, proof, &n, e)) != OK)
		return rc;
	return witness_request_format(out, known_size, proof, n, note, len, e);
}

/* Is ${type} the content type ${want}, with or without parameters? */
static bool
is_type(const char *type, const char *want)
{
	size_t n = strlen(want);

	return type != NULL && strncasecmp(type, want, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static int
read_conflict(struct witness_reply *out, uint64_t asked_size, const char *type, const char *body, size_t len, struct err *e)
{
	if (!is_type(type, WITNESS_SIZE_TYPE) || len < 2 || body[len - 1] != '\n' ||
	    !dec_u64(body, len - 1, TREE_MAX_SIZE, &out->behind))
		return err_set(e, ERR_CONFLICT, "witness: answered 409 without a size as %s; it may hold another root than "
		    "ours: compare its checkpoint with the log's", WITNESS_SIZE_TYPE);
	if (out->behind == asked_size)
		return err_set(e, ERR_CONFLICT, "witness: is at size %" PRIu64 ", from which it was asked, and refuses all the "
		    "same: it holds another root; compare its checkpoint with the log's", asked_size);
	return OK;
}

int
witness_reply_read(struct witness_reply *out, uint64_t asked_size, int status, const char *type, const void *body,
    size_t len, struct err *e)
{
	*out = (struct witness_reply){ false, 0 };
	if (len > WITNESS_BODY_MAX)
		return err_set(e, ERR_LIMIT, "witness: its answer has more than %d bytes", WITNESS_BODY_MAX);
	if (status == 409)
		return read_conflict(out, asked_size, type, body, len, e);
	if (status == 403 || status == 404)
		return err_set(e, ERR_DENIED, "witness: answered %d; it does not know this log or its present key, or holds it for "
		    "frozen: give its operator the log's vkey", status);
	if (status == 400 || status == 422)
		return err_set(e, ERR_VERIFY, "witness: answered %d; it does not take this checkpoint or its proof", status);
	if (status == 429 || (status >= 500 && status <= 599))
		return err_set(e, ERR_BUSY, "witness: answered %d; it is asked again later", status);
	if (status != 200 || len == 0)
		return err_set(e, ERR_INPUT, "witness: answered %d, which means nothing here", status);
	out->cosigned = true;
	return OK;
}
