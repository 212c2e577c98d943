/* What a signer signs: the rules of docs/guard.md section 3, by their numbers. */
#include <inttypes.h>

#include "guard/policy.h"
#include "tap.h"

#define NOW INT64_C(1700000000)
#define OWN "tashkent-2000.diwan/kz/1"
#define OTHER "tashkent-2000.diwan/kg/1"

static struct policy policy;
static struct vkey log_key, witness_key;
static struct err e;

static struct vkey
key(const char *name, uint8_t type, uint8_t seed)
{
	uint8_t s[SIGN_SEED_BYTES];
	struct sign_key k;
	struct vkey v;

	memset(s, seed, sizeof s);
	sign_from_seed(&k, s);
	if (vkey_make(&v, name, type, k.pub, &e) != OK)
		exit(1);
	return v;
}

/* A checkpoint text; ${root} 0..255 fills the root, -1: that of the empty tree. */
static const char *
text(const char *origin, const char *size, int root)
{
	static char out[700];
	struct checkpoint c = { 0 };
	struct buf b = { 0 };

	snprintf(c.origin, sizeof c.origin, "%s", origin);
	if (root < 0)
		tree_empty(&c.root);
	else
		memset(c.root.b, root, sizeof c.root.b);
	checkpoint_format(&b, &c, &e);
	snprintf(out, sizeof out, "%s\n%s\n%s", origin, size, strchr(strchr(buf_cstr(&b), '\n') + 1, '\n') + 1);
	buf_free(&b);
	return out;
}

static int
sign(const char *s)
{
	return policy_checkpoint(&policy, &log_key, s, strlen(s), &e);
}

static int
cosign_at(int64_t now, const char *head, const char *s)
{
	char msg[800];

	snprintf(msg, sizeof msg, "%s%s", head, s);
	return policy_cosign(&policy, &witness_key, now, msg, strlen(msg), &e);
}

static int
cosign(uint64_t time, const char *s)
{
	char head[80];

	snprintf(head, sizeof head, "cosignature/v1\ntime %" PRIu64 "\n", time);
	return cosign_at(NOW, head, s);
}

static void
reset(void)
{
	memset(&policy, 0, sizeof policy);
	policy.own[policy.own_count++] = log_key;
}

static void
test_checkpoints(void)
{
	char with_extension[800];

	reset();
	is(sign(text(OWN, "0", -1)), OK, "3.1 the empty log");
	is(sign(text(OWN, "5", 7)), OK, "3.3 it grows");
	is(sign(text(OWN, "5", 7)), OK, "3.3 the same again");
	is(sign(text(OWN, "5", 8)), ERR_CONFLICT, "3.3 another root of this size");
	ok(strstr(e.text, "fork") != NULL, "and says that it would be a fork");
	is(sign(text(OWN, "4", 7)), ERR_CONFLICT, "3.3 a smaller size");
	ok(strstr(e.text, "below 5") != NULL, "and says what is signed already");
	is(sign(text(OWN, "5", 7)), OK, "a refusal changes nothing");
	is(sign(text(OWN, "9223372036854775807", 1)), OK, "the largest size");
	is(sign(text(OTHER, "6", 7)), ERR_DENIED, "3.1 another log");
	is(sign(text("tashkent-2000.diwan/kz/2", "6", 7)), ERR_DENIED, "3.1 another epoch than the key's");
	is(policy_checkpoint(&policy, &witness_key, text(OWN, "6", 7), strlen(text(OWN, "6", 7)), &e), ERR_DENIED,
	    "3.1 by a witness key");
	snprintf(with_extension, sizeof with_extension, "%sextension\n", text(OWN, "6", 7));
	is(sign(with_extension), ERR_INPUT, "3.1 an extension line");
}

