/*
 * The witness: every answer of the specification by table, what is found out about the log beside the answer, time,
 * changes of key, mutations.
 */
#include "log/signed.h"
#include "log/witness.h"

#define ORIGIN "example.org/log"
#define NOW 1700000000

static struct arena arena;
static struct err e;
static struct party log_key, new_key, stranger, witness, second;
static uint64_t source_size;
static const struct tree_source source = { forest_get, &source_size };

/* The body of a request for ${note}, with a proof of the reference tree as it now stands. */
static void
body_of(struct buf *body, uint64_t old, uint64_t size, const struct buf *note)
{
	struct digest proof[TREE_PROOF_MAX];
	size_t n = 0;

	source_size = size;
	if (old > 0 && old <= size && tree_prove_consistency(&source, old, size, proof, &n, &e) != OK)
		ok(false, "proof: %s", e.text);
	buf_reset(body);
	witness_request_format(body, old, proof, n, note->data, note->len, &e);
}

static struct witness_state
state(uint64_t size, uint64_t time_s)
{
	struct witness_state s = { .size = size, .time_s = time_s };

	if (size > 0)
		s.root = forest_mth(0, (size_t)size);
	return s;
}

static struct witness_decision
decide(const struct buf *body, struct witness_state held, uint64_t now_s)
{
	struct witness_log log = { ORIGIN, &log_key.signer.vkey, 1, held, false };
	struct witness_decision d = { .status = 400 };
	struct witness_request r;

	arena_reset(&arena);
	if (witness_request_parse(&r, body->data, body->len, &e) == OK)
		witness_decide(&arena, &r, &log, now_s, &d);
	return d;
}

static void
test_parse(void)
{
#define NOTE "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n"
#define HASH "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	static const struct {
		const char *body;
		int want;
		const char *name;
	} rows[] = {
		{ "old 0\n\n" NOTE, OK, "no hashes" },
		{ "old 9223372036854775807\n" HASH HASH "\n" NOTE, OK, "two hashes, the largest size" },
		{ "", ERR_INPUT, "empty" },
		{ "old", ERR_INPUT, "one word" },
		{ "old 0", ERR_INPUT, "no newline" },
		{ "old \n\n" NOTE, ERR_INPUT, "no size" },
		{ "old 00\n\n" NOTE, ERR_INPUT, "leading zero" },
		{ "old  1\n\n" NOTE, ERR_INPUT, "two spaces" },
		{ "old 1 \n\n" NOTE, ERR_INPUT, "a space after the size" },
		{ "Old 1\n\n" NOTE, ERR_INPUT, "a capital" },
		{ "size 1\n\n" NOTE, ERR_INPUT, "another word" },
		{ "old -1\n\n" NOTE, ERR_INPUT, "negative" },
		{ "old 9223372036854775808\n\n" NOTE, ERR_INPUT, "2^63" },
		{ "old 1\r\n\r\n" NOTE, ERR_INPUT, "carriage returns" },
		{ "old 1\n" NOTE, ERR_INPUT, "no empty line before the note" },
		{ "old 1\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" NOTE, ERR_INPUT, "hash without padding" },
		{ "old 1\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\n" NOTE, ERR_INPUT, "hash with spare bits" },
		{ "old 1\nAQAA\n\n" NOTE, ERR_INPUT, "short hash" },
		{ "old 1\n" HASH, ERR_INPUT, "cut off in the hashes" },
		{ "old 0\n\n", ERR_INPUT, "no note" },
		{ "old 0\n\no\n1\n", ERR_INPUT, "note without signatures" },
		{ "old 0\n\no\n1\n\n— x AAAAAAAA\n", ERR_INPUT, "note that is no checkpoint" },
		{ "old 0\n\no\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n", ERR_INPUT, "size with zero" },
		{ "old 0\n\no\to\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n", ERR_INPUT, "tab" },
		{ "old 0\n\no\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n", OK, "impossible claim" },
		{ "old 0\n\no\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nnot a line\n", OK, "lines are not looked at" },
	};
	struct witness_request r;
	struct buf big = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(witness_request_parse(&r, rows[i].body, strlen(rows[i].body), &e), rows[i].want, rows[i].name);
	is(witness_request_parse(&r, rows[1].body, strlen(rows[1].body), &e), OK, "two hashes");
	ok(r.old_size == TREE_MAX_SIZE && r.n_proof == 2 && r.proof[1].b[0] == 1 && r.checkpoint.size == 1 &&
	    strcmp(r.checkpoint.origin, "o") == 0 && r.note_len == strlen(NOTE), "are taken apart");
	is(witness_request_format(&big, r.old_size, r.proof, r.n_proof, r.note, r.note_len, &e), OK, "and put together");
	is_str(buf_cstr(&big), rows[1].body, "as they were");
	buf_reset(&big);
	buf_str(&big, "old 1\n");
	for (int i = 0; i < WITNESS_PROOF_MAX; i++)
		buf_str(&big, HASH);
	buf_str(&big, "\n" NOTE);
	is(witness_request_parse(&r, big.data, big.len, &e), OK, "63 hashes");
	buf_reset(&big);
	buf_str(&big, "old 1\n");
	for (int i = 0; i <= WITNESS_PROOF_MAX; i++)
		buf_str(&big, HASH);
	buf_str(&big, "\n" NOTE);
	is(witness_request_parse(&r, big.data, big.len, &e), ERR_LIMIT, "64 hashes");
	while (big.len <= WITNESS_BODY_MAX)
		buf_byte(&big, 'a');
	is(witness_request_parse(&r, big.data, big.len, &e), ERR_LIMIT, "longer than 128 KiB");
	is(witness_request_format(&big, 1, r.proof, 64, NOTE, strlen(NOTE), &e), ERR_LIMIT, "64 hashes are not written");
	buf_free(&big);
}

