/* Fork proofs: made from real forks of a reference tree, round trips, everything that is no fork, mutations. */
#include "log/fork.h"
#include "log/signed.h"

#define ORIGIN "example.org/log"

static struct arena arena;
static struct err e;
static struct party log_key, new_key, stranger;
static uint64_t source_size;
static const struct tree_source source = { forest_get, &source_size };

/* A proof that the log signed (m, as the tree is) and (n, with leaf ${flip} changed). */
static int
make_fork(struct buf *small, struct buf *large, uint64_t m, uint64_t n, size_t flip, struct fork_proof *p)
{
	struct digest other = { 0 }, hash[TREE_PROOF_MAX];
	size_t n_hash = 0;

	signed_tree(small, ORIGIN, m, &log_key);
	forest_flip(flip);
	signed_tree(large, ORIGIN, n, &log_key);
	source_size = n;
	if (m < n) {
		other = forest_mth(0, (size_t)m);
		if (tree_prove_consistency(&source, m, n, hash, &n_hash, &e) != OK)
			ok(false, "proof: %s", e.text);
	}
	forest_flip(flip);
	return fork_make(large->data, large->len, small->data, small->len, &other, hash, n_hash, p, &e);
}

static int
verify(const struct fork_proof *p, struct fork_result *r)
{
	arena_reset(&arena);
	return fork_verify(&arena, p, ORIGIN, &log_key.signer.vkey, 1, r, &e);
}

/* All sizes 1 <= m <= n <= 20 and every leaf of the smaller tree. */
static void
test_all(void)
{
	struct buf small = { 0 }, large = { 0 }, text = { 0 }, again = { 0 };
	size_t tried = 0, good = 0;

	for (uint64_t n = 1; n <= 20; n++)
		for (uint64_t m = 1; m <= n; m++)
			for (size_t flip = 0; flip < m; flip++, tried++) {
				struct fork_proof p, q;
				struct fork_result r;

				buf_reset(&text);
				buf_reset(&again);
				good += make_fork(&small, &large, m, n, flip, &p) == OK && verify(&p, &r) == OK &&
				    r.size[0] == m && r.size[1] == n && strcmp(r.origin, ORIGIN) == 0 &&
				    r.kind == (m == n ? FORK_SAME_SIZE : FORK_GROWN) && fork_format(&text, &p, &e) == OK &&
				    text.len <= FORK_MAX_BYTES && fork_parse(text.data, text.len, &q, &e) == OK &&
				    verify(&q, &r) == OK && fork_format(&again, &q, &e) == OK && again.len == text.len &&
				    memcmp(again.data, text.data, text.len) == 0;
			}
	ok(good == tried, "%zu of %zu forks are proven, written, read and proven again", good, tried);
	buf_free(&small);
	buf_free(&large);
	buf_free(&text);
	buf_free(&again);
}

static void
test_no_forks(void)
{
	struct buf one = { 0 }, other = { 0 };
	struct digest root = forest_mth(0, 5), wrong = root, hash[TREE_PROOF_MAX];
	struct fork_result r;
	struct fork_proof p;
	size_t n;

	signed_tree(&one, ORIGIN, 5, &log_key);
	is(fork_make(one.data, one.len, one.data, one.len, NULL, NULL, 0, &p, &e), ERR_INPUT, "one checkpoint twice");
	signed_tree(&other, ORIGIN, 9, &log_key);
	source_size = 9;
	tree_prove_consistency(&source, 5, 9, hash, &n, &e);
	is(fork_make(one.data, one.len, other.data, other.len, &root, hash, n, &p, &e), ERR_INPUT, "a log that has grown");
	is(fork_make(one.data, one.len, other.data, other.len, NULL, NULL, 0, &p, &e), ERR_INPUT, "two sizes without a root");
	is(fork_make(one.data, one.len, other.data, other.len, &root, hash, 65, &p, &e), ERR_LIMIT, "too many hashes");
	wrong.b[0] ^= 1;
	ok(fork_make(one.data, one.len, other.data, other.len, &wrong, hash, n, &p, &e) == OK && verify(&p, &r) == ERR_VERIFY,
	    "a log that has grown, and a root that it never had");
	signed_tree(&one, ORIGIN, 0, &log_key);
	is(fork_make(one.data, one.len, other.data, other.len, &wrong, NULL, 0, &p, &e), ERR_INPUT, "against the empty log");
	forest_flip(0);
	signed_tree(&one, "example.org/other", 9, &log_key);
	is(fork_make(one.data, one.len, other.data, other.len, NULL, NULL, 0, &p, &e), ERR_INPUT, "two logs");
	signed_tree(&one, ORIGIN, 9, &stranger);
	ok(fork_make(one.data, one.len, other.data, other.len, NULL, NULL, 0, &p, &e) == OK && verify(&p, &r) == ERR_VERIFY,
	    "a stranger's signature convicts nobody");
	forest_flip(0);
	is(fork_make("x", 1, other.data, other.len, NULL, NULL, 0, &p, &e), ERR_INPUT, "not a note");
	buf_free(&one);
	buf_free(&other);
}

