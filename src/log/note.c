#include "log/note.h"

#include <string.h>

#include "base/text.h"

#define DASH "\xe2\x80\x94 "
#define DASH_LEN 4

bool
note_text_ok(const void *text, size_t len)
{
	const uint8_t *s = text;

	if (len == 0 || s[len - 1] != '\n' || utf8_valid(s, len) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x20 && s[i] != '\n')
			return false;
	return true;
}

/* One signature line; ${raw}_len includes the newline. */
static int
parse_line(struct arena *a, struct note_line *l, size_t number, struct err *e)
{
	const char *s = l->raw, *space;
	size_t len = l->raw_len - 1, b64_len;
	uint8_t *sig;
	long n;

	if (len < DASH_LEN || memcmp(s, DASH, DASH_LEN) != 0)
		return err_set(e, ERR_INPUT, "note: signature line %zu must start with an em dash (U+2014) and a "
		    "space", number);
	l->name = s + DASH_LEN;
	if ((space = memchr(l->name, ' ', len - DASH_LEN)) == NULL)
		return err_set(e, ERR_INPUT, "note: signature line %zu has no space between key name and signature",
		    number);
	l->name_len = (size_t)(space - l->name);
	if (!vkey_name_ok(l->name, l->name_len))
		return err_set(e, ERR_INPUT, "note: signature line %zu: the key name is empty or holds '+', a space or "
		    "a control character", number);
	b64_len = len - (size_t)(space + 1 - s);
	if ((sig = arena_alloc(a, b64_len / 4 * 3 + 1)) == NULL)
		return err_set(e, ERR_NOMEM, "note: out of memory");
	n = base64_decode(sig, b64_len / 4 * 3 + 1, space + 1, b64_len);
	if (n < 5)
		return err_set(e, ERR_INPUT, "note: signature line %zu: not strict base64 of a key id and a "
		    "signature", number);
	l->id = (uint32_t)sig[0] << 24 | (uint32_t)sig[1] << 16 | (uint32_t)sig[2] << 8 | sig[3];
	l->sig = sig + 4;
	l->sig_len = (size_t)n - 4;
	return OK;
}

static int
parse_lines(struct arena *a, const char *s, const char *end, struct note *out, struct err *e)
{
	size_t n = 0;
	int rc;

	if (s == end || end[-1] != '\n')
		return err_set(e, ERR_INPUT, "note: must end in signature lines, each with its newline");
	for (const char *p = s; p < end; p++)
		n += *p == '\n';
	if (n > NOTE_MAX_LINES)
		return err_set(e, ERR_LIMIT, "note: %zu signature lines, at most %d are read", n, NOTE_MAX_LINES);
	if ((out->line = arena_alloc(a, n * sizeof *out->line)) == NULL)
		return err_set(e, ERR_NOMEM, "note: out of memory");
	for (out->n_lines = 0; out->n_lines < n; out->n_lines++) {
		struct note_line *l = &out->line[out->n_lines];
		const char *stop = memchr(s, '\n', (size_t)(end - s));

		l->raw = s;
		l->raw_len = (size_t)(stop + 1 - s);
		if ((rc = parse_line(a, l, out->n_lines + 1, e)) != OK)
			return rc;
		s = stop + 1;
	}
	return OK;
}

static int
check_length(size_t len, struct err *e)
{
	if (len > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "note: %zu bytes, at most %d are read", len, NOTE_MAX_BYTES);
	return OK;
}

bool
note_split(const void *bytes, size_t len, size_t *text_len)
{
	const char *s = bytes;
	size_t cut = len;

	while (cut >= 2 && (s[cut - 1] != '\n' || s[cut - 2] != '\n'))
		cut--;
	*text_len = cut < 2 ? 0 : cut - 1;
	return cut >= 2;
}

int
note_parse(struct arena *a, const void *bytes, size_t len, struct note *out, struct err *e)
{
	const char *s = bytes;
	int rc;

	memset(out, 0, sizeof *out);
	if ((rc = check_length(len, e)) != OK)
		return rc;
	if (!note_split(bytes, len, &out->text_len))
		return err_set(e, ERR_INPUT, "note: no empty line between text and signatures");
	out->text = s;
	if (!note_text_ok(s, out->text_len))
		return err_set(e, ERR_INPUT, "note: the text must be UTF-8 without control characters other than "
		    "newlines");
	return parse_lines(a, s + out->text_len + 1, s + len, out, e);
}

int
note_parse_lines(struct arena *a, const void *bytes, size_t len, struct note *out, struct err *e)
{
	const char *s = bytes;
	int rc;

	memset(out, 0, sizeof *out);
	out->text = "";
	if ((rc = check_length(len, e)) != OK)
		return rc;
	if (len == 0)
		return err_set(e, ERR_INPUT, "signature lines: none there");
	return parse_lines(a, s, s + len, out, e);
}

int
note_find_key(const struct note_line *l, const struct vkey *keys, size_t n_keys, size_t *found, struct err *e)
{
	*found = n_keys;
	for (size_t k = 0; k < n_keys; k++) {
		if (keys[k].id != l->id || !text_eq(l->name, l->name_len, keys[k].name))
			continue;
		if (*found != n_keys)
			return err_set(e, ERR_INPUT, "note: two known keys are both %s+%08x; make one of them anew",
			    keys[k].name, l->id);
		*found = k;
	}
	return OK;
}

int
note_verify(const struct note *n, const void *text, size_t len, const struct vkey *keys, size_t n_keys,
    struct note_mark *marks, struct err *e)
{
	size_t good = 0;
	int rc;

	for (size_t k = 0; k < n_keys; k++)
		marks[k] = (struct note_mark){ false, 0 };
	for (size_t i = 0; i < n->n_lines; i++) {
		const struct note_line *l = &n->line[i];
		size_t k;

		if ((rc = note_find_key(l, keys, n_keys, &k, e)) != OK)
			return rc;
		if (k == n_keys || marks[k].signed_by)
			continue;
		if ((rc = vkey_verify(&keys[k], text, len, l->sig, l->sig_len, &marks[k].time_s, e)) != OK)
			return rc;
		marks[k].signed_by = true;
		good++;
	}
	if (good == 0)
		return err_set(e, ERR_VERIFY, "note: no line by a known key; is this the right note, and are the keys "
		    "those of today?");
	return OK;
}

int
note_begin(struct buf *out, const void *text, size_t len, struct err *e)
{
	int rc;

	if ((rc = check_length(len, e)) != OK)
		return rc;
	if (!note_text_ok(text, len))
		return err_set(e, ERR_INPUT, "note: the text must be UTF-8 without control characters other than "
		    "newlines, and end in one");
	if (!buf_add(out, text, len) || !buf_byte(out, '\n'))
		return err_set(e, ERR_NOMEM, "note: out of memory");
	return OK;
}

int
note_add_line(struct buf *out, const void *text, size_t len, const struct note_signer *s, uint64_t time_s,
    struct err *e)
{
	uint8_t sig[4 + VKEY_SIG_MAX];
	char b64[BASE64_LEN(sizeof sig) + 1];
	size_t sig_len;
	int rc;

	if ((rc = vkey_sign(s, text, len, time_s, sig + 4, &sig_len, e)) != OK)
		return rc;
	for (int i = 0; i < 4; i++)
		sig[i] = (uint8_t)(s->vkey.id >> 8 * (3 - i));
	base64_encode(b64, sig, 4 + sig_len);
	if (!buf_fmt(out, DASH "%s %s\n", s->vkey.name, b64))
		return err_set(e, ERR_NOMEM, "note: out of memory");
	return OK;
}
