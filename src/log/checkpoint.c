#include "log/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* Take the next line off *${s}, without its newline; NULL if there is none. */
static const char *
line(const char **s, const char *end, size_t *len)
{
	const char *start = *s, *stop = start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;

	if (stop == NULL)
		return NULL;
	*len = (size_t)(stop - start);
	*s = stop + 1;
	return start;
}

/* One line of text; that it is no key name is a matter for those who sign. */
static bool
origin_ok(const char *s, size_t len)
{
	if (len == 0 || utf8_valid((const uint8_t *)s, len) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)s[i] < 0x20)
			return false;
	return true;
}

static int
parse_root(struct checkpoint *out, const char *s, size_t len, struct err *e)
{
	if (base64_decode(out->root.b, sizeof out->root.b, s, len) != HASH_BYTES)
		return err_set(e, ERR_INPUT, "checkpoint of %s: line 3 must be the root, strict base64 of %d bytes",
		    out->origin, HASH_BYTES);
	return OK;
}

int
checkpoint_parse(struct checkpoint *out, const void *text, size_t len, struct err *e)
{
	struct digest empty;
	int rc;

	if ((rc = checkpoint_parse_claim(out, text, len, e)) != OK)
		return rc;
	tree_empty(&empty);
	if (out->size == 0 && !hash_equal(&out->root, &empty))
		return err_set(e, ERR_INPUT, "checkpoint of %s: size 0, but the root is not that of the empty tree",
		    out->origin);
	return OK;
}

int
checkpoint_parse_claim(struct checkpoint *out, const void *text, size_t len, struct err *e)
{
	const char *s = text, *end = s + len, *l;
	size_t n;
	int rc;

	memset(out, 0, sizeof *out);
	if ((l = line(&s, end, &n)) == NULL || !origin_ok(l, n))
		return err_set(e, ERR_INPUT, "checkpoint: line 1 must be the origin: UTF-8, not empty, no control "
		    "characters");
	if (n > CHECKPOINT_ORIGIN_MAX)
		return err_set(e, ERR_LIMIT, "checkpoint: the origin has %zu bytes, at most %d are allowed", n,
		    CHECKPOINT_ORIGIN_MAX);
	memcpy(out->origin, l, n);
	if ((l = line(&s, end, &n)) == NULL || !dec_u64(l, n, TREE_MAX_SIZE, &out->size))
		return err_set(e, ERR_INPUT, "checkpoint of %s: line 2 must be the size, a decimal of at most 2^63 - 1 "
		    "without leading zero", out->origin);
	if ((l = line(&s, end, &n)) == NULL)
		return err_set(e, ERR_INPUT, "checkpoint of %s: line 3, the root, is missing", out->origin);
	if ((rc = parse_root(out, l, n, e)) != OK)
		return rc;
	for (; line(&s, end, &n) != NULL; out->extensions++)
		if (n == 0)
			return err_set(e, ERR_INPUT, "checkpoint of %s: an extension line must not be empty",
			    out->origin);
	if (s != end)
		return err_set(e, ERR_INPUT, "checkpoint of %s: must end in a newline", out->origin);
	return OK;
}

int
checkpoint_format(struct buf *out, const struct checkpoint *c, struct err *e)
{
	char root[BASE64_LEN(HASH_BYTES) + 1];

	if (!origin_ok(c->origin, strlen(c->origin)))
		return err_set(e, ERR_INPUT, "checkpoint: the origin must be UTF-8, not empty, without control "
		    "characters");
	if (c->size > TREE_MAX_SIZE || c->extensions != 0)
		return err_set(e, ERR_INPUT, "checkpoint of %s: a size above 2^63 - 1 or extension lines are not "
		    "written", c->origin);
	base64_encode(root, c->root.b, sizeof c->root.b);
	if (!buf_fmt(out, "%s\n%" PRIu64 "\n%s\n", c->origin, c->size, root))
		return err_set(e, ERR_NOMEM, "checkpoint of %s: out of memory", c->origin);
	return OK;
}

int
checkpoint_sign(struct buf *out, const struct checkpoint *c, const struct note_signer *s, struct err *e)
{
	struct buf text = { 0 };
	int rc;

	if (s->vkey.type != VKEY_ED25519 || strcmp(s->vkey.name, c->origin) != 0)
		return err_set(e, ERR_INPUT, "checkpoint of %s: signed by the log's own key of that name and type 01 "
		    "only, not by %s", c->origin, s->vkey.name);
	if ((rc = checkpoint_format(&text, c, e)) == OK && (rc = note_begin(out, text.data, text.len, e)) == OK)
		rc = note_add_line(out, text.data, text.len, s, 0, e);
	buf_free(&text);
	return rc;
}

int
checkpoint_open(struct arena *a, const void *bytes, size_t len, const struct vkey *keys, size_t n_keys,
    struct checkpoint *c, struct note *n, struct note_mark *marks, struct err *e)
{
	int rc;

	if ((rc = note_parse(a, bytes, len, n, e)) != OK || (rc = checkpoint_parse(c, n->text, n->text_len, e)) != OK)
		return rc;
	if (strcmp(c->origin, keys[0].name) != 0)
		return err_set(e, ERR_VERIFY, "checkpoint: of the log %s, but %s was asked for", c->origin,
		    keys[0].name);
	if (c->extensions != 0)
		return err_set(e, ERR_VERIFY, "checkpoint of %s: has extension lines, which logs of this kind never "
		    "write", c->origin);
	if ((rc = note_verify(n, n->text, n->text_len, keys, n_keys, marks, e)) != OK) {
		err_at(e, "checkpoint of %s", c->origin);
		return rc;
	}
	if (!marks[0].signed_by)
		return err_set(e, ERR_VERIFY, "checkpoint of %s: the log itself has not signed it", c->origin);
	return OK;
}

bool
checkpoint_settled(const struct note_mark *marks, size_t n, size_t k, uint64_t *time_s)
{
	size_t have = 0;

	*time_s = 0;
	for (size_t i = 0; i < n; i++)
		have += marks[i].signed_by;
	if (have < k)
		return false;
	/* The k-th smallest is the smallest time that at least k do not exceed. */
	for (size_t i = 0; i < n && k > 0; i++) {
		size_t not_later = 0;

		for (size_t j = 0; j < n; j++)
			not_later += marks[j].signed_by && marks[j].time_s <= marks[i].time_s;
		if (marks[i].signed_by && not_later >= k && (*time_s == 0 || marks[i].time_s < *time_s))
			*time_s = marks[i].time_s;
	}
	return true;
}
