/* Age files: keys, what is written is read by whom it is for, and nothing else is. The header's grammar: test_age_header.c. */
#include <sodium.h>

#include "crypt/agefile.h"
#include "crypt/age_header.h"
#include "crypt/crypt.h"
#include "base/text.h"
#include "tap.h"

/* C2SP age.md: the identity of 32 bytes 0x42, and its recipient. */
#define SECRET "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

static struct age_identity alice, bob, carol;
static struct err e;
static uint8_t text[1 << 20];

static void
test_keys(void)
{
	struct keyfile k = { .purpose = KEYFILE_POUCH, .name = "kz" };
	static const struct age_identity zero;
	struct age_recipient r;
	struct age_identity id;
	char s[100];

	is(age_identity_parse(&id, SECRET, strlen(SECRET), &e), OK, "the identity of the specification");
	age_identity_format(s, &id);
	is_str(s, SECRET, "is written as it stood");
	age_recipient_format(s, &id.public);
	is_str(s, RECIPIENT, "and has its recipient");
	is(age_recipient_parse(&r, RECIPIENT, strlen(RECIPIENT), &e), OK, "which is read");
	is_mem(&r, &id.public, sizeof r, "as the same");
	is(age_identity_parse(&id, SECRET, strlen(SECRET) - 1, &e), ERR_INPUT, "a short secret");
	ok(memcmp(&id, &zero, sizeof id) == 0 && strstr(e.text, "GFPYY") == NULL, "leaves nothing, tells nothing: %s", e.text);
	memset(k.seed, 0x42, sizeof k.seed);
	is(age_identity_from_keyfile(&id, &k, &e), OK, "a pouch key file");
	is_mem(&id.public, &r, sizeof r, "is the identity of its seed");
	for (int p = KEYFILE_LOG; p < KEYFILE_POUCH; p++) {
		k.purpose = (enum keyfile_purpose)p;
		ok(age_identity_from_keyfile(&id, &k, &e) == ERR_INPUT && memcmp(&id, &zero, sizeof id) == 0, "a %s key is refused",
		    keyfile_purpose_name(k.purpose));
	}
	age_identity_from_seed(&id, k.seed);
	age_identity_wipe(&id);
	is_mem(&id, &zero, sizeof id, "wiped");
}

/* RFC 7748 section 6.1 asks to check for them: 0, 1, -1, and the two of order eight, as u-coordinates. */
static void
test_low_order(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct age_recipient r, to[2] = { alice.public, { { 0 } } };
	struct buf out = { 0 };
	char s[AGE_RECIPIENT_CHARS + 1];

	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		hex_decode(to[1].pub, sizeof to[1].pub, points[i], strlen(points[i]));
		age_recipient_format(s, &to[1]);
		ok(age_recipient_parse(&r, s, strlen(s), &e) == ERR_INPUT && strstr(e.text, "everybody") != NULL,
		    "a recipient of low order: %s", e.text);
		is(agefile_make(&out, to, 2, "x", 1, 1, &e), ERR_INPUT, "nor is anything written to it");
	}
	is(out.len, 0, "not a byte");
	buf_free(&out);
}

/* Written by the age program, 1.1.1. */
static void
test_known_file(void)
{
	static const char head[] = "age-encryption.org/v1\n"
	    "-> X25519 VgjKLXrRVwtJPIGxZXmOeut8EGpFbhXduJh84ObBNRs\n"
	    "LluGi4ZfV2iyuOgcGLVCsInoLKuJie2B4GmdREgiuI4\n"
	    "--- Owv66npy7TB2WHMFL657mpXmIz2pe5fbEdGfxHul0f0\n";
	static const char payload[] = "40512c9aebc81cda6a7f145f7176f67f6445f20ff13711eeceb188bd48e329b789634d85aa39f44b147e4aec2c02"
	    "a057af848cca20db999fe1";
	uint8_t bytes[sizeof payload / 2];
	struct buf file = { 0 }, out = { 0 };
	struct age_identity id;

	hex_decode(bytes, sizeof bytes, payload, strlen(payload));
	buf_str(&file, head);
	buf_add(&file, bytes, sizeof bytes);
	age_identity_parse(&id, SECRET, strlen(SECRET), &e);
	is(agefile_open(&out, &id, 1, file.data, file.len, 0, &e), OK, "a file of another program is read");
	is_str(buf_cstr(&out), "Sent by another program.\n", "as it was meant");
	ok(age_is(file.data, file.len) && !age_is(file.data, 10) && !age_is("age-encryption,org/v1\n", 22), "and looks like one");
	buf_free(&file);
	buf_free(&out);
}

