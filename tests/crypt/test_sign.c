/*
 * Ed25519: RFC 8032's examples, tampering, key checks; with TEST_DATA also the Wycheproof set (valid and invalid must
 * agree) and a record of how libsodium answers the CCTV edge cases.
 */
#include "base/text.h"
#include "crypt/crypt.h"
#include "crypt/sign.h"
#include "tap.h"
#include "vectors.h"

#define N_WYCHEPROOF 151
#define N_CCTV 914

static const struct {
	const char *seed, *pub, *msg, *sig;
} rfc8032[] = {	/* section 7.1, TEST 1 to TEST 3 */
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void
test_rfc8032(void)
{
	for (size_t i = 0; i < sizeof rfc8032 / sizeof *rfc8032; i++) {
		uint8_t seed[32], msg[4], sig[64];
		size_t len = strlen(rfc8032[i].msg) / 2;
		struct sign_key key;
		char hex[129];

		hex_decode(seed, 32, rfc8032[i].seed, 64);
		hex_decode(msg, len, rfc8032[i].msg, 2 * len);
		sign_from_seed(&key, seed);
		hex_encode(hex, key.pub, 32);
		is_str(hex, rfc8032[i].pub, "public key");
		sign_make(sig, msg, len, &key);
		hex_encode(hex, sig, 64);
		is_str(hex, rfc8032[i].sig, "signature");
		ok(sign_verify(sig, msg, len, key.pub), "verifies");
		is_mem(sign_seed(&key), seed, 32, "the seed can be read back");
		sig[63] ^= 0x10;
		ok(!sign_verify(sig, msg, len, key.pub), "not with a changed signature");
		sig[63] ^= 0x10;
		ok(!sign_verify(sig, "other", 5, key.pub), "not for another message");
		sign_wipe(&key);
		memset(seed, 0, sizeof seed);
		is_mem(key.secret, seed, 32, "wiped");
	}
}

static void
test_public_ok(void)
{
	uint8_t pub[32];

	hex_decode(pub, 32, rfc8032[0].pub, 64);
	ok(sign_public_ok(pub), "an ordinary public key is fit to be enrolled");
	memset(pub, 0, sizeof pub);
	ok(!sign_public_ok(pub), "a point of order 4 is not");
	pub[0] = 1;
	ok(!sign_public_ok(pub), "nor the identity");
	memset(pub, 0xff, sizeof pub);
	ok(!sign_public_ok(pub), "nor an encoding above the field's prime");
}

static long
hex_field(uint8_t *out, size_t cap, const struct json *o, const char *key)
{
	const struct json *v = json_get(o, key);

	if (v == NULL || v->len / 2 > cap || !hex_decode(out, v->len / 2, v->str, v->len))
		return -1;
	return (long)(v->len / 2);
}

static void
test_wycheproof(void)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	const struct json *root = vector_json(&a, &text, "c2sp-wycheproof/testvectors_v1/ed25519_test.json");
	const struct json *groups = json_get(root, "testGroups");
	int n = 0;

	if (root == NULL)
		skip("no TEST_DATA: Wycheproof Ed25519", N_WYCHEPROOF + 1);
	for (const struct json *g = groups != NULL ? groups->child : NULL; g != NULL; g = g->next) {
		uint8_t pub[32], msg[2048], sig[256];
		bool have_key = hex_field(pub, 32, json_get(g, "publicKey"), "pk") == 32;

		for (const struct json *t = json_get(g, "tests")->child; t != NULL; t = t->next, n++) {
			long msg_len = hex_field(msg, sizeof msg, t, "msg");
			long sig_len = hex_field(sig, sizeof sig, t, "sig");
			bool want = json_is(json_get(t, "result"), "valid");
			bool got = have_key && msg_len >= 0 && sig_len == SIGN_BYTES &&
			    sign_verify(sig, msg, (size_t)msg_len, pub);

			ok(got == want, "Wycheproof tcId %lld: %s", (long long)json_get(t, "tcId")->num,
			    want ? "valid" : "invalid");
		}
	}
	if (root != NULL)
		is(n, N_WYCHEPROOF, "all Wycheproof tests were run");
	buf_free(&text);
	arena_free(&a);
}

/*
 * No rule of ours rests on the edge cases, because no key outside the prime-order group is enrolled. What libsodium
 * does with them is recorded so that a change of library shows.
 */
static void
test_cctv(void)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	const struct json *root = vector_json(&a, &text, "c2sp-cctv/ed25519/ed25519vectors.json");
	int n = 0, accepted = 0, accepted_bad_key = 0, low_order_enrolled = 0;

	if (root == NULL) {
		skip("no TEST_DATA: CCTV Ed25519", 4);
		return;
	}
	for (const struct json *t = root->child; t != NULL; t = t->next, n++) {
		uint8_t pub[32], sig[64];
		const struct json *msg = json_get(t, "msg"), *flags = json_get(t, "flags");
		bool low_order = false;

		if (hex_field(pub, 32, t, "key") != 32 || hex_field(sig, 64, t, "sig") != 64)
			break;
		for (const struct json *f = flags != NULL ? flags->child : NULL; f != NULL; f = f->next)
			low_order = low_order || json_is(f, "low_order_A") || json_is(f, "non_canonical_A") ||
			    json_is(f, "low_order_component_A");
		low_order_enrolled += low_order && sign_public_ok(pub);
		if (sign_verify(sig, msg->str, msg->len, pub)) {
			accepted++;
			accepted_bad_key += !sign_public_ok(pub);
		}
	}
	is(n, N_CCTV, "all CCTV cases were read");
	is(low_order_enrolled, 0, "no key flagged low-order, non-canonical or of mixed order would be enrolled");
	is(accepted, 43, "libsodium accepts 43 of them");
	is(accepted_bad_key, 42, "42 of these under a key that would not be enrolled");
	buf_free(&text);
	arena_free(&a);
}

int
main(void)
{
	struct err e;

	is(crypt_init(&e), OK, "ready");
	test_rfc8032();
	test_public_ok();
	test_wycheproof();
	test_cctv();
	return tap_done();
}
