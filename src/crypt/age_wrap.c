/* The keys of an age file: from a file key to stanzas, MAC and payload key, and back. */
#include <nettle/hmac.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypt/age_header.h"

static const char info_x25519[] = "age-encryption.org/v1/X25519";
static const uint8_t zero_nonce[AGE_CHUNK_NONCE_BYTES];	/* a wrap key encrypts once */

void
age_hkdf(uint8_t out[AGE_KEY_BYTES], const uint8_t *secret, size_t secret_len, const uint8_t *salt, size_t salt_len,
    const char *info)
{
	static const uint8_t first_block = 1;
	struct hmac_sha256_ctx ctx;
	uint8_t extracted[SHA256_DIGEST_SIZE];

	hmac_sha256_set_key(&ctx, salt_len, salt);
	hmac_sha256_update(&ctx, secret_len, secret);
	hmac_sha256_digest(&ctx, sizeof extracted, extracted);
	hmac_sha256_set_key(&ctx, sizeof extracted, extracted);
	hmac_sha256_update(&ctx, strlen(info), (const uint8_t *)info);
	hmac_sha256_update(&ctx, 1, &first_block);
	hmac_sha256_digest(&ctx, AGE_KEY_BYTES, out);
	sodium_memzero(&ctx, sizeof ctx);
	sodium_memzero(extracted, sizeof extracted);
}

void
age_chunk_nonce(uint8_t nonce[AGE_CHUNK_NONCE_BYTES], uint64_t counter, bool last)
{
	memset(nonce, 0, AGE_CHUNK_NONCE_BYTES);
	for (int i = 10; counter > 0; i--, counter >>= 8)
		nonce[i] = (uint8_t)counter;
	nonce[11] = last;
}

/* The key that ${share} and ${to} give, from their shared secret. */
static void
derive_wrap_key(uint8_t key[AGE_KEY_BYTES], const uint8_t shared[AGE_KEY_BYTES], const uint8_t share[AGE_KEY_BYTES],
    const struct age_recipient *to)
{
	uint8_t salt[2 * AGE_KEY_BYTES];

	memcpy(salt, share, AGE_KEY_BYTES);
	memcpy(salt + AGE_KEY_BYTES, to->pub, AGE_KEY_BYTES);
	age_hkdf(key, shared, AGE_KEY_BYTES, salt, sizeof salt, info_x25519);
}

/* False if ${to} is of low order. */
static bool
wrap(struct age_stanza *out, const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_recipient *to, const struct rng *rng)
{
	uint8_t secret[AGE_KEY_BYTES], shared[AGE_KEY_BYTES], key[AGE_KEY_BYTES];
	bool good;

	rng_fill(rng, secret, sizeof secret);
	crypto_scalarmult_base(out->share, secret);
	if ((good = crypto_scalarmult(shared, secret, to->pub) == 0)) {
		derive_wrap_key(key, shared, out->share, to);
		crypto_aead_chacha20poly1305_ietf_encrypt(out->body, NULL, file_key, AGE_FILE_KEY_BYTES, NULL, 0, NULL, zero_nonce,
		    key);
	}
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(shared, sizeof shared);
	sodium_memzero(key, sizeof key);
	return good;
}

/* OK; ERR_DENIED: not for ${id}; ERR_INPUT: share of low order. */
static int
unwrap(uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_stanza *s, const struct age_identity *id)
{
	uint8_t shared[AGE_KEY_BYTES], key[AGE_KEY_BYTES];
	int rc = ERR_INPUT;

	if (crypto_scalarmult(shared, id->secret, s->share) == 0) {
		derive_wrap_key(key, shared, s->share, &id->public);
		rc = crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, s->body, sizeof s->body, NULL, 0, zero_nonce,
		    key) == 0 ? OK : ERR_DENIED;
	}
	sodium_memzero(shared, sizeof shared);
	sodium_memzero(key, sizeof key);
	return rc;
}