static void
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 65535, 65536, 65537, 131071, 131072, 131073, 1 << 20 };
	static const size_t pieces[] = { 1, 7, 4096, 65536, 65553, 1 << 20 };
	struct buf file = { 0 }, out = { 0 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
			size_t chunks = sizes[i] == 0 ? 1 : (sizes[i] + AGE_CHUNK_BYTES - 1) / AGE_CHUNK_BYTES, head;

			if (pieces[p] == 1 && sizes[i] > 65537)
				continue;
			buf_reset(&file);
			buf_reset(&out);
			if (agefile_make(&file, &alice.public, 1, text, sizes[i], pieces[p], &e) != OK ||
			    agefile_open(&out, &alice, 1, file.data, file.len, pieces[p], &e) != OK)
				printf("# %s\n", e.text);
			head = file.len - (AGE_NONCE_BYTES + sizes[i] + chunks * AGE_TAG_BYTES);
			ok(head == 22 + 54 + 44 + 48 && out.len == sizes[i] &&
			    memcmp(out.data ? out.data : text, text, out.len) == 0, "%zu bytes in pieces of %zu", sizes[i],
			    pieces[p]);
		}
	buf_free(&file);
	buf_free(&out);
}

static void
test_recipients(void)
{
	struct age_recipient to[2] = { alice.public, bob.public }, many[AGE_RECIPIENTS_MAX + 1];
	struct age_identity ids[3] = { carol, bob, alice };
	struct buf file = { 0 }, again = { 0 }, out = { 0 };

	is(agefile_make(&file, to, 2, "hello", 5, 5, &e), OK, "a file for two");
	is(agefile_open(&out, &alice, 1, file.data, file.len, 0, &e), OK, "the first opens it");
	is(agefile_open(&out, &bob, 1, file.data, file.len, 0, &e), OK, "the second opens it");
	is(agefile_open(&out, ids, 3, file.data, file.len, 0, &e), OK, "who has several keys opens it");
	is_str(buf_cstr(&out), "hellohellohello", "to the same text");
	is(agefile_open(&out, &carol, 1, file.data, file.len, 0, &e), ERR_DENIED, "a third does not");
	ok(strstr(e.text, "2 stanzas") != NULL, "and is told: %s", e.text);
	agefile_make(&again, to, 2, "hello", 5, 5, &e);
	ok(again.len == file.len && memcmp(again.data, file.data, file.len) == 0, "the same random bytes give the same file");
	buf_reset(&again);
	agefile_make(&again, to, 2, "hello", 5, 4, &e);
	ok(again.len == file.len && memcmp(again.data + 32, file.data + 32, 43) != 0, "others give another");
	is(agefile_make(&out, to, 0, "", 0, 1, &e), ERR_INPUT, "a file for nobody is not written");
	for (size_t i = 0; i < AGE_RECIPIENTS_MAX + 1; i++)
		many[i] = bob.public;
	many[AGE_RECIPIENTS_MAX - 1] = alice.public;
	is(agefile_make(&out, many, AGE_RECIPIENTS_MAX + 1, "", 0, 1, &e), ERR_LIMIT, "nor one for too many");
	buf_reset(&file);
	buf_reset(&out);
	is(agefile_make(&file, many, AGE_RECIPIENTS_MAX, "hi", 2, 1, &e), OK, "as many as allowed");
	is(agefile_open(&out, &alice, 1, file.data, file.len, 1000, &e), OK, "the last of whom opens it");
	is_str(buf_cstr(&out), "hi", "and reads it");
	buf_free(&file);
	buf_free(&again);
	buf_free(&out);
}