/* Each answer. The log's true tree is the reference tree. */
static void
test_answers(void)
{
	static const struct {
		uint64_t held, held_time, old, size, now;
		int status;
		const char *name;
	} rows[] = {
		{ 0, 0, 0, 0, NOW, 200, "never seen, the empty tree" },
		{ 0, 0, 0, 1, NOW, 200, "never seen, one entry" },
		{ 0, 0, 0, 7, NOW, 200, "never seen, seven entries" },
		{ 0, NOW, 0, 0, NOW, 200, "the empty tree again" },
		{ 0, NOW, 0, 5, NOW, 200, "from the empty tree" },
		{ 3, NOW, 3, 7, NOW, 200, "from 3 to 7" },
		{ 4, NOW, 4, 8, NOW + 1, 200, "from 4 to 8" },
		{ 7, NOW, 7, 7, NOW + 9, 200, "the same again: fresh time" },
		{ 0, 0, 1, 7, NOW, 409, "never seen, client thinks 1" },
		{ 3, NOW, 0, 7, NOW, 409, "client knows nothing" },
		{ 3, NOW, 2, 7, NOW, 409, "client is behind" },
		{ 7, NOW, 3, 5, NOW, 409, "an older checkpoint" },
		{ 5, NOW, 7, 7, NOW, 409, "the witness has lost its state" },
		{ 3, NOW, 8, 7, NOW, 400, "old above size" },
		{ 8, NOW, 8, 7, NOW, 400, "old above size, though it is held" },
		{ 3, NOW, 3, 7, 0, 503, "no clock" },
		{ 3, NOW, 3, 7, NOW - 1, 503, "clock before the last cosignature" },
		{ 3, NOW, 3, 3, NOW - 1, 503, "also when nothing has grown" },
		{ 3, NOW, 3, 7, UINT64_MAX, 503, "a time that cannot be written" },
		{ 3, NOW, 0, 7, 0, 409, "the clock does not matter to a refusal" },
	};
	struct buf note = { 0 }, body = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct witness_state held = state(rows[i].held, rows[i].held_time);
		struct witness_decision d;

		signed_tree(&note, ORIGIN, rows[i].size, &log_key);
		body_of(&body, rows[i].old, rows[i].size, &note);
		d = decide(&body, held, rows[i].now);
		ok(d.status == rows[i].status && d.finding == WITNESS_NOTHING, "%d: %s (%d %s)", rows[i].status,
		    rows[i].name, d.status, d.why.text);
		if (d.status == 200) {
			struct digest root = forest_mth(0, (size_t)rows[i].size);

			ok(d.next.size == rows[i].size && hash_equal(&d.next.root, &root) && d.next.time_s == rows[i].now &&
			    d.why.text[0] == '\0', "the next state is the checkpoint and the time");
		} else {
			ok(d.next.size == 0 && d.next.time_s == 0 && d.why.text[0] != '\0', "no next state, but a reason");
		}
	}
	buf_free(&note);
	buf_free(&body);
}