static void
test_keys(void)
{
	struct vkey both[2] = { log_key.signer.vkey, new_key.signer.vkey };
	struct buf one = { 0 }, other = { 0 };
	struct fork_result r;
	struct fork_proof p;

	signed_tree(&one, ORIGIN, 6, &log_key);
	forest_flip(2);
	signed_tree(&other, ORIGIN, 6, &new_key);
	forest_flip(2);
	fork_make(one.data, one.len, other.data, other.len, NULL, NULL, 0, &p, &e);
	is(verify(&p, &r), ERR_VERIFY, "the second key is not known");
	is(fork_verify(&arena, &p, ORIGIN, both, 2, &r, &e), OK, "two keys of one log, and two histories");
	ok(r.key[0] != r.key[1] && r.size[0] == 6 && r.size[1] == 6, "each side by its own");
	is(fork_verify(&arena, &p, "example.org/other", both, 2, &r, &e), ERR_VERIFY, "not as another log's");
	is(fork_verify(&arena, &p, ORIGIN, both, 0, &r, &e), ERR_VERIFY, "not without keys");
	both[1].type = VKEY_COSIGN;
	is(fork_verify(&arena, &p, ORIGIN, both, 2, &r, &e), ERR_INPUT, "not with a witness's key");
	buf_free(&one);
	buf_free(&other);
}

static void
test_text(void)
{
	static const struct {
		const char *text;
		int want;
		const char *name;
	} rows[] = {
		{ "", ERR_INPUT, "empty" },
		{ "diwan-fork-proof-v1", ERR_INPUT, "no newline" },
		{ "diwan-fork-v1\n", ERR_INPUT, "another word" },
		{ "diwan-fork-proof-v2\nkind same-size\n", ERR_UNKNOWN, "another version" },
		{ "diwan-fork-proof-v1\n", ERR_INPUT, "one line" },
		{ "diwan-fork-proof-v1\nkind\n", ERR_INPUT, "no kind" },
		{ "diwan-fork-proof-v1\nkind worse\n", ERR_UNKNOWN, "another kind" },
		{ "diwan-fork-proof-v1\nkind same-size\n", ERR_INPUT, "no notes" },
		{ "diwan-fork-proof-v1\nkind same-size\nnote 5\n", ERR_INPUT, "cut off" },
		{ "diwan-fork-proof-v1\nkind same-size\nnote 05\nabcde", ERR_INPUT, "leading zero" },
		{ "diwan-fork-proof-v1\nkind same-size\nnote 131073\n", ERR_INPUT, "a note too long" },
		{ "diwan-fork-proof-v1\nkind same-size\nnote 18446744073709551615\n", ERR_INPUT, "a length that wraps" },
		{ "diwan-fork-proof-v1\nkind grown\nnote 5\n", ERR_INPUT, "no root" },
		{ "diwan-fork-proof-v1\nkind grown\nroot AA==\n", ERR_INPUT, "a short root" },
	};
	struct buf small = { 0 }, large = { 0 }, text = { 0 }, swapped = { 0 };
	struct fork_proof p, q;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(fork_parse(rows[i].text, strlen(rows[i].text), &p, &e), rows[i].want, rows[i].name);
	make_fork(&small, &large, 3, 7, 1, &p);
	fork_format(&text, &p, &e);
	ok(strncmp(buf_cstr(&text), "diwan-fork-proof-v1\nkind grown\nroot ", 36) == 0, "the text says what it is");
	buf_byte(&text, '\n');
	is(fork_parse(text.data, text.len, &q, &e), ERR_INPUT, "bytes after the end");
	q = p;
	q.side[0] = p.side[1];
	q.side[1] = p.side[0];
	fork_format(&swapped, &q, &e);
	is(fork_parse(swapped.data, swapped.len, &q, &e), ERR_INPUT, "sides out of order");
	buf_reset(&text);
	q = p;
	q.kind = FORK_SAME_SIZE;
	fork_format(&text, &q, &e);
	is(fork_parse(text.data, text.len, &q, &e), ERR_INPUT, "a kind that does not fit");
	buf_reset(&text);
	while (text.len <= FORK_MAX_BYTES)
		buf_byte(&text, 'a');
	is(fork_parse(text.data, text.len, &q, &e), ERR_LIMIT, "too long");
	buf_free(&small);
	buf_free(&large);
	buf_free(&text);
	buf_free(&swapped);
}