static void
test_malformed(void)
{
	static const struct {
		const char *s;
		int want;
	} bad[] = {
		{ "", ERR_INPUT }, { "\n", ERR_INPUT }, { OWN, ERR_INPUT }, { OWN "\n", ERR_INPUT }, { OWN "\n1\n", ERR_INPUT },
		{ OWN "\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ERR_INPUT },
		{ OWN "\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ERR_INPUT },
		{ OWN "\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ERR_INPUT },
		{ OWN "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", ERR_INPUT },
		{ OWN "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", ERR_INPUT },
		{ OWN "\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", ERR_INPUT },
	};
	char longest[CHECKPOINT_TEXT_MAX + 2];

	reset();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		is(sign(bad[i].s), bad[i].want, "3.1 malformed checkpoint");
		is(cosign((uint64_t)NOW, bad[i].s), bad[i].want, "3.2 malformed checkpoint");
	}
	memset(longest, 'a', sizeof longest);
	longest[sizeof longest - 1] = 0;
	is(sign(longest), ERR_LIMIT, "3.1 longer than any checkpoint");
	is(policy.seen_count, 0, "nothing is remembered of what was refused");
}

static void
test_cosignatures(void)
{
	static const char *const heads[] = {
		"", "cosignature/v1\n", "cosignature/v1\ntime \n", "cosignature/v1\ntime 0\n", "cosignature/v1\ntime 01700000000\n",
		"cosignature/v1\ntime +1700000000\n", "cosignature/v2\ntime 1700000000\n", "Cosignature/v1\ntime 1700000000\n",
		"cosignature/v1\ntime 9223372036854775808\n", "cosignature/v1\r\ntime 1700000000\n",
		"cosignature/v1\ntime 1700000000"
	};

	reset();
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		is(cosign_at(NOW, heads[i], text(OTHER, "1", 1)), ERR_INPUT, "3.2 malformed head");
	is(cosign((uint64_t)NOW, text(OTHER, "5", 1)), OK, "3.2 another's log");
	is(cosign((uint64_t)NOW, text(OTHER, "5", 1)), OK, "3.3 the same again");
	is(cosign((uint64_t)NOW + 1, text(OTHER, "5", 1)), OK, "3.3 the same a second later");
	is(cosign((uint64_t)NOW, text(OTHER, "6", 1)), ERR_CONFLICT, "3.4 a time that goes back");
	is(cosign((uint64_t)NOW + 2, text(OTHER, "5", 2)), ERR_CONFLICT, "3.3 another root of this size");
	is(cosign((uint64_t)NOW + 2, text(OTHER, "4", 1)), ERR_CONFLICT, "3.3 a smaller size");
	is(cosign((uint64_t)NOW - 9, text("tashkent-2000.diwan/tj/1", "1", 1)), OK, "3.4 another origin has its own time");
	is(cosign((uint64_t)NOW + POLICY_SKEW_S, text(OTHER, "7", 1)), OK, "3.4 a day ahead");
	is(cosign((uint64_t)NOW + POLICY_SKEW_S + 1, text(OTHER, "7", 1)), ERR_CONFLICT, "3.4 more than a day ahead");
	is(cosign((uint64_t)NOW - POLICY_SKEW_S - 1, text("x/1", "7", 1)), ERR_CONFLICT, "3.4 more than a day behind");
	is(cosign_at(-5, "cosignature/v1\ntime 86401\n", text("x/1", "7", 1)), ERR_CONFLICT, "3.4 a clock before 1970");
	is(cosign((uint64_t)NOW, text(OWN, "5", 1)), ERR_DENIED, "3.2 the own log");
	is(cosign((uint64_t)NOW, text("tashkent-2000.diwan/kz/22", "5", 1)), ERR_DENIED, "3.2 the own log in another epoch");
	is(cosign((uint64_t)NOW, text("tashkent-2000.diwan/kz", "5", 1)), OK, "3.2 a name that only begins like it");
	is(cosign((uint64_t)NOW, text("tashkent-2000.diwan/kz/1/1", "5", 1)), OK, "3.2 a name that goes on");
	is(cosign((uint64_t)NOW, text("1", "5", 1)), OK, "3.2 a name of digits alone");
	is(policy_cosign(&policy, &log_key, NOW, "x", 1, &e), ERR_DENIED, "3.2 by a log key");
}

static void
test_origins(void)
{
	char origin[40];
	int rc = OK;

	reset();
	for (int i = 0; i < POLICY_ORIGINS_MAX && rc == OK; i++) {
		snprintf(origin, sizeof origin, "o%d", i);
		rc = cosign((uint64_t)NOW, text(origin, "1", 1));
	}
	is(rc, OK, "3.5 as many origins as there is room for");
	is(cosign((uint64_t)NOW, text("one-more", "1", 1)), ERR_FULL, "3.5 and not one more");
	is(cosign((uint64_t)NOW, text("o0", "2", 2)), OK, "3.5 those that are known go on");
	is(cosign((uint64_t)NOW, text("o1023", "1", 2)), ERR_CONFLICT, "3.5 and are remembered");
	is(sign(text(OWN, "1", 1)), ERR_FULL, "3.5 the own log is an origin too");
}

int
main(void)
{
	log_key = key(OWN, VKEY_ED25519, 1);
	witness_key = key("tashkent-2000.diwan/kz/witness", VKEY_COSIGN, 2);
	test_checkpoints();
	test_malformed();
	test_cosignatures();
	test_origins();
	return tap_done();
}