/* Proofs that are not what they should be, and claims that cannot be: 422. */
static void
test_unprocessable(void)
{
	struct buf note = { 0 }, body = { 0 };
	struct digest proof[TREE_PROOF_MAX], root;
	struct witness_decision d;
	size_t n;

	signed_tree(&note, ORIGIN, 7, &log_key);
	source_size = 7;
	tree_prove_consistency(&source, 3, 7, proof, &n, &e);
	for (size_t i = 0; i <= n; i++) {
		buf_reset(&body);
		proof[i % n].b[5] ^= i < n;
		witness_request_format(&body, 3, proof, n, note.data, note.len, &e);
		proof[i % n].b[5] ^= i < n;
		d = decide(&body, state(3, NOW), NOW);
		ok(d.status == (i < n ? 422 : 200) && d.finding == WITNESS_NOTHING, "hash %zu of %zu wrong: %d", i, n, d.status);
	}
	buf_reset(&body);
	witness_request_format(&body, 3, proof, n - 1, note.data, note.len, &e);
	is(decide(&body, state(3, NOW), NOW).status, 422, "a hash too few");
	buf_reset(&body);
	witness_request_format(&body, 3, proof, n + 1, note.data, note.len, &e);
	is(decide(&body, state(3, NOW), NOW).status, 422, "a hash too many");
	buf_reset(&body);
	witness_request_format(&body, 3, NULL, 0, note.data, note.len, &e);
	is(decide(&body, state(3, NOW), NOW).status, 422, "no proof");
	buf_reset(&body);
	witness_request_format(&body, 7, proof, 1, note.data, note.len, &e);
	is(decide(&body, state(7, NOW), NOW).status, 422, "a proof from a size to itself");
	buf_reset(&body);
	witness_request_format(&body, 0, proof, 1, note.data, note.len, &e);
	is(decide(&body, state(0, 0), NOW).status, 422, "a proof from nothing");
	root = forest_mth(0, 1);
	signed_root(&note, ORIGIN, 0, &root, &log_key);
	buf_reset(&body);
	witness_request_format(&body, 0, NULL, 0, note.data, note.len, &e);
	d = decide(&body, state(0, 0), NOW);
	ok(d.status == 422 && d.finding == WITNESS_NOTHING, "size 0 with the root of something");
	is(decide(&body, state(4, NOW), NOW).status, 409, "which is a conflict first for a witness that has seen more");
	buf_free(&note);
	buf_free(&body);
}

/* Who has signed: 404 and 403, in this order and before all else. */
static void
test_signatures(void)
{
	struct vkey both[2] = { log_key.signer.vkey, new_key.signer.vkey };
	struct witness_log log = { ORIGIN, both, 1, { 0 }, false };
	struct witness_decision d;
	struct witness_request r;
	struct buf note = { 0 }, body = { 0 };
	const char *text;
	int rc;

#define ASK(old) (body_of(&body, (old), 7, &note), witness_request_parse(&r, body.data, body.len, &e), \
    witness_decide(&arena, &r, &log, NOW, &d), d.status)
	signed_tree(&note, ORIGIN, 7, &stranger);
	is(ASK(0), 403, "signed by a key that is not the log's");
	is(ASK(8), 403, "comes before old above size");
	signed_tree(&note, "example.org/other", 7, &log_key);
	is(ASK(0), 404, "an origin that is not witnessed");
	witness_decide(&arena, &r, NULL, NOW, &d);
	is(d.status, 404, "no log at all");
	buf_reset(&note);
	buf_str(&note, "example.org/other\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nrubbish\n");
	is(ASK(9), 404, "comes before everything that can be wrong with the rest");
	signed_tree(&note, ORIGIN, 7, &log_key);
	note.data[note.len - 3] ^= 1;
	is(ASK(0), 403, "base64 of the signature that no encoder writes");
	signed_tree(&note, ORIGIN, 7, &log_key);
	note.data[note.len - 8] ^= 1;
	is(ASK(0), 403, "signature damaged");
	signed_tree(&note, ORIGIN, 7, &log_key);
	text = strstr(buf_cstr(&note), "\n\n") + 1;
	rc = note_add_line(&note, note.data, (size_t)(text - buf_cstr(&note)), &stranger.signer, 0, &e);
	ok(rc == OK && ASK(0) == 200, "a line by an unknown key beside is ignored");
	signed_tree(&note, ORIGIN, 7, &new_key);
	is(ASK(0), 403, "the new key is not trusted yet");
	log.n_keys = 2;
	is(ASK(0), 200, "then both are");
	signed_tree(&note, ORIGIN, 7, &log_key);
	is(ASK(0), 200, "the old one as well");
	log.frozen = true;
	ok(ASK(0) == 403 && strstr(d.why.text, "two histories") != NULL, "a log that has forked is refused");
	log.frozen = false;
	buf_reset(&body);
	buf_str(&body, ORIGIN "\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n");
	buf_reset(&note);
	note_begin(&note, body.data, body.len, &e);
	note_add_line(&note, body.data, body.len, &log_key.signer, 0, &e);
	is(ASK(0), 400, "extension lines");
	buf_free(&note);
	buf_free(&body);
}

