/* Proof files: made, read back, verified with and without witnesses; every kind of falsehood refused. */
#include "crypt/crypt.h"
#include "log/proof.h"
#include "shelf.h"
#include "tap.h"

#define SIZE 700
#define INDEX 300
#define N_WITNESSES 4

static struct shelf shelf;
static struct sign_key keys[1 + N_WITNESSES];
static struct note_signer signers[1 + N_WITNESSES];
static struct vkey vkeys[1 + N_WITNESSES];
static struct arena arena;
static struct err e;

static void
make_keys(void)
{
	for (int i = 0; i <= N_WITNESSES; i++) {
		uint8_t seed[SIGN_SEED_BYTES];
		char name[40];

		memset(seed, i + 1, sizeof seed);
		sign_from_seed(&keys[i], seed);
		snprintf(name, sizeof name, i == 0 ? "example.org/log" : "w%d.example.org", i);
		vkey_signer(&signers[i], name, i == 0 ? VKEY_ED25519 : VKEY_COSIGN, &keys[i], &e);
		vkeys[i] = signers[i].vkey;
	}
}

/* A proof file of entry INDEX, cosigned by witnesses 1..3 at times 1300, 1200, 1100. */
static void
make_file(struct buf *out)
{
	static struct tile_reader reader;
	struct tile_source src = { shelf_tile, &shelf };
	struct tree_source hashes = { tile_reader_get, &reader };
	struct buf *note = shelf_must(&shelf, "checkpoint"), cosigned = { 0 };
	struct proof p = { .index = INDEX, .extra = (const uint8_t *)"nonce", .extra_len = 5 };
	struct note n;

	tile_reader_init(&reader, &src, SIZE);
	is(tree_prove_inclusion(&hashes, INDEX, SIZE, p.hash, &p.n, &e), OK, "an inclusion proof out of tiles");
	note_parse(&arena, note->data, note->len, &n, &e);
	buf_add(&cosigned, note->data, note->len);
	for (int i = 1; i <= 3; i++)
		note_add_line(&cosigned, n.text, n.text_len, &signers[i], 1400 - 100 * (uint64_t)i, &e);
	p.note = cosigned.data;
	p.note_len = cosigned.len;
	is(proof_format(out, &p, &e), OK, "a proof file is written");
	buf_free(&cosigned);
}

static void
test_read(const struct buf *file)
{
	struct proof p;
	struct buf again = { 0 };

	is(proof_parse(&arena, file->data, file->len, &p, &e), OK, "and read");
	is(p.index, INDEX, "index");
	ok(p.extra_len == 5 && memcmp(p.extra, "nonce", 5) == 0, "extra");
	is(proof_format(&again, &p, &e), OK, "written again");
	is_str(buf_cstr(&again), buf_cstr(file), "the same bytes");
	buf_free(&again);
}

static int
check(const struct buf *file, const char *entry, size_t n_keys, size_t quorum, struct proof_result *out)
{
	struct proof_policy policy = { vkeys, n_keys, quorum };
	struct proof p;
	int rc = proof_parse(&arena, file->data, file->len, &p, &e);

	return rc != OK ? rc : proof_verify(&arena, &p, entry, strlen(entry), &policy, out, &e);
}

static void
test_verify(struct buf *file)
{
	struct proof_result r;
	char *index;

	is(check(file, "entry 300", 1, 0, &r), OK, "verifies on the log's word");
	is(r.checkpoint.size, SIZE, "size of the checkpoint");
	is(check(file, "entry 300", 5, 2, &r), OK, "verifies with a quorum of two");
	ok(r.cosigned == 3 && r.settled_s == 1200, "settled at the second smallest time");
	is(check(file, "entry 300", 5, 3, &r), OK, "of three");
	is(check(file, "entry 300", 5, 4, &r), ERR_VERIFY, "not of four");
	is(check(file, "entry 301", 5, 2, &r), ERR_VERIFY, "not for another entry");
	is(check(file, "entry 300", 0, 0, &r), ERR_LIMIT, "not without a key");
	vkeys[2] = vkeys[1];
	is(check(file, "entry 300", 5, 3, &r), ERR_INPUT, "not with one witness named twice");
	vkeys[2] = signers[2].vkey;
	index = strstr((char *)file->data, "index 300");
	index[8] = '1';
	is(check(file, "entry 300", 1, 0, &r), ERR_VERIFY, "not at another index");
	index[8] = '0';
}

