#include "crypt/keyfile.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"

static const char magic[] = "diwan-key-v1";
static const char *const purposes[] = {
	[KEYFILE_LOG] = "log", [KEYFILE_WITNESS] = "witness", [KEYFILE_TLS] = "tls",
	[KEYFILE_MATCH] = "match", [KEYFILE_POUCH] = "pouch",
};
#define N_PURPOSES (sizeof purposes / sizeof *purposes)

const char *
keyfile_purpose_name(enum keyfile_purpose p)
{
	assert(p > 0 && p < N_PURPOSES);
	return purposes[p];
}

enum keyfile_purpose
keyfile_purpose_from(const char *word, size_t len)
{
	for (size_t i = 1; i < N_PURPOSES; i++)
		if (text_eq(word, len, purposes[i]))
			return (enum keyfile_purpose)i;
	return 0;
}

void
keyfile_wipe(struct keyfile *k)
{
	sodium_memzero(k, sizeof *k);
}

bool
keyfile_name_ok(const char *s, size_t len)
{
	if (len == 0 || len > KEYFILE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._/-", s[i]) == NULL || s[i] == '\0')
			return false;
	return true;
}

/* Cut the next word off *${s}: up to ${end_char}, which is skipped. NULL if ${end_char} does not come. */
static const char *
word(const char **s, const char *end, char end_char, size_t *len)
{
	const char *start = *s, *stop = memchr(start, end_char, (size_t)(end - start));

	if (stop == NULL)
		return NULL;
	*len = (size_t)(stop - start);
	*s = stop + 1;
	return start;
}

static int
parse(struct keyfile *out, const char *s, const char *end, struct err *e)
{
	const char *w;
	size_t len;

	if ((w = word(&s, end, ' ', &len)) == NULL || len < 10 || memcmp(w, "diwan-key-", 10) != 0)
		return err_set(e, ERR_INPUT, "key file: does not start with \"%s \"; is this the right file?", magic);
	if (!text_eq(w, len, magic))
		return err_set(e, ERR_UNKNOWN, "key file: this version reads \"%s\" only; use the program that wrote "
		    "it", magic);
	if ((w = word(&s, end, ' ', &len)) == NULL)
		return err_set(e, ERR_INPUT, "key file: no purpose after \"%s\"; expected log, witness, tls, match or "
		    "pouch", magic);
	if ((out->purpose = keyfile_purpose_from(w, len)) == 0)
		return err_set(e, ERR_UNKNOWN, "key file: unknown purpose; expected log, witness, tls, match or pouch");
	if ((w = word(&s, end, ' ', &len)) == NULL || !keyfile_name_ok(w, len))
		return err_set(e, ERR_INPUT, "key file: name: must be 1 to %d characters of a-z 0-9 . _ / -",
		    KEYFILE_NAME_MAX);
	memcpy(out->name, w, len);
	out->name[len] = '\0';
	if ((w = word(&s, end, '\n', &len)) == NULL || s != end)
		return err_set(e, ERR_INPUT, "key file: must be exactly one line, ended by a line feed");
	if (base64_decode(out->seed, sizeof out->seed, w, len) != SIGN_SEED_BYTES)
		return err_set(e, ERR_INPUT, "key file: the last word must be base64 of %d bytes; restore the file "
		    "from its backup", SIGN_SEED_BYTES);
	return OK;
}

int
keyfile_parse(struct keyfile *out, const void *bytes, size_t len, struct err *e)
{
	int rc;

	memset(out, 0, sizeof *out);
	if (len > KEYFILE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "key file: %zu bytes, at most %d are allowed; is this the right file?",
		    len, KEYFILE_MAX_BYTES);
	if (len == 0)
		return err_set(e, ERR_INPUT, "key file: empty; restore it from its backup");
	if ((rc = parse(out, bytes, (const char *)bytes + len, e)) != OK)
		keyfile_wipe(out);
	return rc;
}

int
keyfile_format(struct buf *out, const struct keyfile *k, struct err *e)
{
	char seed[BASE64_LEN(SIGN_SEED_BYTES) + 1];
	bool good;

	if (!keyfile_name_ok(k->name, strlen(k->name)))
		return err_set(e, ERR_INPUT, "key name \"%.64s\": must be 1 to %d characters of a-z 0-9 . _ / -",
		    k->name, KEYFILE_NAME_MAX);
	base64_encode(seed, k->seed, sizeof k->seed);
	/* One reservation up front: a buffer that grew in between would leave a copy of the secret in freed memory. */
	good = buf_room(out, KEYFILE_MAX_BYTES) != NULL && buf_str(out, magic) && buf_byte(out, ' ') &&
	    buf_str(out, keyfile_purpose_name(k->purpose)) && buf_byte(out, ' ') && buf_str(out, k->name) &&
	    buf_byte(out, ' ') && buf_str(out, seed) && buf_byte(out, '\n');
	sodium_memzero(seed, sizeof seed);
	return good ? OK : err_set(e, ERR_NOMEM, "key file: out of memory");
}
