#include "crypt/age.h"

#include <sodium.h>
#include <string.h>

static const char recipient_prefix[] = "age";
static const char identity_prefix[] = "AGE-SECRET-KEY-";

/* The points of low order are those that any secret takes to zero, since X25519 clears the cofactor of its secrets. */
static bool
low_order(const uint8_t pub[AGE_KEY_BYTES])
{
	static const uint8_t any[AGE_KEY_BYTES] = { 1 };
	uint8_t shared[AGE_KEY_BYTES];

	return crypto_scalarmult(shared, any, pub) != 0;
}

int
age_recipient_parse(struct age_recipient *out, const char *s, size_t len, struct err *e)
{
	if (bech32_decode(out->pub, sizeof out->pub, recipient_prefix, s, len, e) != OK)
		return err_at(e, "recipient key");
	if (low_order(out->pub))
		return err_set(e, ERR_INPUT, "recipient key: everybody could open what is encrypted to it; ask its holder for a "
		    "proper one");
	return OK;
}

void
age_recipient_format(char text[AGE_RECIPIENT_CHARS + 1], const struct age_recipient *r)
{
	bech32_encode(text, recipient_prefix, r->pub, sizeof r->pub);
}

int
age_identity_parse(struct age_identity *out, const char *s, size_t len, struct err *e)
{
	uint8_t seed[AGE_KEY_BYTES];

	memset(out, 0, sizeof *out);
	if (bech32_decode(seed, sizeof seed, identity_prefix, s, len, e) != OK)
		return err_at(e, "secret key");
	age_identity_from_seed(out, seed);
	sodium_memzero(seed, sizeof seed);
	return OK;
}

void
age_identity_format(char text[AGE_IDENTITY_CHARS + 1], const struct age_identity *id)
{
	bech32_encode(text, identity_prefix, id->secret, sizeof id->secret);
}

int
age_identity_from_keyfile(struct age_identity *out, const struct keyfile *k, struct err *e)
{
	memset(out, 0, sizeof *out);
	if (k->purpose != KEYFILE_POUCH)
		return err_set(e, ERR_INPUT, "key file: holds a %s key, a pouch key is needed; one key never serves two purposes",
		    keyfile_purpose_name(k->purpose));
	age_identity_from_seed(out, k->seed);
	return OK;
}

void
age_identity_from_seed(struct age_identity *out, const uint8_t seed[AGE_KEY_BYTES])
{
	memcpy(out->secret, seed, sizeof out->secret);
	crypto_scalarmult_base(out->public.pub, seed);
}

void
age_identity_wipe(struct age_identity *id)
{
	sodium_memzero(id, sizeof *id);
}