/* Two signed roots that cannot both be true are told apart from all that is merely wrong. */
static void
test_findings(void)
{
	struct witness_state at5 = state(5, NOW), at4 = state(4, NOW);
	struct buf note = { 0 }, body = { 0 };
	struct witness_decision d;
	struct digest other5, other7;

	forest_flip(1);
	other5 = forest_mth(0, 5);
	other7 = forest_mth(0, 7);
	signed_tree(&note, ORIGIN, 5, &log_key);
	body_of(&body, 5, 5, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 422 && d.finding == WITNESS_FORK, "same size, another root");
	body_of(&body, 0, 5, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 409 && d.finding == WITNESS_FORK && d.held_size == 5, "found in a client that knows nothing, too");
	body_of(&body, 3, 5, &note);
	d = decide(&body, at5, 0);
	ok(d.status == 409 && d.finding == WITNESS_FORK, "whatever it asks from, and whatever our clock says");
	signed_root(&note, ORIGIN, 5, &other5, &stranger);
	body_of(&body, 5, 5, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 403 && d.finding == WITNESS_NOTHING, "a stranger's signature accuses nobody");

	signed_tree(&note, ORIGIN, 7, &log_key);
	body_of(&body, 5, 7, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 422 && d.finding == WITNESS_FORK_GROWN && hash_equal(&d.other_root, &other5),
	    "a larger tree whose own proof leads from another root");
	body_of(&body, 4, 7, &note);
	d = decide(&body, at4, NOW);
	ok(d.status == 422 && d.finding == WITNESS_NOTHING, "from a power of two the proof does not tell");
	body_of(&body, 3, 7, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 409 && d.finding == WITNESS_NOTHING, "nor does a proof from another size");
	signed_root(&note, ORIGIN, 6, &other7, &log_key);
	body_of(&body, 5, 6, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 422 && d.finding == WITNESS_NOTHING, "a proof that fails proves nothing");
	forest_flip(1);
	signed_tree(&note, ORIGIN, 3, &log_key);
	body_of(&body, 3, 3, &note);
	d = decide(&body, at5, NOW);
	ok(d.status == 409 && d.finding == WITNESS_NOTHING, "an old checkpoint is no offence");
	buf_free(&note);
	buf_free(&body);
}

/* A log that shows its witness (m, one history) and then (n, another), for all small sizes and every changed leaf. */
static void
test_all_findings(void)
{
	struct buf note = { 0 }, body = { 0 };
	size_t tried = 0, wrong = 0;

	for (uint64_t n = 1; n <= 17; n++)
		for (uint64_t m = 1; m <= n; m++)
			for (size_t flip = 0; flip < m; flip++, tried++) {
				struct witness_state held = state(m, NOW);
				bool told = m < n && (m & (m - 1)) != 0;
				struct witness_decision d;
				struct digest other;

				forest_flip(flip);
				other = forest_mth(0, (size_t)m);
				signed_tree(&note, ORIGIN, n, &log_key);
				body_of(&body, m, n, &note);
				forest_flip(flip);
				d = decide(&body, held, NOW);
				wrong += d.status != 422 || d.finding != (m == n ? WITNESS_FORK : told ? WITNESS_FORK_GROWN :
				    WITNESS_NOTHING) || (told && !hash_equal(&d.other_root, &other));
			}
	ok(wrong == 0 && tried > 900, "%zu forks shown to a witness, %zu not told as they should", tried, wrong);
	buf_free(&note);
	buf_free(&body);
}

