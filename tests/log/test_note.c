/* Signed notes, vkeys, cosignatures, checkpoints: known values, refusals, and the public notes of TEST_DATA. */
#include "crypt/crypt.h"
#include "crypt/vectors.h"
#include "log/checkpoint.h"
#include "tap.h"

/* Made by an independent program from the seed 07 07 ... 07. */
#define LOG_VKEY "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
#define WITNESS_VKEY "example.org/w+03c47e32+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define TEXT "example.org/log\n0\n" EMPTY_ROOT "\n"
#define LOG_LINE "— example.org/log " \
    "XizvAEBsnXL7TNiS5SjQLjsQhr5yDrorymhFEs2xvfX2+mPeE9Q9vpCVa2Y/TMo0Rap7zAUHL53MD2druIDabOkf7gg=\n"
#define WITNESS_LINE "— example.org/w " \
    "A8R+MgAAAABlU/EASzVekg91SDDoBx/KQ3uw06Gg9TqD++g9bnQ+JFpHBGEIBAlEFvQyt31Ugwc5LLn4yzm9Ue2bUtAcW3Yw" \
    "yD63DA==\n"

static struct arena arena;
static struct sign_key key;
static struct err e;

static struct vkey
vkey(const char *text)
{
	struct vkey k;

	ok(vkey_parse(&k, text, strlen(text), &e) == OK, "vkey %.40s", text);
	return k;
}

