#include "crypt/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypt/secmem.h"

#define LEN(literal) (sizeof (literal) - 1)
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES

const struct seal_cost seal_cost_default = { 3, 256u * 1024 * 1024 };

static const char any_version[] = "diwan-sealed-key-";
static const char magic[] = "diwan-sealed-key-v1";
static const char derivation[] = "argon2id";

_Static_assert(SEAL_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "the salt of Argon2id");
_Static_assert(SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce of XChaCha20");
_Static_assert(SEAL_MEM_MIN == crypto_pwhash_argon2id_MEMLIMIT_MIN, "the least memory of Argon2id");

/* What is in secret while a key is sealed or opened. */
struct work {
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	uint8_t text[KEYFILE_MAX_BYTES];
};

bool
seal_is(const void *bytes, size_t len)
{
	return len >= LEN(any_version) && memcmp(bytes, any_version, LEN(any_version)) == 0;
}

static bool
cost_ok(const struct seal_cost *c)
{
	return c->ops >= 1 && c->ops <= SEAL_OPS_MAX && c->mem_bytes >= SEAL_MEM_MIN && c->mem_bytes <= SEAL_MEM_MAX;
}

/* ---- writing ---- */

/* Everything before the box: what is authenticated with it. */
static bool
put_head(struct buf *out, const struct seal *s)
{
	char salt[BASE64_LEN(SEAL_SALT_BYTES) + 1];

	base64_encode(salt, s->salt, sizeof s->salt);
	return buf_fmt(out, "%s %s %s %s %u %u %s ", magic, keyfile_purpose_name(s->purpose), s->name, derivation, s->cost.ops,
	    s->cost.mem_bytes, salt);
}

int
seal_format(struct buf *out, const struct seal *s, struct err *e)
{
	uint8_t box[SEAL_NONCE_BYTES + SEAL_BOX_MAX];
	char text[BASE64_LEN(sizeof box) + 1];

	memcpy(box, s->nonce, SEAL_NONCE_BYTES);
	memcpy(box + SEAL_NONCE_BYTES, s->box, s->box_len);
	base64_encode(text, box, SEAL_NONCE_BYTES + s->box_len);
	if (!put_head(out, s) || !buf_str(out, text) || !buf_byte(out, '\n'))
		return err_set(e, ERR_NOMEM, "sealed key: out of memory");
	return OK;
}

static int
derive(struct work *w, const struct seal *s, const void *pass, size_t pass_len, struct err *e)
{
	if (crypto_pwhash(w->key, sizeof w->key, pass, pass_len, s->salt, s->cost.ops, s->cost.mem_bytes,
	    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_NOMEM, "sealed key: turning the passphrase into a key takes %u KiB of memory, which are "
		    "not there; stop other programs and try again", s->cost.mem_bytes / 1024);
	return OK;
}

/* Encrypt the text of ${key} into ${s}, of which all but the box is there. */
static int
fill_box(struct seal *s, struct work *w, const struct keyfile *key, const void *pass, size_t pass_len, struct err *e)
{
	struct buf head = { 0 }, text = { 0 };
	unsigned long long box_len = 0;
	int rc;

	if ((rc = keyfile_format(&text, key, e)) == OK && (rc = derive(w, s, pass, pass_len, e)) == OK) {
		if (put_head(&head, s))
			crypto_aead_xchacha20poly1305_ietf_encrypt(s->box, &box_len, text.data, text.len, head.data, head.len, NULL,
			    s->nonce, w->key);
		else
			rc = err_set(e, ERR_NOMEM, "sealed key: out of memory");
	}
	s->box_len = (size_t)box_len;
	buf_wipe(&text);
	buf_free(&head);
	return rc;
}

int
seal_make(struct buf *out, const struct keyfile *key, const void *pass, size_t pass_len, const struct seal_cost *cost,
    const struct rng *rng, struct err *e)
{
	struct seal s = { .purpose = key->purpose, .cost = *cost };
	struct work *w;
	int rc;

	if (pass_len == 0)
		return err_set(e, ERR_INPUT, "sealed key: the passphrase is empty; choose one of several words");
	if (pass_len > SEAL_PASS_MAX)
		return err_set(e, ERR_LIMIT, "sealed key: the passphrase has %zu bytes, at most %d are allowed", pass_len,
		    SEAL_PASS_MAX);
	if (!cost_ok(cost))
		return err_set(e, ERR_INPUT, "sealed key: %u passes over %u bytes: must be 1 to %d passes over %u bytes to %u MiB",
		    cost->ops, cost->mem_bytes, SEAL_OPS_MAX, SEAL_MEM_MIN, SEAL_MEM_MAX >> 20);
	if ((w = secmem_alloc(sizeof *w)) == NULL)
		return err_set(e, ERR_NOMEM, "sealed key: out of memory");
	memcpy(s.name, key->name, sizeof s.name);
	rng_fill(rng, s.salt, sizeof s.salt);
	rng_fill(rng, s.nonce, sizeof s.nonce);
	if ((rc = fill_box(&s, w, key, pass, pass_len, e)) == OK)
		rc = seal_format(out, &s, e);
	secmem_free(w);
	return rc;
}

/* ---- reading ---- */

struct word {
	const char *s;
	size_t len;
};

#define N_WORDS 8

/* The words of one line with one space between and a line feed at its end. False if there are not exactly N_WORDS. */
static bool
split(const char *s, size_t len, struct word w[N_WORDS])
{
	const char *end = s + len;

	for (int i = 0; i < N_WORDS; i++) {
		const char *stop = memchr(s, i < N_WORDS - 1 ? ' ' : '\n', (size_t)(end - s));

		if (stop == NULL || stop == s || memchr(s, '\n', (size_t)(stop - s)) != NULL)
			return false;
		w[i] = (struct word){ s, (size_t)(stop - s) };
		s = stop + 1;
	}
	return s == end;
}

static bool
number(const struct word *w, uint32_t *out)
{
	uint64_t n;

	if (!dec_u64(w->s, w->len, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

static int
parse_cost(struct seal *out, const struct word w[3], struct err *e)
{
	if (!text_eq(w[0].s, w[0].len, derivation))
		return err_set(e, ERR_UNKNOWN, "sealed key: this version derives keys by \"%s\" only; use the program that wrote "
		    "it", derivation);
	if (!number(&w[1], &out->cost.ops) || !number(&w[2], &out->cost.mem_bytes) || out->cost.ops == 0 ||
	    out->cost.mem_bytes < SEAL_MEM_MIN)
		return err_set(e, ERR_INPUT, "sealed key: after \"%s\" must stand the number of passes, at least 1, and of bytes "
		    "of memory, at least %u; restore the file from its backup", derivation, SEAL_MEM_MIN);
	if (!cost_ok(&out->cost))
		return err_set(e, ERR_LIMIT, "sealed key: asks for %u passes over %u bytes to open it; at most %d over %u are "
		    "allowed: was the file changed?", out->cost.ops, out->cost.mem_bytes, SEAL_OPS_MAX, SEAL_MEM_MAX);
	return OK;
}

static int
parse_box(struct seal *out, const struct word *salt, const struct word *box, struct err *e)
{
	uint8_t bytes[SEAL_NONCE_BYTES + SEAL_BOX_MAX];
	long n;

	if (base64_decode(out->salt, sizeof out->salt, salt->s, salt->len) != SEAL_SALT_BYTES)
		return err_set(e, ERR_INPUT, "sealed key: the salt must be base64 of %d bytes; restore the file from its backup",
		    SEAL_SALT_BYTES);
	if ((n = base64_decode(bytes, sizeof bytes, box->s, box->len)) <= (long)(SEAL_NONCE_BYTES + TAG_BYTES))
		return err_set(e, ERR_INPUT, "sealed key: the last word must be base64 of a nonce and an encrypted key file; "
		    "restore the file from its backup");
	memcpy(out->nonce, bytes, SEAL_NONCE_BYTES);
	out->box_len = (size_t)n - SEAL_NONCE_BYTES;
	memcpy(out->box, bytes + SEAL_NONCE_BYTES, out->box_len);
	return OK;
}

int
seal_parse(struct seal *out, const void *bytes, size_t len, struct err *e)
{
	struct word w[N_WORDS];
	int rc;

	memset(out, 0, sizeof *out);
	if (len > SEAL_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "sealed key: %zu bytes, at most %d are allowed; is this the right file?", len,
		    SEAL_MAX_BYTES);
	if (!seal_is(bytes, len))
		return err_set(e, ERR_INPUT, "sealed key: does not start with \"%s \"; is this the right file?", magic);
	if (len > LEN(magic) && memcmp(bytes, magic, LEN(magic)) != 0)
		return err_set(e, ERR_UNKNOWN, "sealed key: this version reads \"%s\" only; use the program that wrote it", magic);
	if (!split(bytes, len, w) || !text_eq(w[0].s, w[0].len, magic))
		return err_set(e, ERR_INPUT, "sealed key: must be one line of %d words with one space between, ended by a line "
		    "feed; restore the file from its backup", N_WORDS);
	if ((out->purpose = keyfile_purpose_from(w[1].s, w[1].len)) == 0)
		return err_set(e, ERR_UNKNOWN, "sealed key: unknown purpose; expected log, witness, tls, match or pouch");
	if (!keyfile_name_ok(w[2].s, w[2].len))
		return err_set(e, ERR_INPUT, "sealed key: name: must be 1 to %d characters of a-z 0-9 . _ / -", KEYFILE_NAME_MAX);
	memcpy(out->name, w[2].s, w[2].len);
	if ((rc = parse_cost(out, w + 3, e)) != OK)
		return rc;
	return parse_box(out, &w[6], &w[7], e);
}

/* Decrypt the box into ${w}->text and read it. */
static int
open_box(struct keyfile *out, struct work *w, const struct seal *s, struct err *e)
{
	struct buf head = { 0 };
	unsigned long long len;
	int rc;

	assert(s->box_len >= TAG_BYTES && s->box_len <= sizeof w->text + TAG_BYTES);
	if (!put_head(&head, s))
		rc = err_set(e, ERR_NOMEM, "sealed key: out of memory");
	else if (crypto_aead_xchacha20poly1305_ietf_decrypt(w->text, &len, NULL, s->box, s->box_len, head.data, head.len, s->nonce,
	    w->key) != 0)
		rc = err_set(e, ERR_DENIED, "sealed %s key \"%.64s\": the passphrase is wrong, or the file was changed; try "
		    "again, or restore the file from its backup", keyfile_purpose_name(s->purpose), s->name);
	else if ((rc = keyfile_parse(out, w->text, (size_t)len, e)) != OK)
		err_at(e, "sealed %s key", keyfile_purpose_name(s->purpose));
	else if (out->purpose != s->purpose || strcmp(out->name, s->name) != 0)
		rc = err_set(e, ERR_VERIFY, "sealed %s key \"%.64s\": holds another key than it says; restore the file from its "
		    "backup", keyfile_purpose_name(s->purpose), s->name);
	buf_free(&head);
	return rc;
}

int
seal_open(struct keyfile *out, const struct seal *s, const void *pass, size_t pass_len, struct err *e)
{
	struct work *w = NULL;
	int rc;

	memset(out, 0, sizeof *out);
	/* No key was ever sealed with such a passphrase. */
	if (pass_len == 0 || pass_len > SEAL_PASS_MAX)
		rc = err_set(e, ERR_DENIED, "sealed key: a passphrase has 1 to %d bytes, this one %zu", SEAL_PASS_MAX, pass_len);
	else if ((w = secmem_alloc(sizeof *w)) == NULL)
		rc = err_set(e, ERR_NOMEM, "sealed key: out of memory");
	else if ((rc = derive(w, s, pass, pass_len, e)) == OK)
		rc = open_box(out, w, s, e);
	secmem_free(w);
	if (rc != OK)
		keyfile_wipe(out);
	return rc;
}