/* The notes of this proof have the log's line only, so every bit counts. */
static void
test_mutations(void)
{
	struct buf small = { 0 }, large = { 0 }, text = { 0 };
	size_t tried = 0, proven = 0, cut = 0;
	struct fork_proof p;
	struct fork_result r;

	make_fork(&small, &large, 5, 11, 2, &p);
	fork_format(&text, &p, &e);
	for (size_t i = 0; i < text.len; i++)
		for (int bit = 0; bit < 8; bit++, tried++) {
			text.data[i] ^= (uint8_t)(1 << bit);
			proven += fork_parse(text.data, text.len, &p, &e) == OK && verify(&p, &r) == OK;
			text.data[i] ^= (uint8_t)(1 << bit);
		}
	ok(proven == 0 && tried > 5000, "%zu proofs with one bit changed, %zu still prove", tried, proven);
	for (size_t len = 0; len < text.len; len++)
		cut += fork_parse(text.data, len, &p, &e) == OK;
	is((long long)cut, 0, "none that is cut off parses");
	buf_free(&small);
	buf_free(&large);
	buf_free(&text);
}

static void
test_explain(void)
{
	struct buf small = { 0 }, large = { 0 }, text = { 0 };
	struct fork_result r;
	struct fork_proof p;

	make_fork(&small, &large, 6, 6, 2, &p);
	verify(&p, &r);
	is(fork_explain(&text, &r, &e), OK, "a fork of one size is explained");
	ok(strstr(buf_cstr(&text), ORIGIN " has shown two histories") != NULL && strstr(buf_cstr(&text), "first 6 entries") != NULL,
	    "by log and size");
	ok(strstr(buf_cstr(&text), "backup") != NULL && strstr(buf_cstr(&text), "second node") != NULL &&
	    strstr(buf_cstr(&text), "fault") != NULL && strstr(buf_cstr(&text), "lie") != NULL &&
	    strstr(buf_cstr(&text), "new epoch") != NULL, "with what to ask and what to do");
	ok(text.len > 0 && strchr(buf_cstr(&text), '\n') == buf_cstr(&text) + text.len - 1, "in one paragraph");
	buf_reset(&text);
	make_fork(&small, &large, 3, 7, 1, &p);
	verify(&p, &r);
	fork_explain(&text, &r, &e);
	ok(strstr(buf_cstr(&text), "first 3 entries") != NULL && strstr(buf_cstr(&text), "a log of 7 entries") != NULL,
	    "a fork of two sizes as well");
	buf_free(&small);
	buf_free(&large);
	buf_free(&text);
}

int
main(void)
{
	crypt_init(&e);
	forest_grow();
	party_make(&log_key, ORIGIN, VKEY_ED25519, 1);
	party_make(&new_key, ORIGIN, VKEY_ED25519, 2);
	party_make(&stranger, "example.org/stranger", VKEY_ED25519, 3);
	test_all();
	test_no_forks();
	test_keys();
	test_text();
	test_mutations();
	test_explain();
	arena_free(&arena);
	return tap_done();
}