static void
test_vkeys(void)
{
	static const struct {
		const char *text;
		int want;
		const char *name;
	} bad[] = {
		{ "", ERR_INPUT, "empty" },
		{ "example.org/log", ERR_INPUT, "name only" },
		{ "example.org/log+5e2cef00", ERR_INPUT, "no key" },
		{ "example.org/log+5e2cef00+", ERR_INPUT, "empty key" },
		{ "example.org/log+5e2cef0+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "short id" },
		{ "example.org/log+5E2CEF00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "capitals in the id" },
		{ "example.org/log+5e2cef01+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "wrong id" },
		{ "example.org/lag+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "wrong name" },
		{ "+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "empty name" },
		{ "a b+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_INPUT, "space in the name" },
		{ "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtI=", ERR_INPUT, "32 bytes" },
		{ "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n", ERR_INPUT, "line end" },
		{ "example.org/log+5e2cef00+BupKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ERR_UNKNOWN, "type 06" },
		{ "example.org/log+5e2cef00+BupKbGPi", ERR_UNKNOWN, "type 06 of another length" },
		{ "example.org/log+5e2cef00+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ERR_INPUT, "public key of low order" },
	};
	struct vkey k = vkey(LOG_VKEY);
	char text[VKEY_TEXT_MAX], long_name[VKEY_NAME_MAX + 2];

	is(k.id, 0x5e2cef00, "id");
	is(k.type, VKEY_ED25519, "type");
	is_mem(k.pub, key.pub, SIGN_PUBLIC_BYTES, "public key");
	vkey_format(text, &k);
	is_str(text, LOG_VKEY, "is written as it was read");
	is(vkey_make(&k, "example.org/w", VKEY_COSIGN, key.pub, &e), OK, "a witness's key");
	vkey_format(text, &k);
	is_str(text, WITNESS_VKEY, "has the id of its type");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is(vkey_parse(&k, bad[i].text, strlen(bad[i].text), &e), bad[i].want, bad[i].name);
	memset(long_name, 'a', sizeof long_name);
	long_name[VKEY_NAME_MAX + 1] = '\0';
	is(vkey_make(&k, long_name, VKEY_ED25519, key.pub, &e), ERR_LIMIT, "name too long");
	is(vkey_make(&k, "a", 0xff, key.pub, &e), ERR_UNKNOWN, "private type");
	ok(vkey_name_ok("узел.example/ک", strlen("узел.example/ک")), "a name may be in any script");
	ok(!vkey_name_ok("a\xe3\x80\x80" "b", 5) && !vkey_name_ok("a\xc2\xa0", 3) && !vkey_name_ok("\xff", 1),
	    "but no exotic space");
}

static void
test_distinct(void)
{
	struct vkey k[3] = { vkey(LOG_VKEY),
	    vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"), vkey(WITNESS_VKEY) };

	is(vkey_distinct(k, 2, &e), OK, "two different keys");
	is(vkey_distinct(k, 3, &e), ERR_INPUT, "a log that cosigns itself would count twice");
	k[1].id = k[0].id;
	memcpy(k[1].name, k[0].name, sizeof k[1].name);
	is(vkey_distinct(k, 2, &e), ERR_INPUT, "same name and id");
}

static int
verify(const char *note, const struct vkey *keys, size_t n, struct note_mark *marks)
{
	struct note parsed;
	int rc = note_parse(&arena, note, strlen(note), &parsed, &e);

	return rc != OK ? rc : note_verify(&parsed, parsed.text, parsed.text_len, keys, n, marks, &e);
}

static void
test_verify(void)
{
	struct vkey k[2] = { vkey(LOG_VKEY), vkey(WITNESS_VKEY) };
	struct note_mark m[2];
	char other[sizeof TEXT LOG_LINE + 2];

	is(verify(TEXT "\n" LOG_LINE, k, 2, m), OK, "the log's line verifies");
	ok(m[0].signed_by && m[0].time_s == 0 && !m[1].signed_by, "and only it is marked");
	is(verify(TEXT "\n" WITNESS_LINE LOG_LINE, k, 2, m), OK, "both lines verify, in any order");
	ok(m[0].signed_by && m[1].signed_by && m[1].time_s == 1700000000, "with the cosignature's time");
	is(verify(TEXT "\n" LOG_LINE "— example.org/log XizvAAAA\n", k, 1, m), OK,
	    "a second line of one key is ignored");
	is(verify(TEXT "\n— example.org/log XizvAAAA\n" LOG_LINE, k, 1, m), ERR_VERIFY, "a first that fails is not");
	is(verify(TEXT "\n— x AAAAAAAA\n" LOG_LINE, k, 1, m), OK, "an unknown key's line is ignored");
	is(verify(TEXT "\n" WITNESS_LINE, k, 1, m), ERR_VERIFY, "no known key has signed");
	is(verify(TEXT "more\n\n" LOG_LINE, k, 1, m), ERR_VERIFY, "a longer text does not verify");
	snprintf(other, sizeof other, "%s\n%s", TEXT, LOG_LINE);
	other[16] = '1';
	is(verify(other, k, 1, m), ERR_VERIFY, "another size does not verify");
	k[1] = k[0];
	is(verify(TEXT "\n" LOG_LINE, k, 2, m), ERR_INPUT, "two keys of one name and id are ambiguous");
	k[1] = vkey(WITNESS_VKEY);
	is(verify(TEXT "\n— example.org/w "
	    "A8R+MgAAAAAAAAAASzVekg91SDDoBx/KQ3uw06Gg9TqD++g9bnQ+JFpHBGEIBAlEFvQyt31Ugwc5LLn4yzm9Ue2bUtAcW3YwyD63DA==\n",
	    &k[1], 1, m), ERR_VERIFY, "a cosignature of time 0 is refused");
}

static void
test_parse(void)
{
	static const struct {
		const char *note;
		int want;
		const char *name;
	} rows[] = {
		{ "text\n\n" LOG_LINE, OK, "plain" },
		{ "\n\n— x AAAAAAAA\n", OK, "empty text line" },
		{ "a\n\nb\n\n— x AAAAAAAA\n", OK, "text with an empty line" },
		{ "", ERR_INPUT, "empty" },
		{ "text\n", ERR_INPUT, "no signatures" },
		{ "text\n\n", ERR_INPUT, "no lines" },
		{ "text\n\n— x AAAAAAAA", ERR_INPUT, "last newline missing" },
		{ "text\n\n- x AAAAAAAA\n", ERR_INPUT, "hyphen for dash" },
		{ "text\n\n—x AAAAAAAA\n", ERR_INPUT, "no space after the dash" },
		{ "text\n\n—  AAAAAAAA\n", ERR_INPUT, "empty name" },
		{ "text\n\n— x+y AAAAAAAA\n", ERR_INPUT, "plus in the name" },
		{ "text\n\n— x\n", ERR_INPUT, "no signature" },
		{ "text\n\n— x \n", ERR_INPUT, "empty signature" },
		{ "text\n\n— x AAAA\n", ERR_INPUT, "shorter than a key id" },
		{ "text\n\n— x AAAAAA==\n", ERR_INPUT, "key id only" },
		{ "text\n\n— x AAAAAAB=\n", ERR_INPUT, "spare bits set" },
		{ "text\n\n— x AAAAAAA\n", ERR_INPUT, "padding missing" },
		{ "text\n\n— x AAAA AAAA\n", ERR_INPUT, "space in base64" },
		{ "text\n\n— x AAAAAAAA\r\n", ERR_INPUT, "carriage return" },
		{ "te\txt\n\n— x AAAAAAAA\n", ERR_INPUT, "tab in the text" },
		{ "te\xffxt\n\n— x AAAAAAAA\n", ERR_INPUT, "text not UTF-8" },
		{ "\n", ERR_INPUT, "one newline" },
	};
	struct buf big = { 0 };
	struct note n;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(note_parse(&arena, rows[i].note, strlen(rows[i].note), &n, &e), rows[i].want, rows[i].name);
	note_parse(&arena, rows[2].note, strlen(rows[2].note), &n, &e);
	ok(n.text_len == 5 && n.n_lines == 1 && n.line[0].sig_len == 2, "the text ends at the last empty line");
	buf_str(&big, "text\n\n");
	for (int i = 0; i < NOTE_MAX_LINES; i++)
		buf_str(&big, "— x AAAAAAAA\n");
	is(note_parse(&arena, big.data, big.len, &n, &e), OK, "100 lines");
	is(n.n_lines, NOTE_MAX_LINES, "all read");
	is(note_parse_lines(&arena, big.data + 6, big.len - 6, &n, &e), OK, "lines alone, as a witness answers");
	buf_str(&big, "— x AAAAAAAA\n");
	is(note_parse(&arena, big.data, big.len, &n, &e), ERR_LIMIT, "101 lines");
	while (big.len <= NOTE_MAX_BYTES)
		buf_byte(&big, 'a');
	is(note_parse(&arena, big.data, big.len, &n, &e), ERR_LIMIT, "longer than 128 KiB");
	is(note_parse_lines(&arena, "", 0, &n, &e), ERR_INPUT, "no lines at all");
	buf_free(&big);
}

static void
test_sign(void)
{
	struct note_signer log, witness;
	struct checkpoint c = { .origin = "example.org/log" };
	struct buf out = { 0 };

	vkey_signer(&log, "example.org/log", VKEY_ED25519, &key, &e);
	vkey_signer(&witness, "example.org/w", VKEY_COSIGN, &key, &e);
	tree_empty(&c.root);
	is(checkpoint_sign(&out, &c, &log, &e), OK, "a checkpoint is signed");
	is(note_add_line(&out, TEXT, strlen(TEXT), &witness, 1700000000, &e), OK, "and cosigned");
	is_str(buf_cstr(&out), TEXT "\n" LOG_LINE WITNESS_LINE, "byte for byte as another program does");
	is(checkpoint_sign(&out, &c, &witness, &e), ERR_INPUT, "not by a witness's key");
	is(note_add_line(&out, TEXT, strlen(TEXT), &witness, 0, &e), ERR_INPUT, "a cosignature needs a time");
	is(note_add_line(&out, TEXT, strlen(TEXT), &log, 1, &e), ERR_INPUT, "a log's line has none");
	snprintf(c.origin, sizeof c.origin, "example.org/other");
	is(checkpoint_sign(&out, &c, &log, &e), ERR_INPUT, "not for another origin");
	c.extensions = 1;
	is(checkpoint_format(&out, &c, &e), ERR_INPUT, "extension lines are not written");
	is(note_begin(&out, "no newline", 10, &e), ERR_INPUT, "a text must end in a newline");
	buf_free(&out);
}

static void
test_checkpoint(void)
{
	static const struct {
		const char *text;
		int want;
		const char *name;
	} rows[] = {
		{ TEXT, OK, "plain" },
		{ "o\n9223372036854775807\n" EMPTY_ROOT "\n", OK, "largest size" },
		{ "o\n1\n" EMPTY_ROOT "\next\n", OK, "extension line" },
		{ "", ERR_INPUT, "empty" },
		{ "o\n", ERR_INPUT, "one line" },
		{ "o\n1\n", ERR_INPUT, "two lines" },
		{ "o\n1\n" EMPTY_ROOT, ERR_INPUT, "no newline after the root" },
		{ "\n1\n" EMPTY_ROOT "\n", ERR_INPUT, "empty origin" },
		{ "o o\n1\n" EMPTY_ROOT "\n", OK, "space in the origin, as other people's logs may have" },
		{ "o+o\n1\n" EMPTY_ROOT "\n", OK, "plus in the origin" },
		{ "o\to\n1\n" EMPTY_ROOT "\n", ERR_INPUT, "tab in the origin" },
		{ "o\xff\n1\n" EMPTY_ROOT "\n", ERR_INPUT, "origin not UTF-8" },
		{ "o\n01\n" EMPTY_ROOT "\n", ERR_INPUT, "leading zero" },
		{ "o\n-1\n" EMPTY_ROOT "\n", ERR_INPUT, "negative size" },
		{ "o\n\n" EMPTY_ROOT "\n", ERR_INPUT, "empty size" },
		{ "o\n9223372036854775808\n" EMPTY_ROOT "\n", ERR_INPUT, "size 2^63" },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", ERR_INPUT, "spare bits in the root" },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", ERR_INPUT, "root of 31 bytes" },
		{ "o\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", ERR_INPUT, "wrong root of size 0" },
		{ "o\n1\n" EMPTY_ROOT "\n\n", ERR_INPUT, "empty extension line" },
	};
	enum { IMPOSSIBLE = 18 };	/* the row with the wrong root of size 0 */
	struct checkpoint c;
	struct note n;
	struct vkey k[2] = { vkey(LOG_VKEY), vkey(WITNESS_VKEY) };
	struct note_mark m[2];
	struct buf out = { 0 };
	static const char good[] = TEXT "\n" LOG_LINE WITNESS_LINE, only_witness[] = TEXT "\n" WITNESS_LINE;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(checkpoint_parse(&c, rows[i].text, strlen(rows[i].text), &e), rows[i].want, rows[i].name);
	is(checkpoint_parse_claim(&c, rows[IMPOSSIBLE].text, strlen(rows[IMPOSSIBLE].text), &e), OK,
	    "which can be read as a claim");
	checkpoint_parse(&c, rows[2].text, strlen(rows[2].text), &e);
	is(c.extensions, 1, "extension lines are counted");
	checkpoint_parse(&c, TEXT, strlen(TEXT), &e);
	is(checkpoint_format(&out, &c, &e), OK, "formats");
	is_str(buf_cstr(&out), TEXT, "as it was read");
	is(checkpoint_open(&arena, good, strlen(good), k, 2, &c, &n, m, &e), OK, "opens with the log's key");
	is(checkpoint_open(&arena, only_witness, strlen(only_witness), k, 2, &c, &n, m, &e), ERR_VERIFY,
	    "not on a witness's word alone");
	is(checkpoint_open(&arena, good, strlen(good), &k[1], 1, &c, &n, m, &e), ERR_VERIFY, "nor as another log's");
	buf_free(&out);
}

static void
test_settled(void)
{
	struct note_mark m[5] = { { true, 50 }, { false, 0 }, { true, 20 }, { true, 50 }, { true, 40 } };
	static const uint64_t want[] = { 0, 20, 40, 50, 50 };
	uint64_t t;

	for (size_t k = 0; k <= 4; k++)
		ok(checkpoint_settled(m, 5, k, &t) && t == want[k], "settled with %zu: the %zu-th smallest time", k, k);
	ok(!checkpoint_settled(m, 5, 5, &t), "five have not cosigned");
}

/* Verify TEST_DATA's ${note} with the key text of ${vkey_file}, or with ${vkey_text}. */
static void
verify_file(const char *note, const char *vkey_file, const char *vkey_text, uint64_t time_s)
{
	struct buf bytes = { 0 }, key_text = { 0 };
	struct note_mark m = { false, 0 };
	struct vkey k;
	int rc = ERR_IO;

	if (vkey_text != NULL)
		buf_str(&key_text, vkey_text);
	else
		vector_file(&key_text, vkey_file);
	while (key_text.len > 0 && key_text.data[key_text.len - 1] == '\n')
		key_text.len--;
	if (vector_file(&bytes, note) && (rc = vkey_parse(&k, (const char *)key_text.data, key_text.len, &e)) == OK)
		rc = verify(buf_cstr(&bytes), &k, 1, &m);
	ok(rc == OK && m.signed_by && m.time_s == time_s, "%s", note);
	buf_free(&bytes);
	buf_free(&key_text);
}

static void
test_vectors(void)
{
#define SUNLIGHT "filosottile-sunlight/cmd/skylight/testdata/"
#define ROME "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/checkpoint"
	struct buf text = { 0 };
	const struct json *mirror = vector_json(&arena, &text, SUNLIGHT "witness/mirror/mirror.v0.json");
	const struct json *keys = json_get(mirror, "verifier_keys");
	char mirror_key[VKEY_TEXT_MAX] = "";

	if (getenv("TEST_DATA") == NULL) {
		skip("no TEST_DATA: public notes and cosignatures", 6);
		return;
	}
	if (keys != NULL && keys->child != NULL)
		snprintf(mirror_key, sizeof mirror_key, "%.*s", (int)keys->child->len, keys->child->str);
	verify_file("notes/c2sp-signed-note-example.note", "notes/c2sp-signed-note-example.vkey", NULL, 0);
	verify_file("notes/xmod-peterneumann.note", "notes/xmod-peterneumann.vkey", NULL, 0);
	verify_file("notes/sum.golang.org.note", "notes/sum.golang.org.vkey", NULL, 0);
	verify_file(SUNLIGHT "witness/" ROME, NULL,
	    "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN", 1767139200);
	verify_file(SUNLIGHT "witness2/88ad7a28caeb0b2aa890fdf0304c2fcaf59fca2ee140134ff8c1300bac493482/checkpoint",
	    NULL,
	    "witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9", 1767139200);
	verify_file(SUNLIGHT "witness/mirror/" ROME, NULL, mirror_key, 1767139200);
	buf_free(&text);
}

int
main(void)
{
	uint8_t seed[SIGN_SEED_BYTES];

	crypt_init(&e);
	memset(seed, 7, sizeof seed);
	sign_from_seed(&key, seed);
	test_vkeys();
	test_distinct();
	test_verify();
	test_parse();
	test_sign();
	test_checkpoint();
	test_settled();
	test_vectors();
	arena_free(&arena);
	return tap_done();
}
