#include "log/vkey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypt/hash.h"

/* The characters that Go's unicode.IsSpace names, with which other implementations read key names. */
static bool
is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool
vkey_name_ok(const char *name, size_t len)
{
	const uint8_t *s = (const uint8_t *)name;

	if (len == 0 || utf8_valid(s, len) != len)
		return false;
	for (size_t at = 0, n; at < len; at += n) {
		uint32_t c = utf8_at(s + at, len - at, &n);

		if (c < 0x20 || c == '+' || is_space(c))
			return false;
	}
	return true;
}

static uint32_t
key_id(const char *name, size_t name_len, uint8_t type, const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	uint8_t middle[2] = { '\n', type };
	struct hash h;
	struct digest d;

	hash_start(&h);
	hash_add(&h, name, name_len);
	hash_add(&h, middle, sizeof middle);
	hash_add(&h, pub, SIGN_PUBLIC_BYTES);
	hash_done(&h, &d);
	return (uint32_t)d.b[0] << 24 | (uint32_t)d.b[1] << 16 | (uint32_t)d.b[2] << 8 | d.b[3];
}

static int
make(struct vkey *out, const char *name, size_t name_len, uint8_t type, const uint8_t *pub, struct err *e)
{
	memset(out, 0, sizeof *out);
	if (!vkey_name_ok(name, name_len))
		return err_set(e, ERR_INPUT, "key name: must not be empty nor hold '+', spaces or control characters");
	if (name_len > VKEY_NAME_MAX)
		return err_set(e, ERR_LIMIT, "key name: %zu bytes, at most %d are allowed", name_len, VKEY_NAME_MAX);
	if (type != VKEY_ED25519 && type != VKEY_COSIGN)
		return err_set(e, ERR_UNKNOWN, "key %.*s: type 0x%02x is not known here; known are 01 (Ed25519) and 04 "
		    "(cosignature)", (int)name_len, name, type);
	if (!sign_public_ok(pub))
		return err_set(e, ERR_INPUT, "key %.*s: the public key is not a point of the Ed25519 group; ask its "
		    "owner to send it again", (int)name_len, name);
	memcpy(out->name, name, name_len);
	out->type = type;
	out->id = key_id(name, name_len, type, pub);
	memcpy(out->pub, pub, SIGN_PUBLIC_BYTES);
	return OK;
}

int
vkey_make(struct vkey *out, const char *name, uint8_t type, const uint8_t pub[SIGN_PUBLIC_BYTES], struct err *e)
{
	return make(out, name, strlen(name), type, pub, e);
}

int
vkey_parse(struct vkey *out, const char *text, size_t len, struct err *e)
{
	const char *plus = len > 0 ? memchr(text, '+', len) : NULL, *rest = plus != NULL ? plus + 1 : NULL;
	size_t left;
	uint8_t id[4], key[1 + SIGN_PUBLIC_BYTES];
	long n;
	int rc;

	memset(out, 0, sizeof *out);
	if (plus == NULL || (left = len - (size_t)(rest - text)) < 9 || rest[8] != '+' || !hex_decode(id, 4, rest, 8))
		return err_set(e, ERR_INPUT, "vkey: must be name+8 lower-case hex digits+base64");
	/* An unknown type may have a longer key: only the type byte is then looked at. */
	n = base64_decode(key, sizeof key, rest + 9, left - 9);
	if (n != sizeof key) {
		if (left - 9 < 4 || base64_decode(key, sizeof key, rest + 9, 4) < 1)
			return err_set(e, ERR_INPUT, "vkey: the part after the second '+' is not base64 of a type and "
			    "a key");
		if (key[0] == VKEY_ED25519 || key[0] == VKEY_COSIGN)
			return err_set(e, ERR_INPUT, "vkey: a key of type %02x must be base64 of 33 bytes", key[0]);
	}
	if ((rc = make(out, text, (size_t)(plus - text), key[0], key + 1, e)) != OK)
		return rc;
	if (out->id != ((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]))
		return err_set(e, ERR_INPUT, "vkey %s: its key id is not that of its name and key, which give %08"
		    PRIx32 "; copy the whole line again", out->name, out->id);
	return OK;
}

void
vkey_format(char text[VKEY_TEXT_MAX], const struct vkey *k)
{
	uint8_t key[1 + SIGN_PUBLIC_BYTES];
	char b64[BASE64_LEN(sizeof key) + 1];

	key[0] = k->type;
	memcpy(key + 1, k->pub, sizeof k->pub);
	base64_encode(b64, key, sizeof key);
	snprintf(text, VKEY_TEXT_MAX, "%s+%08" PRIx32 "+%s", k->name, k->id, b64);
}

