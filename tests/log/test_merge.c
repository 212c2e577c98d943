/* Merging cosignatures into a note: one line a key, the newest, in one order whatever the order of arrival. */
#include "crypt/vectors.h"
#include "log/signed.h"

#define ORIGIN "example.org/log"
#define NOW 1700000000
#define N 4

static struct arena arena;
static struct err e;
static struct party log_key, w[N];
static struct vkey keys[N];
static struct buf note, text;

/* Replace ${out} by the line of witness ${i} at ${time_s}. */
static void
line(struct buf *out, int i, uint64_t time_s)
{
	buf_reset(out);
	note_add_line(out, text.data, text.len, &w[i].signer, time_s, &e);
}

/* Replace ${to} by itself with ${lines} merged in. */
static int
merge(struct buf *to, const struct buf *lines)
{
	struct buf out = { 0 };
	int rc;

	arena_reset(&arena);
	rc = note_merge(&arena, &out, to->data, to->len, lines->data, lines->len, keys, N, NOW + 60, &e);
	if (rc == OK) {
		buf_reset(to);
		buf_add(to, out.data, out.len);
	}
	buf_free(&out);
	return rc;
}

static void
test_order(void)
{
	static const struct {
		int who;
		uint64_t time_s;
	} lines[] = { { 0, NOW }, { 1, NOW - 5 }, { 2, NOW }, { 1, NOW }, { 3, NOW - 9 }, { 0, NOW - 1 }, { 3, NOW } };
	struct buf first = { 0 }, l = { 0 };
	size_t n = sizeof lines / sizeof *lines, same = 0;
	struct note parsed;
	struct note_mark m[N];

	for (size_t step = 1; step < n; step++) {	/* n is prime: each step is another order */
		struct buf got = { 0 };

		buf_add(&got, note.data, note.len);
		for (size_t i = 0; i < n; i++) {
			line(&l, lines[i * step % n].who, lines[i * step % n].time_s);
			if (merge(&got, &l) != OK)
				ok(false, "merge: %s", e.text);
		}
		if (step == 1)
			buf_add(&first, got.data, got.len);
		same += got.len == first.len && memcmp(got.data, first.data, got.len) == 0;
		buf_free(&got);
	}
	is((long long)same, (long long)n - 1, "the same lines in another order give the same note");
	is(note_parse(&arena, first.data, first.len, &parsed, &e), OK, "it parses");
	is(parsed.n_lines, 1 + N, "with one line a key");
	ok(parsed.line[0].id == log_key.signer.vkey.id && memcmp(parsed.line[0].raw, buf_cstr(&note) + text.len + 1,
	    parsed.line[0].raw_len) == 0, "the log's line stays first and as it was");
	is(note_verify(&parsed, parsed.text, parsed.text_len, keys, N, m, &e), OK, "all verify");
	ok(m[0].time_s == NOW && m[1].time_s == NOW && m[2].time_s == NOW && m[3].time_s == NOW, "each with its newest time");
	for (size_t i = 1; i < N; i++) {
		const struct note_line *a = &parsed.line[i], *b = &parsed.line[i + 1];
		size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
		int order = memcmp(a->name, b->name, len);

		ok(order < 0 || (order == 0 && (a->name_len < b->name_len || a->id < b->id)), "line %zu is in order", i);
	}
	buf_free(&first);
	buf_free(&l);
}

static void
test_refusals(void)
{
	struct party unknown;
	struct buf l = { 0 }, to = { 0 }, before = { 0 };

	party_make(&unknown, "example.org/unknown", VKEY_COSIGN, 77);
	buf_add(&to, note.data, note.len);
	line(&l, 0, NOW);
	merge(&to, &l);
	buf_add(&before, to.data, to.len);
	line(&l, 1, NOW + 61);
	is(merge(&to, &l), ERR_VERIFY, "a time after the bound");
	line(&l, 1, NOW + 60);
	is(merge(&to, &l), OK, "at the bound");
	line(&l, 0, NOW);
	l.data[l.len - 8] ^= 1;
	is(merge(&to, &l), ERR_VERIFY, "a line that fails");
	buf_reset(&l);
	note_add_line(&l, text.data, text.len, &unknown.signer, NOW, &e);
	is(merge(&to, &l), ERR_VERIFY, "only lines of unknown keys");
	line(&l, 2, NOW);
	note_add_line(&l, text.data, text.len, &unknown.signer, NOW, &e);
	ok(merge(&to, &l) == OK && memmem(to.data, to.len, "unknown", 7) == NULL, "an unknown line beside is left out");
	buf_reset(&l);
	buf_str(&l, "rubbish\n");
	is(merge(&to, &l), ERR_INPUT, "not lines");
	buf_reset(&l);
	is(merge(&to, &l), ERR_INPUT, "nothing");
	line(&l, 0, NOW);
	buf_reset(&to);
	buf_add(&to, before.data, before.len);
	ok(merge(&to, &l) == OK && to.len == before.len && memcmp(to.data, before.data, to.len) == 0, "twice is once");
	to.data[1] ^= 1;
	is(merge(&to, &l), ERR_VERIFY, "a line for another text");
	buf_free(&l);
	buf_free(&to);
	buf_free(&before);
}

