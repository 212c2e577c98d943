/*
 * The tree: fixed values, every size against the recursive definition, every proof of small trees, and the public
 * vectors of RFC 6962 and transparency-dev/merkle.
 */
#include <dirent.h>

#include "base/text.h"
#include "crypt/vectors.h"
#include "forest.h"
#include "log/entry.h"
#include "tap.h"

#define N_PROOF_VECTORS 196

static void
is_digest(const struct digest *d, const char *want, const char *name)
{
	char hex[2 * HASH_BYTES + 1];

	hex_encode(hex, d->b, sizeof d->b);
	is_str(hex, want, name);
}

static void
test_values(void)
{
	static const struct {
		size_t size;
		const char *root;
	} roots[] = {	/* leaves "entry 0", "entry 1", ...; computed by an independent program */
		{ 1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701" },
		{ 2, "5a47662fd8a317d96049a3f9f47c55dc67ca66051baa3683dbb19b2fe09a07b0" },
		{ 3, "94fbd0dd836f50301692e6d0eade728ee19ec52bfff1606ed807c8575d5aaa19" },
		{ 7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587" },
		{ 256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e" },
		{ 1000, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b" },
		{ 66000, "08a059156898bcf96821e737c4bda8f212d036a84b6b8e2a89b4e0660c6ac9a2" },
	};
	struct tree_range r = { 0 };
	struct digest root;

	tree_empty(&root);
	is_digest(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "root of the empty tree");
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		while (r.size < roots[i].size)
			tree_append(&r, &forest[r.size]);
		tree_root(&r, &root);
		is_digest(&root, roots[i].root, "root");
	}
}

static void
test_entry(void)
{
	static const char record[] = "{\"a\":\"ҳ\"}";
	uint8_t nonce[ENTRY_NONCE_BYTES], entry[ENTRY_BYTES];
	struct digest c, leaf, again;
	struct err e;

	for (size_t i = 0; i < sizeof nonce; i++)
		nonce[i] = (uint8_t)i;
	entry_commit(&c, nonce, record, strlen(record));
	is_digest(&c, "d8658ce2d6ca538c6e31b086551c9ca6a54a52769f32226aac7426a8214ced77", "commitment");
	entry_leaf(&leaf, &c);
	is_digest(&leaf, "f53830a5c16b7de0e4a257defe71972999aac5765c44c0d02bc84aab7aed78aa", "leaf hash");
	entry_make(entry, &c);
	is(entry[0], 1, "version byte");
	ok(entry_parse(&again, entry, sizeof entry, &e) == OK && hash_equal(&again, &c), "reads back");
	ok(entry_opens(&c, nonce, record, strlen(record)), "opens with its nonce and record");
	nonce[31] ^= 1;
	ok(!entry_opens(&c, nonce, record, strlen(record)), "not with another nonce");
	is(entry_parse(&again, entry, ENTRY_BYTES - 1, &e), ERR_INPUT, "too short");
	is(entry_parse(&again, entry, 0, &e), ERR_INPUT, "empty");
	entry[0] = 2;
	is(entry_parse(&again, entry, sizeof entry, &e), ERR_UNKNOWN, "unknown version");
}

static void
test_sizes(void)
{
	struct tree_range r = { 0 };
	int wrong = 0, wrong_read = 0;

	for (uint64_t size = 0; size <= 1100; size++) {
		struct tree_source src = { forest_get, &size };
		struct digest want = forest_mth(0, (size_t)size), got;

		tree_root(&r, &got);
		wrong += !hash_equal(&got, &want);
		if (size % 37 == 0)
			wrong_read += tree_root_from(&src, size, &got, NULL) != OK || !hash_equal(&got, &want);
		tree_append(&r, &forest[size]);
	}
	is(wrong, 0, "roots of all sizes 0..1100 follow the definition");
	is(wrong_read, 0, "and so when read hash by hash");
}

/* A true proof must pass; each of its distortions must not. Returns the number of surprises. */
static int
try_inclusion(uint64_t index, uint64_t size)
{
	struct tree_source src = { forest_get, &size };
	struct digest proof[TREE_PROOF_MAX + 1], root = forest_mth(0, (size_t)size), bad;
	size_t n;
	int wrong = tree_prove_inclusion(&src, index, size, proof, &n, NULL) != OK;

	wrong += tree_check_inclusion(index, size, &forest[index], proof, n, &root, NULL) != OK;
	bad = forest[index];
	bad.b[5] ^= 4;
	wrong += tree_check_inclusion(index, size, &bad, proof, n, &root, NULL) != ERR_VERIFY;
	proof[n] = root;
	wrong += tree_check_inclusion(index, size, &forest[index], proof, n + 1, &root, NULL) != ERR_VERIFY;
	if (n > 0)
		wrong += tree_check_inclusion(index, size, &forest[index], proof, n - 1, &root, NULL) != ERR_VERIFY;
	for (size_t i = 0; i < n; i++) {
		proof[i].b[i % HASH_BYTES] ^= 0x80;
		wrong += tree_check_inclusion(index, size, &forest[index], proof, n, &root, NULL) != ERR_VERIFY;
		proof[i].b[i % HASH_BYTES] ^= 0x80;
	}
	if (index + 1 < size)
		wrong += tree_check_inclusion(index + 1, size, &forest[index], proof, n, &root, NULL) != ERR_VERIFY;
	return wrong;
}

static int
try_consistency(uint64_t size1, uint64_t size2)
{
	struct tree_source src = { forest_get, &size2 };
	struct digest proof[TREE_PROOF_MAX + 1], bad;
	struct digest root1 = forest_mth(0, (size_t)size1), root2 = forest_mth(0, (size_t)size2);
	size_t n;
	int wrong = tree_prove_consistency(&src, size1, size2, proof, &n, NULL) != OK;

	wrong += tree_check_consistency(size1, size2, proof, n, &root1, &root2, NULL) != OK;
	wrong += (size1 == size2) != (n == 0);
	bad = root1;
	bad.b[0] ^= 1;
	wrong += tree_check_consistency(size1, size2, proof, n, &bad, &root2, NULL) != ERR_VERIFY;
	bad = root2;
	bad.b[31] ^= 1;
	wrong += tree_check_consistency(size1, size2, proof, n, &root1, &bad, NULL) != ERR_VERIFY;
	proof[n] = root1;
	wrong += tree_check_consistency(size1, size2, proof, n + 1, &root1, &root2, NULL) != ERR_VERIFY;
	if (n > 0)
		wrong += tree_check_consistency(size1, size2, proof, n - 1, &root1, &root2, NULL) != ERR_VERIFY;
	for (size_t i = 0; i < n; i++) {
		proof[i].b[i % HASH_BYTES] ^= 1;
		wrong += tree_check_consistency(size1, size2, proof, n, &root1, &root2, NULL) != ERR_VERIFY;
		proof[i].b[i % HASH_BYTES] ^= 1;
	}
	return wrong;
}

static void
test_proofs(void)
{
	int wrong = 0;

	for (uint64_t size = 1; size <= 40; size++)
		for (uint64_t index = 0; index < size; index++)
			wrong += try_inclusion(index, size);
	for (uint64_t size = 41; size <= 1100; size += 13)
		wrong += try_inclusion(size * 5 % size, size) + try_inclusion(size - 1,
		    size) + try_inclusion(size * 7 / 11, size);
	is(wrong, 0, "inclusion: true proofs pass, distorted ones do not");
	wrong = 0;
	for (uint64_t size2 = 1; size2 <= 40; size2++)
		for (uint64_t size1 = 1; size1 <= size2; size1++)
			wrong += try_consistency(size1, size2);
	for (uint64_t size2 = 41; size2 <= 1100; size2 += 17)
		wrong += try_consistency(size2 / 3, size2) + try_consistency(size2 - 1, size2) + try_consistency(32,
		    size2);
	is(wrong, 0, "consistency: true proofs pass, distorted ones do not");
}

static void
test_arguments(void)
{
	uint64_t size = 5;
	struct tree_source src = { forest_get, &size };
	struct digest proof[TREE_PROOF_MAX], d = forest[0];
	struct err e;
	size_t n;

	is(tree_prove_inclusion(&src, 5, 5, proof, &n, &e), ERR_INPUT, "no proof for an index outside");
	is(tree_prove_inclusion(&src, 0, 0, proof, &n, &e), ERR_INPUT, "none in an empty tree");
	is(tree_prove_consistency(&src, 0, 5, proof, &n, &e), ERR_INPUT, "none from size 0");
	is(tree_prove_consistency(&src, 6, 5, proof, &n, &e), ERR_INPUT, "none backwards");
	is(tree_check_inclusion(0, 0, &d, proof, 0, &d, &e), ERR_INPUT, "no check in an empty tree");
	is(tree_check_inclusion(0, UINT64_MAX, &d, proof, 0, &d, &e), ERR_INPUT, "no check beyond 2^63");
	is(tree_check_consistency(0, 0, proof, 0, &d, &d, &e), ERR_INPUT, "no check from size 0");
	is(tree_check_consistency(2, 1, proof, 0, &d, &d, &e), ERR_INPUT, "no check backwards");
	is(tree_check_inclusion(1, TREE_MAX_SIZE, &d, proof, 3, &d, &e), ERR_VERIFY,
	    "a tree of 2^63 - 1 needs more hashes");
}

static void
test_rfc6962(void)
{
	static const char *const leaves[] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };
	struct buf text = { 0 };
	struct tree_range r = { 0 };
	char *line, *save = NULL;
	int n = 0;

	if (!vector_file(&text, "rfc6962/roots.txt")) {
		skip("no TEST_DATA: RFC 6962 roots", 10);
		return;
	}
	for (line = strtok_r((char *)text.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		uint8_t entry[16];
		struct digest root, leaf;
		unsigned size;
		char want[65];

		if (sscanf(line, "%u %64s", &size, want) != 2)
			continue;
		if (size > 0) {
			hex_decode(entry, strlen(leaves[size - 1]) / 2, leaves[size - 1], strlen(leaves[size - 1]));
			tree_leaf(&leaf, entry, strlen(leaves[size - 1]) / 2);
			tree_append(&r, &leaf);
		}
		tree_root(&r, &root);
		is_digest(&root, want, "root of RFC 6962's leaves");
		n++;
	}
	ok(n == 9, "nine of them");
	buf_free(&text);
}

static bool
digest_field(struct digest *out, const struct json *v)
{
	return v != NULL && v->type == JSON_STRING && base64_decode(out->b, sizeof out->b, v->str,
	    v->len) == HASH_BYTES;
}

/* True if the vector's proof is accepted. Roots and hashes that are not 32 bytes cannot even be expressed: refused. */
static bool
accepts(const struct json *v, bool *odd)
{
	struct digest proof[TREE_PROOF_MAX], a, b;
	const struct json *list = json_get(v, "proof"), *index = json_get(v, "leafIdx");
	size_t n = 0;
	bool good = index != NULL ? digest_field(&a, json_get(v, "leafHash")) && digest_field(&b, json_get(v, "root")) :
	    digest_field(&a, json_get(v, "root1")) && digest_field(&b, json_get(v, "root2"));

	for (const struct json *p = list != NULL ? list->child : NULL; p != NULL && good; p = p->next)
		good = n < TREE_PROOF_MAX && digest_field(&proof[n++], p);
	*odd = !good;
	if (!good)
		return false;
	if (index != NULL)
		return tree_check_inclusion((uint64_t)index->num, (uint64_t)json_get(v, "treeSize")->num, &a, proof, n,
		    &b, NULL) == OK;
	return tree_check_consistency((uint64_t)json_get(v, "size1")->num, (uint64_t)json_get(v, "size2")->num, proof,
	    n, &a, &b,
	    NULL) == OK;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/*
 * One vector wants two equal 12-byte roots accepted; a root here always has 32 bytes, so it is refused. Two give the
 * index 2^64 - 1, which strict JSON does not read; they want a refusal, and that is one.
 */
static int n_odd_refused;

static void
run_vector(const char *path)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	const struct json *v = vector_json(&a, &text, path);
	bool odd = false, got = v != NULL && accepts(v, &odd), want = strstr(buf_cstr(&text), "\"wantErr\": "
	    "false") != NULL;

	if (want && odd && !got)
		n_odd_refused++;
	else
		ok(got == want && text.len > 0, "%s", path);
	arena_free(&a);
	buf_free(&text);
}

/* Run all .json files below ${folder} (relative to vectors/tlog). Returns how many there were. */
static int
run_folder(const char *folder)
{
	char path[2048];
	struct dirent **names;
	int n, count = 0;

	snprintf(path, sizeof path, "%s/vectors/tlog/%s", getenv("TEST_DATA"), folder);
	if ((n = scandir(path, &names, NULL, by_name)) < 0)
		return 0;
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		snprintf(path, sizeof path, "%s/%s", folder, name);
		if (name[0] != '.' && strstr(name, ".json") == NULL)
			count += run_folder(path);
		if (strstr(name, ".json") != NULL) {
			run_vector(path);
			count++;
		}
		free(names[i]);
	}
	free(names);
	return count;
}

static void
test_proof_vectors(void)
{
	if (getenv("TEST_DATA") == NULL) {
		skip("no TEST_DATA: transparency-dev/merkle proofs", N_PROOF_VECTORS + 1);
		return;
	}
	is(run_folder("transparency-dev-merkle/testdata/inclusion") +
	    run_folder("transparency-dev-merkle/testdata/consistency"), N_PROOF_VECTORS, "all proof vectors were run");
	is(n_odd_refused, 1, "one true vector has roots of no hash's length");
}

int
main(void)
{
	forest_grow();
	test_values();
	test_entry();
	test_sizes();
	test_proofs();
	test_arguments();
	test_rfc6962();
	test_proof_vectors();
	return tap_done();
}