int
vkey_distinct(const struct vkey *keys, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			if (memcmp(keys[i].pub, keys[j].pub, SIGN_PUBLIC_BYTES) == 0)
				return err_set(e, ERR_INPUT, "keys %s and %s: the same public key twice would count "
				    "twice; give each log and each witness a key of its own", keys[i].name,
				    keys[j].name);
			if (keys[i].id == keys[j].id && strcmp(keys[i].name, keys[j].name) == 0)
				return err_set(e, ERR_INPUT, "key %s+%08" PRIx32 ": two keys with this name and id; "
				    "make one of them anew", keys[i].name, keys[i].id);
		}
	}
	return OK;
}

/* What a cosignature signs. */
static bool
cosign_message(struct buf *out, uint64_t time_s, const void *text, size_t len)
{
	return buf_fmt(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s) && buf_add(out, text, len);
}

static int
verify_cosign(const struct vkey *k, const void *text, size_t len, const uint8_t *sig, uint64_t *time_s, struct err *e)
{
	struct buf msg = { 0 };
	bool built, good;

	*time_s = 0;
	for (int i = 0; i < 8; i++)
		*time_s = *time_s << 8 | sig[i];
	if (*time_s == 0 || *time_s > VKEY_MAX_TIME_S)
		return err_set(e, ERR_VERIFY, "cosignature of %s: its time is not between 1 and 2^63 - 1", k->name);
	built = cosign_message(&msg, *time_s, text, len);
	good = built && sign_verify(sig + 8, msg.data, msg.len, k->pub);
	buf_free(&msg);
	if (!built)
		return err_set(e, ERR_NOMEM, "cosignature of %s: out of memory", k->name);
	return good ? OK : err_set(e, ERR_VERIFY, "cosignature of %s: does not verify", k->name);
}

int
vkey_verify(const struct vkey *k, const void *text, size_t len, const uint8_t *sig, size_t sig_len, uint64_t *time_s,
    struct err *e)
{
	size_t want = k->type == VKEY_COSIGN ? 8 + SIGN_BYTES : SIGN_BYTES;

	*time_s = 0;
	if (sig_len != want)
		return err_set(e, ERR_VERIFY, "signature of %s: %zu bytes, but its key's type has %zu", k->name,
		    sig_len, want);
	if (k->type == VKEY_COSIGN)
		return verify_cosign(k, text, len, sig, time_s, e);
	if (!sign_verify(sig, text, len, k->pub))
		return err_set(e, ERR_VERIFY, "signature of %s: does not verify", k->name);
	return OK;
}

static int
sign_by_key(void *ctx, const void *msg, size_t len, uint8_t sig[SIGN_BYTES], struct err *e)
{
	const struct sign_key *key = ctx;

	(void)e;
	sign_make(sig, msg, len, key);
	return OK;
}

int
vkey_signer(struct note_signer *out, const char *name, uint8_t type, struct sign_key *key, struct err *e)
{
	out->sign = sign_by_key;
	out->ctx = key;
	return vkey_make(&out->vkey, name, type, key->pub, e);
}

static int
sign_cosign(const struct note_signer *s, const void *text, size_t len, uint64_t time_s, uint8_t *sig, struct err *e)
{
	struct buf msg = { 0 };
	int rc;

	if (time_s == 0 || time_s > VKEY_MAX_TIME_S)
		return err_set(e, ERR_INPUT, "cosignature by %s: the time must be between 1 and 2^63 - 1",
		    s->vkey.name);
	for (int i = 0; i < 8; i++)
		sig[i] = (uint8_t)(time_s >> 8 * (7 - i));
	if (!cosign_message(&msg, time_s, text, len))
		rc = err_set(e, ERR_NOMEM, "cosignature by %s: out of memory", s->vkey.name);
	else
		rc = s->sign(s->ctx, msg.data, msg.len, sig + 8, e);
	buf_free(&msg);
	return rc;
}

int
vkey_sign(const struct note_signer *s, const void *text, size_t len, uint64_t time_s, uint8_t sig[VKEY_SIG_MAX],
    size_t *sig_len, struct err *e)
{
	if (s->vkey.type == VKEY_COSIGN) {
		*sig_len = 8 + SIGN_BYTES;
		return sign_cosign(s, text, len, time_s, sig, e);
	}
	if (time_s != 0)
		return err_set(e, ERR_INPUT, "signature by %s: a key of type 01 signs no time", s->vkey.name);
	*sig_len = SIGN_BYTES;
	return s->sign(s->ctx, text, len, sig, e);
}