static void
test_cosign(void)
{
	struct note_signer both[2] = { witness.signer, second.signer };
	struct vkey keys[3] = { log_key.signer.vkey, witness.signer.vkey, second.signer.vkey };
	struct witness_state stored = state(7, NOW), other = state(6, NOW);
	struct buf note = { 0 }, body = { 0 }, lines = { 0 }, whole = { 0 };
	struct witness_request r;
	struct note_mark m[3];
	struct checkpoint c;
	struct note n;

	signed_tree(&note, ORIGIN, 7, &log_key);
	body_of(&body, 0, 7, &note);
	witness_request_parse(&r, body.data, body.len, &e);
	is(witness_cosign(&lines, &r, &stored, both, 2, &e), OK, "cosigned by the old and the new key of a witness");
	buf_add(&whole, note.data, note.len);
	buf_add(&whole, lines.data, lines.len);
	is(checkpoint_open(&arena, whole.data, whole.len, keys, 3, &c, &n, m, &e), OK, "the note with the lines opens");
	ok(m[1].signed_by && m[2].signed_by && m[1].time_s == NOW && m[2].time_s == NOW, "with the stored time");
	is(witness_cosign(&lines, &r, &other, both, 1, &e), ERR_CONFLICT, "not what was not stored");
	other = state(7, NOW);
	other.root.b[0] ^= 1;
	is(witness_cosign(&lines, &r, &other, both, 1, &e), ERR_CONFLICT, "nor another root");
	stored.time_s = 0;
	is(witness_cosign(&lines, &r, &stored, both, 1, &e), ERR_INPUT, "nor at no time");
	stored.time_s = NOW;
	is(witness_cosign(&lines, &r, &stored, &log_key.signer, 1, &e), ERR_INPUT, "nor with a log's key");
	buf_free(&note);
	buf_free(&body);
	buf_free(&lines);
	buf_free(&whole);
}

static void
test_refuse(void)
{
	struct witness_decision d = { .status = 409, .held_size = 20852163 };
	char hex[2 * HASH_BYTES + 1];
	struct buf out = { 0 };
	const char *type;

	is(witness_refuse(&out, &d, &type, &e), OK, "409");
	is_str(buf_cstr(&out), "20852163\n", "is the held size on a line");
	is_str(type, "text/x.tlog.size", "of its own type");
	buf_reset(&out);
	d.status = 422;
	err_set(&d.why, ERR_VERIFY, "because");
	is(witness_refuse(&out, &d, &type, &e), OK, "422");
	is_str(buf_cstr(&out), "because\n", "is the reason");
	is_str(type, "text/plain; charset=utf-8", "for people");
	witness_origin_hex(hex, "rome2026h1.example.org");
	is_str(hex, "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706", "an origin's folder, as others have it");
	buf_free(&out);
}

/* No change of one bit in a good request is cosigned. */
static void
test_mutations(void)
{
	struct buf note = { 0 }, body = { 0 };
	size_t cosigned = 0, tried = 0, first = 0;

	signed_tree(&note, ORIGIN, 7, &log_key);
	body_of(&body, 3, 7, &note);
	is(decide(&body, state(3, NOW), NOW).status, 200, "a good request");
	for (size_t i = 0; i < body.len; i++)
		for (int bit = 0; bit < 8; bit++, tried++) {
			struct witness_decision d;

			body.data[i] ^= (uint8_t)(1 << bit);
			d = decide(&body, state(3, NOW), NOW);
			if (d.status == 200 && cosigned++ == 0)
				first = i;
			body.data[i] ^= (uint8_t)(1 << bit);
		}
	ok(cosigned == 0 && tried > 2000, "%zu requests with one bit changed, %zu cosigned (first at %zu)", tried, cosigned, first);
	for (size_t len = 0; len < body.len; len++) {
		struct buf cut = { .data = body.data, .len = len };

		cosigned += decide(&cut, state(3, NOW), NOW).status == 200;
	}
	is(cosigned, 0, "nor is any that is cut off");
	buf_free(&note);
	buf_free(&body);
}

int
main(void)
{
	crypt_init(&e);
	forest_grow();
	party_make(&log_key, ORIGIN, VKEY_ED25519, 1);
	party_make(&new_key, ORIGIN, VKEY_ED25519, 2);
	party_make(&stranger, "example.org/stranger", VKEY_ED25519, 3);
	party_make(&witness, "example.org/w", VKEY_COSIGN, 4);
	party_make(&second, "example.org/w", VKEY_COSIGN, 5);
	test_parse();
	test_answers();
	test_unprocessable();
	test_signatures();
	test_findings();
	test_all_findings();
	test_cosign();
	test_refuse();
	test_mutations();
	arena_free(&arena);
	return tap_done();
}