/* Every single bit of the file matters, but for the extra, which nothing vouches for, and witnesses that are not asked. */
static void
test_flips(struct buf *file)
{
	struct proof_result r;
	size_t extra = (size_t)(strstr((char *)file->data, "extra ") - (char *)file->data), extra_end = extra + 14;
	int accepted = 0;

	for (size_t i = 0; i < file->len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			file->data[i] ^= (uint8_t)(1 << bit);
			accepted += (i < extra || i > extra_end) && check(file, "entry 300", 4, 3, &r) == OK;
			file->data[i] ^= (uint8_t)(1 << bit);
		}
	}
	is(accepted, 0, "no file with one bit flipped verifies");
	accepted = 0;
	for (size_t len = 0; len < file->len; len++) {
		struct buf cut = { .data = file->data, .len = len };

		accepted += check(&cut, "entry 300", 4, 3, &r) == OK;
	}
	is(accepted, 0, "nor one that is cut off");
}

static void
test_malformed(void)
{
#define M "c2sp.org/tlog-proof@v1\n"
#define H "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
	static const struct {
		const char *text;
		int want;
		const char *name;
	} rows[] = {
		{ M "index 0\n\nnote", OK, "least proof" },
		{ M "extra \nindex 0\n" H "\nnote", OK, "empty extra" },
		{ "", ERR_INPUT, "empty" },
		{ "c2sp.org/tlog-proof@v2\nindex 0\n\nnote", ERR_UNKNOWN, "later version" },
		{ "c2sp.org/tlog-proof@v1\r\nindex 0\n\nnote", ERR_UNKNOWN, "carriage return" },
		{ M, ERR_INPUT, "first line only" },
		{ M "extra AAAA\n", ERR_INPUT, "ends after extra" },
		{ M "extra AAA\nindex 0\n\n", ERR_INPUT, "extra not base64" },
		{ M "extra AAAA\nextra AAAA\nindex 0\n\n", ERR_INPUT, "two extras" },
		{ M "index 00\n\n", ERR_INPUT, "leading zero" },
		{ M "index -1\n\n", ERR_INPUT, "negative" },
		{ M "index 9223372036854775808\n\n", ERR_INPUT, "index 2^63" },
		{ M "index\n\n", ERR_INPUT, "no index" },
		{ M "index 0\n" H, ERR_INPUT, "no empty line" },
		{ M "index 0\nAAAA\n\n", ERR_INPUT, "short hash" },
		{ M "index 0\n " H "\n", ERR_INPUT, "space before a hash" },
	};
	struct buf big = { 0 };
	struct proof p;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(proof_parse(&arena, rows[i].text, strlen(rows[i].text), &p, &e), rows[i].want, rows[i].name);
	buf_str(&big, M "index 0\n");
	for (int i = 0; i <= TREE_PROOF_MAX; i++)
		buf_str(&big, H);
	is(proof_parse(&arena, big.data, big.len, &p, &e), ERR_LIMIT, "65 hashes");
	buf_reset(&big);
	buf_str(&big, M "extra ");
	for (int i = 0; i <= PROOF_EXTRA_MAX / 3 + 1; i++)
		buf_str(&big, "AAAA");
	buf_str(&big, "\nindex 0\n\n");
	is(proof_parse(&arena, big.data, big.len, &p, &e), ERR_LIMIT, "extra too long");
	p = (struct proof){ .n = TREE_PROOF_MAX + 1 };
	is(proof_format(&big, &p, &e), ERR_LIMIT, "nor is too much written");
	buf_free(&big);
}

int
main(void)
{
	struct buf file = { 0 };

	crypt_init(&e);
	forest_grow();
	make_keys();
	shelf_grow(&shelf, SIZE, &signers[0]);
	make_file(&file);
	test_read(&file);
	test_verify(&file);
	test_flips(&file);
	test_malformed();
	buf_free(&file);
	shelf_free(&shelf);
	arena_free(&arena);
	return tap_done();
}
