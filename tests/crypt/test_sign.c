/*
 * Ed25519: RFC 8032's examples, tampering, key checks, and the rule of docs/log.md section 11. With TEST_DATA every case
 * of the Wycheproof and CCTV sets is held against what the rule says of it, derived from the case's own flags.
 */
#include <sodium.h>

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

/* What the rule says of a Wycheproof case, from its flag: 1 accepted, 0 refused, -1 a flag that is not known. */
static int
wycheproof_want(const struct json *t)
{
	static const struct {
		const char *flag;
		int want;
	} rows[] = {
		{ "Valid", 1 }, { "Ktv", 1 }, { "TinkOverflow", 1 },
		{ "InvalidKtv", 0 },			/* rule 5 */
		{ "InvalidSignature", 0 },		/* rules 3, 4, 5: R and S of 0, 1, L, p and about */
		{ "InvalidEncoding", 0 },		/* rule 5: R as another encoding of the right point */
		{ "SignatureMalleability", 0 },		/* rule 3 */
		{ "TruncatedSignature", 0 }, { "SignatureWithGarbage", 0 }, { "CompressedSignature", 0 }	/* rule 2 or 5 */
	};
	const struct json *flags = json_get(t, "flags");

	for (size_t i = 0; flags != NULL && flags->child != NULL && i < sizeof rows / sizeof *rows; i++)
		if (json_is(flags->child, rows[i].flag) && flags->child->next == NULL)
			return rows[i].want;
	return -1;
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
		bool key_ok = hex_field(pub, 32, json_get(g, "publicKey"), "pk") == 32 && sign_public_ok(pub);

		for (const struct json *t = json_get(g, "tests")->child; t != NULL; t = t->next, n++) {
			long msg_len = hex_field(msg, sizeof msg, t, "msg");
			long sig_len = hex_field(sig, sizeof sig, t, "sig");
			int want = wycheproof_want(t);
			bool got = sig_len == SIGN_BYTES && sign_verify(sig, msg, (size_t)msg_len, pub);

			ok(key_ok && msg_len >= 0 && got == want && want == json_is(json_get(t, "result"), "valid"),
			    "Wycheproof tcId %lld: key enrolled, signature %s", (long long)json_get(t, "tcId")->num,
			    want == 1 ? "accepted" : "refused");
		}
	}
	if (root != NULL)
		is(n, N_WYCHEPROOF, "all Wycheproof tests were run");
	buf_free(&text);
	arena_free(&a);
}

/* The flags of a CCTV case that the rule looks at. */
enum {
	LOW_ORDER_A = 1, LOW_ORDER_R = 2, NON_CANONICAL_A = 4, NON_CANONICAL_R = 8, LOW_ORDER_COMPONENT_A = 16,
	LOW_ORDER_COMPONENT_R = 32, LOW_ORDER_RESIDUE = 64, REENCODED_K = 128
};

/* The flags of ${t} as bits; -1 if one is not known. */
static int
cctv_flags(const struct json *t)
{
	static const char *const names[] = { "low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R",
	    "low_order_component_A", "low_order_component_R", "low_order_residue", "reencoded_k" };
	const struct json *flags = json_get(t, "flags");
	int bits = 0;

	for (const struct json *f = flags != NULL ? flags->child : NULL; f != NULL; f = f->next) {
		size_t i = 0;

		while (i < 8 && !json_is(f, names[i]))
			i++;
		if (i == 8)
			return -1;
		bits |= 1 << i;
	}
	return bits;
}

/*
 * What the rule says of a case, from its flags alone. Rule 1: a key that is of low order, not canonical, or has a part
 * of low order is not enrolled. Under the keys that are left, rule 4 refuses an R of low order, and rule 5 refuses an R
 * that is not canonical, a k made from other bytes than those of the signature, and a part of low order that does not
 * cancel out; an R with such a part cannot cancel it against a key without one.
 */
static bool
cctv_key_ok(int flags)
{
	return !(flags & (LOW_ORDER_A | NON_CANONICAL_A | LOW_ORDER_COMPONENT_A));
}