/* What was given before the refusal must be the beginning of the text. */
static bool
refused(const uint8_t *file, size_t len, int *rc)
{
	struct buf out = { 0 };
	bool good;

	*rc = agefile_open(&out, &alice, 1, file, len, 0, &e);
	good = *rc != OK && out.len <= sizeof text && memcmp(out.data ? out.data : text, text, out.len) == 0 && strlen(e.text) > 20;
	buf_free(&out);
	return good;
}

static void
test_flips(void)
{
	struct buf file = { 0 };
	int by_code[20] = { 0 }, rc;
	bool good = true;

	agefile_make(&file, &alice.public, 1, text, 40, 40, &e);
	for (size_t i = 0; i < file.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			file.data[i] ^= (uint8_t)(1 << bit);
			good &= refused(file.data, file.len, &rc);
			by_code[-rc]++;
			file.data[i] ^= (uint8_t)(1 << bit);
		}
	ok(good && file.len == 240, "each of %zu flipped bits is refused", file.len * 8);
	is(by_code[-ERR_INPUT] + by_code[-ERR_UNKNOWN] + by_code[-ERR_DENIED] + by_code[-ERR_VERIFY], (int)file.len * 8,
	    "as malformed, unknown, not for this key, or changed");
	ok(by_code[-ERR_VERIFY] >= 72 * 8 && by_code[-ERR_DENIED] > 100 && by_code[-ERR_INPUT] > 500,
	    "%d malformed, %d unknown, %d not for this key, %d changed", by_code[-ERR_INPUT], by_code[-ERR_UNKNOWN],
	    by_code[-ERR_DENIED], by_code[-ERR_VERIFY]);
	buf_free(&file);
}

static void
test_truncation(void)
{
	struct buf file = { 0 };
	size_t head = 168, chunk = AGE_CHUNK_BYTES + AGE_TAG_BYTES;
	bool good = true, cut = true;
	int rc;

	agefile_make(&file, &alice.public, 1, text, 40, 40, &e);
	for (size_t len = 0; len < file.len; len++) {
		good &= refused(file.data, len, &rc);
		good &= rc == (len < head + AGE_NONCE_BYTES ? ERR_INPUT : ERR_VERIFY);
	}
	ok(good && file.len > head + AGE_NONCE_BYTES, "a file cut at each of %zu lengths is refused", file.len);
	buf_reset(&file);
	agefile_make(&file, &alice.public, 1, text, 3 * AGE_CHUNK_BYTES, AGE_CHUNK_BYTES, &e);
	good = file.len == head + AGE_NONCE_BYTES + 3 * chunk;
	for (size_t n = 0; n < 3; n++)
		for (size_t off = 0; off <= chunk; off += off < 40 || off >= chunk - 40 ? 1 : 997) {
			size_t len = head + AGE_NONCE_BYTES + n * chunk + off;

			if (len >= file.len)
				break;
			good &= refused(file.data, len, &rc) && rc == ERR_VERIFY;
			if (off == 0 || off == chunk)
				cut &= strstr(e.text, "cut short") != NULL;
		}
	ok(good, "so is one of three chunks");
	ok(cut, "and one cut between two chunks is called so: %s", e.text);
	buf_free(&file);
}