static void
header_mac(uint8_t mac[AGE_MAC_BYTES], const uint8_t file_key[AGE_FILE_KEY_BYTES], const uint8_t *bytes, size_t len)
{
	struct hmac_sha256_ctx ctx;
	uint8_t key[AGE_KEY_BYTES];

	age_hkdf(key, file_key, AGE_FILE_KEY_BYTES, (const uint8_t *)"", 0, "header");
	hmac_sha256_set_key(&ctx, sizeof key, key);
	hmac_sha256_update(&ctx, len, bytes);
	hmac_sha256_digest(&ctx, AGE_MAC_BYTES, mac);
	sodium_memzero(&ctx, sizeof ctx);
	sodium_memzero(key, sizeof key);
}

/* All that our headers carry is of 32 bytes: share, wrapped key, MAC. Base64 without padding. */
static bool
add_base64(struct buf *out, const uint8_t bytes[AGE_KEY_BYTES])
{
	char text[BASE64_LEN(AGE_KEY_BYTES) + 1];

	base64_encode(text, bytes, AGE_KEY_BYTES);
	return buf_add(out, text, AGE_BASE64_CHARS);
}

int
age_header_make(struct buf *out, const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_recipient *to, size_t n_to,
    const struct rng *rng, struct err *e)
{
	size_t start = out->len;
	struct age_stanza s;
	uint8_t mac[AGE_MAC_BYTES];

	buf_str(out, AGE_VERSION_LINE);
	for (size_t i = 0; i < n_to; i++) {
		if (!wrap(&s, file_key, &to[i], rng))
			return err_set(e, ERR_INPUT, "recipient %zu of %zu: everybody could open what is encrypted to this "
			    "key; ask its holder for a proper one", i + 1, n_to);
		buf_fmt(out, "%s%s ", AGE_STANZA_MARK, AGE_TYPE_X25519);
		add_base64(out, s.share);
		buf_byte(out, '\n');
		add_base64(out, s.body);
		buf_byte(out, '\n');
	}
	if (!buf_str(out, AGE_END_MARK))
		return err_set(e, ERR_NOMEM, "age file: out of memory");
	header_mac(mac, file_key, out->data + start, out->len - start);
	buf_byte(out, ' ');
	add_base64(out, mac);
	return buf_byte(out, '\n') ? OK : err_set(e, ERR_NOMEM, "age file: out of memory");
}

static int
find_file_key(uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_header *h, const struct age_identity *ids, size_t n_ids,
    struct err *e)
{
	for (size_t s = 0; s < h->n_x25519; s++)
		for (size_t i = 0; i < n_ids; i++)
			switch (unwrap(file_key, &h->x25519[s], &ids[i])) {
			case OK:
				return OK;
			case ERR_INPUT:
				return err_set(e, ERR_INPUT, "age file: header: X25519 stanza %zu: its key is of low order, which "
				    "no honest program writes; ask the sender for the file again", s + 1);
			}
	if (h->passphrase)
		return err_set(e, ERR_DENIED, "age file: is closed with a passphrase, not with a key; ask the sender to "
		    "encrypt it to your recipient key");
	return err_set(e, ERR_DENIED, "age file: none of its %zu stanzas opens with this key; it was made for somebody else, "
	    "or damaged on the way: ask the sender to which recipient it was encrypted", h->n_stanzas);
}

int
age_header_open(uint8_t file_key[AGE_FILE_KEY_BYTES], const struct age_header *h, const struct age_identity *ids,
    size_t n_ids, struct err *e)
{
	uint8_t mac[AGE_MAC_BYTES];
	int rc;

	if ((rc = find_file_key(file_key, h, ids, n_ids, e)) != OK)
		return rc;
	header_mac(mac, file_key, h->bytes, h->mac_len);
	if (sodium_memcmp(mac, h->mac, sizeof mac) != 0) {
		sodium_memzero(file_key, AGE_FILE_KEY_BYTES);
		return err_set(e, ERR_VERIFY, "age file: the header was changed after it was written; fetch the file again or ask "
		    "the sender");
	}
	return OK;
}