static bool
cctv_accepted(int flags)
{
	return cctv_key_ok(flags) && !(flags & (LOW_ORDER_R | NON_CANONICAL_R | LOW_ORDER_RESIDUE | REENCODED_K));
}

static void
test_cctv(void)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	const struct json *root = vector_json(&a, &text, "c2sp-cctv/ed25519/ed25519vectors.json");
	int n = 0, enrolled = 0, accepted = 0;

	if (root == NULL)
		skip("no TEST_DATA: CCTV Ed25519", N_CCTV + 3);
	for (const struct json *t = root != NULL ? root->child : NULL; t != NULL; t = t->next, n++) {
		const struct json *msg = json_get(t, "msg");
		int flags = cctv_flags(t);
		uint8_t pub[32], sig[64];
		bool read = flags >= 0 && msg != NULL && hex_field(pub, 32, t, "key") == 32 &&
		    hex_field(sig, 64, t, "sig") == 64, key_ok, good;

		key_ok = read && sign_public_ok(pub);
		good = key_ok && sign_verify(sig, msg->str, msg->len, pub);
		ok(read && key_ok == cctv_key_ok(flags) && good == cctv_accepted(flags), "CCTV %d, flags %02x: key %s, "
		    "signature %s", n, (unsigned)flags, cctv_key_ok(flags) ? "enrolled" : "refused",
		    cctv_accepted(flags) ? "accepted" : "refused");
		enrolled += key_ok;
		accepted += good;
	}
	if (root != NULL) {
		is(n, N_CCTV, "all CCTV cases were run");
		is(enrolled, 28, "28 have a key fit to be enrolled");
		is(accepted, 1, "one of these is an ordinary signature, the only one accepted");
	}
	buf_free(&text);
	arena_free(&a);
}

/* S = k a with R the identity satisfies the equation, and is refused by rule 4. */
static void
test_identity(void)
{
	static const char msg[] = "nonce 0";
	struct sign_key key;
	uint8_t seed[32] = { 9 }, wide[64], a[32], k[32], left[32], right[32], sig[64] = { 1 };
	crypto_hash_sha512_state h;

	sign_from_seed(&key, seed);
	crypto_hash_sha512(wide, seed, sizeof seed);
	wide[0] &= 248;
	wide[31] = (uint8_t)((wide[31] & 127) | 64);
	memset(wide + 32, 0, 32);
	crypto_core_ed25519_scalar_reduce(a, wide);
	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, sig, 32);
	crypto_hash_sha512_update(&h, key.pub, sizeof key.pub);
	crypto_hash_sha512_update(&h, (const uint8_t *)msg, sizeof msg);
	crypto_hash_sha512_final(&h, wide);
	crypto_core_ed25519_scalar_reduce(k, wide);
	crypto_core_ed25519_scalar_mul(sig + 32, k, a);
	is(crypto_scalarmult_ed25519_base_noclamp(left, sig + 32), 0, "[S]B");
	is(crypto_scalarmult_ed25519_noclamp(right, k, key.pub), 0, "[k]A");
	is_mem(left, right, 32, "are equal, so R is the identity");
	ok(!sign_verify(sig, msg, sizeof msg, key.pub), "and the signature is refused all the same");
}

/* S + L names the same scalar: rule 3 leaves one signature for each message. */
static void
test_malleable(void)
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
	    0xde, 0x14, [31] = 0x10 };
	struct sign_key key;
	uint8_t seed[32] = { 10 }, sig[64], zero[64] = { 0 };
	unsigned carry = 0;

	sign_from_seed(&key, seed);
	sign_make(sig, "m", 1, &key);
	ok(sign_verify(sig, "m", 1, key.pub), "S below L verifies");
	for (int i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	ok(!sign_verify(sig, "m", 1, key.pub), "S + L does not");
	memcpy(sig + 32, order, 32);
	ok(!sign_verify(sig, "m", 1, key.pub), "S = L does not");
	ok(!sign_verify(zero, "m", 1, key.pub), "zeroes do not");
}

int
main(void)
{
	struct err e;

	is(crypt_init(&e), OK, "ready");
	test_rfc8032();
	test_public_ok();
	test_identity();
	test_malleable();
	test_wycheproof();
	test_cctv();
	return tap_done();
}