static void
test_chunks(void)
{
	static uint8_t swap[AGE_CHUNK_BYTES + AGE_TAG_BYTES];
	size_t chunk = sizeof swap, start = 168 + AGE_NONCE_BYTES;
	struct buf file = { 0 }, other = { 0 };
	int rc;

	agefile_make(&file, &alice.public, 1, text, 3 * AGE_CHUNK_BYTES, AGE_CHUNK_BYTES, &e);
	agefile_make(&other, &alice.public, 1, text, 3 * AGE_CHUNK_BYTES, 100, &e);
	memcpy(swap, file.data + start, chunk);
	memcpy(file.data + start, file.data + start + chunk, chunk);
	memcpy(file.data + start + chunk, swap, chunk);
	ok(refused(file.data, file.len, &rc) && rc == ERR_VERIFY, "two chunks swapped: %s", e.text);
	memcpy(file.data + start, swap, chunk);
	ok(refused(file.data, file.len, &rc) && rc == ERR_VERIFY, "a chunk repeated: %s", e.text);
	memcpy(file.data + start + chunk, other.data + start + chunk, chunk);
	ok(refused(file.data, file.len, &rc) && rc == ERR_VERIFY, "a chunk of another file: %s", e.text);
	buf_reset(&other);
	agefile_make(&other, &alice.public, 1, text, 3 * AGE_CHUNK_BYTES, 100, &e);
	memmove(other.data + start, other.data + start + chunk, 2 * chunk);
	ok(refused(other.data, other.len - chunk, &rc) && rc == ERR_VERIFY, "the first chunk left out: %s", e.text);
	buf_reset(&other);
	agefile_make(&other, &alice.public, 1, text, 2 * AGE_CHUNK_BYTES, 100, &e);
	buf_byte(&other, 'x');
	ok(refused(other.data, other.len, &rc) && rc == ERR_VERIFY && strstr(e.text, "after its end") != NULL,
	    "a byte after a full last chunk: %s", e.text);
	buf_reset(&other);
	agefile_make(&other, &alice.public, 1, text, 70000, 100, &e);
	buf_byte(&other, '\n');
	ok(refused(other.data, other.len, &rc) && rc == ERR_VERIFY, "a byte after a short last chunk: %s", e.text);
	buf_free(&file);
	buf_free(&other);
}

/* A chunk as the format has it, by this test's own hand. */
static void
add_chunk(struct buf *out, const uint8_t key[32], uint8_t number, bool last, size_t len)
{
	uint8_t nonce[12] = { [10] = number, [11] = last };
	unsigned long long sealed_len;
	uint8_t *room = buf_room(out, len + 16);

	crypto_aead_chacha20poly1305_ietf_encrypt(room, &sealed_len, text, len, NULL, 0, NULL, nonce, key);
	out->len += sealed_len;
}

static void
test_last_chunk(void)
{
	static const struct {
		size_t len[3];
		bool last[3];
		int n, want;
		size_t given;
		const char *name;
	} c[] = {
		{ { 5 }, { true }, 1, OK, 5, "one short last chunk" },
		{ { 0 }, { true }, 1, OK, 0, "one empty last chunk" },
		{ { 65536, 5 }, { false, true }, 2, OK, 65541, "a full chunk, a short last one" },
		{ { 65536, 0 }, { false, true }, 2, ERR_INPUT, 65536, "an empty last chunk after another" },
		{ { 5 }, { false }, 1, ERR_VERIFY, 0, "a short chunk that is not the last" },
		{ { 65536 }, { false }, 1, ERR_VERIFY, 65536, "no last chunk" },
		{ { 65536, 65536 }, { true, true }, 2, ERR_VERIFY, 65536, "two last chunks" },
		{ { 0, 0 }, { true, true }, 2, ERR_VERIFY, 0, "two empty last chunks" },
		{ { 5, 5 }, { false, true }, 2, ERR_VERIFY, 0, "a short chunk before the last" },
		{ { 65535, 5 }, { false, true }, 2, ERR_VERIFY, 0, "a chunk before the last that is a byte short" },
		{ { 65537 }, { true }, 1, ERR_VERIFY, 0, "a chunk that is a byte long" },
		{ { 65536, 65536, 1 }, { false, false, true }, 3, OK, 131073, "three chunks" },
		{ { 0 }, { false }, 0, ERR_VERIFY, 0, "no chunk" },
	};
	uint8_t file_key[16], skipped[32], nonce[16], key[32];

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct agefile_rng rng = { 0 * 1000003 + 1 };	/* as agefile_make draws for an empty text */
		struct buf file = { 0 }, out = { 0 };

		agefile_fill(&rng, file_key, sizeof file_key);
		agefile_fill(&rng, skipped, sizeof skipped);
		agefile_fill(&rng, nonce, sizeof nonce);
		agefile_make(&file, &alice.public, 1, "", 0, 1, &e);
		file.len -= AGE_TAG_BYTES;
		age_hkdf(key, file_key, sizeof file_key, nonce, sizeof nonce, "payload");
		for (int n = 0; n < c[i].n; n++)
			add_chunk(&file, key, (uint8_t)n, c[i].last[n], c[i].len[n]);
		is(agefile_open(&out, &alice, 1, file.data, file.len, 0, &e), c[i].want, c[i].name);
		is((long long)out.len, (long long)c[i].given, "and gives what was authentic");
		ok(memcmp(out.data ? out.data : text, text, out.len < 65536 ? out.len : 65536) == 0, "as it was");
		buf_free(&file);
		buf_free(&out);
	}
}