/* A note may hold 100 lines; the merged one is held to that. */
static void
test_limit(void)
{
	struct buf to = { 0 }, l = { 0 };

	buf_add(&to, note.data, note.len);
	for (int i = 0; i < NOTE_MAX_LINES - 1; i++)
		buf_fmt(&to, "— x%d AAAAAAAA\n", i);
	line(&l, 0, NOW);
	is(merge(&to, &l), ERR_LIMIT, "no room for a line");
	buf_reset(&to);
	buf_add(&to, note.data, note.len);
	for (int i = 0; i < NOTE_MAX_LINES - 1; i++)
		buf_fmt(&to, "— x%d AAAAAAAA\n", i % 9);
	ok(merge(&to, &l) == OK && memmem(to.data, to.len, "— x8 ", 7) != NULL, "of unknown keys one line each is kept");
	buf_free(&to);
	buf_free(&l);
}

/* The notes of another implementation's witnesses: taking the cosignature out and merging it in again changes nothing. */
static void
merge_file(const char *path, const char *vkey_text)
{
	struct buf bytes = { 0 }, base = { 0 }, lines = { 0 }, out = { 0 };
	struct note n;
	struct vkey k;
	int rc = ERR_IO;

	if (vector_file(&bytes, path) && (rc = vkey_parse(&k, vkey_text, strlen(vkey_text), &e)) == OK &&
	    (rc = note_parse(&arena, bytes.data, bytes.len, &n, &e)) == OK) {
		buf_add(&base, n.text, n.text_len);
		buf_byte(&base, '\n');
		for (size_t i = 0; i < n.n_lines; i++)
			buf_add(n.line[i].id == k.id ? &lines : &base, n.line[i].raw, n.line[i].raw_len);
		if (n.n_lines == 1)
			buf_str(&base, "— nobody AAAAAAAA\n");
		rc = note_merge(&arena, &out, base.data, base.len, lines.data, lines.len, &k, 1, 1767139200, &e);
	}
	if (rc == OK && n.n_lines > 1)
		ok(out.len == bytes.len && memcmp(out.data, bytes.data, out.len) == 0, "%s", path);
	else
		ok(rc == OK && out.len == base.len + lines.len, "%s", path);
	is(note_merge(&arena, &out, base.data, base.len, lines.data, lines.len, &k, 1, 1767139199, &e), ERR_VERIFY,
	    "not a second before its time");
	buf_free(&bytes);
	buf_free(&base);
	buf_free(&lines);
	buf_free(&out);
}

int
main(void)
{
#define SUNLIGHT "filosottile-sunlight/cmd/skylight/testdata/"
#define ROME "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/checkpoint"
	static const char *const names[N] = { "b.example/w", "a.example/w", "b.example/w", "b.example" };

	crypt_init(&e);
	forest_grow();
	party_make(&log_key, ORIGIN, VKEY_ED25519, 1);
	for (int i = 0; i < N; i++) {
		party_make(&w[i], names[i], VKEY_COSIGN, (uint8_t)(10 + i));
		keys[i] = w[i].signer.vkey;
	}
	signed_tree(&note, ORIGIN, 7, &log_key);
	buf_add(&text, note.data, (size_t)(strstr(buf_cstr(&note), "\n\n") + 1 - buf_cstr(&note)));
	test_order();
	test_refusals();
	test_limit();
	if (getenv("TEST_DATA") == NULL) {
		skip("no TEST_DATA: cosigned notes of another implementation", 6);
	} else {
		merge_file(SUNLIGHT "witness/" ROME, "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN");
		merge_file(SUNLIGHT "witness/mirror/" ROME,
		    "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O");
		merge_file(SUNLIGHT "witness2/88ad7a28caeb0b2aa890fdf0304c2fcaf59fca2ee140134ff8c1300bac493482/checkpoint",
		    "witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9");
	}
	buf_free(&note);
	buf_free(&text);
	arena_free(&arena);
	return tap_done();
}