static void
test_source_fails(void)
{
	struct buf file = { 0 };
	struct agefile_source s = { .fail = ERR_IO };
	struct age_source source = { agefile_read, &s };
	struct age_reader *r;
	const uint8_t *bytes;
	size_t n;

	is(age_reader_open(&r, &alice, 1, source, &e), ERR_IO, "a source that fails at once");
	ok(r == NULL && strcmp(e.text, "the disk is on fire") == 0, "says so itself");
	agefile_make(&file, &alice.public, 1, text, 70000, 100, &e);
	for (size_t len = 10; len <= file.len; len += 1000) {
		s = (struct agefile_source){ file.data, file.data + len, 0, ERR_IO };
		if (age_reader_open(&r, &alice, 1, source, &e) == ERR_IO)
			continue;
		while (age_read(r, &bytes, &n, &e) == OK && n > 0)
			;
		e.text[0] = '\0';
		if (age_read(r, &bytes, &n, &e) != ERR_IO || bytes != NULL || n != 0 || strcmp(e.text, "the disk is on fire") != 0)
			break;
		age_reader_free(r);
		r = NULL;
	}
	ok(r == NULL, "or anywhere in the file, and it stays said");
	age_reader_free(r);
	buf_free(&file);
}

static void
test_sink_fails(void)
{
	struct buf out = { .max_bytes = 66000 };
	struct age_sink sink = { agefile_write, &out };
	struct age_writer *w = NULL;

	is(age_writer_open(&w, &alice.public, 1, &rng_system, sink, &e), OK, "a sink with little room");
	is(age_write(w, text, 65536, &e), OK, "a chunk is held");
	is(age_write(w, text, 65536, &e), OK, "and written when the next byte comes");
	is(age_write(w, text, 1, &e), ERR_FULL, "no room for a second");
	e.text[0] = '\0';
	is(age_write(w, text, 1, &e), ERR_FULL, "which stays so");
	is_str(e.text, "the buffer is full", "and said");
	is(age_writer_end(w, &e), ERR_FULL, "to the end");
	age_writer_free(w);
	buf_free(&out);
	out.max_bytes = 100;
	is(age_writer_open(&w, &alice.public, 1, &rng_system, sink, &e), ERR_FULL, "no room for the header");
	ok(w == NULL, "no writer");
	buf_free(&out);
}

int
main(void)
{
	crypt_init(&e);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 7 + i / 251 + i / 65536);
	age_identity_from_seed(&alice, (const uint8_t *)"alice's seed, thirty-two bytes..");
	age_identity_from_seed(&bob, (const uint8_t *)"bob's seed, also thirty-two bytes");
	age_identity_from_seed(&carol, (const uint8_t *)"carol's seed, thirty-two bytes..");
	test_keys();
	test_low_order();
	test_known_file();
	test_sizes();
	test_recipients();
	test_flips();
	test_truncation();
	test_chunks();
	test_last_chunk();
	test_source_fails();
	test_sink_fails();
	return tap_done();
}
