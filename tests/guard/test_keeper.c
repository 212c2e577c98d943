/* Frames and what a keeper makes of them, without process or socket. */
#include "folder.h"
#include "guard/keeper.h"

static struct vault vault;
static struct keeper keeper;
static int open_result, open_calls;

static int
open_keys(struct keeper *k, const struct frame_open *o, struct err *e)
{
	open_calls++;
	if (open_result != OK)
		return err_set(e, ERR_INPUT, "no, because"), open_result;
	return vault_load(k->vault, k->role, o, e);
}

static int64_t
fixed(void *ctx)
{
	(void)ctx;
	return INT64_C(1700000000000);
}

static const struct clock fixed_clock = { fixed, NULL };

static void
begin(enum process role)
{
	memset(&keeper, 0, sizeof keeper);
	memset(&vault, 0, sizeof vault);
	keeper = (struct keeper){ .role = role, .clock = &fixed_clock, .vault = &vault, .open_keys = open_keys };
	open_result = OK;
}

static enum keeper_next
ask(struct frame *f, uint8_t type, uint8_t key, const void *body, size_t len)
{
	f->type = type;
	f->key = key;
	f->len = (uint16_t)len;
	memcpy(f->body, body, len);
	return keeper_answer(&keeper, f);
}

static enum keeper_next
ask_open(struct frame *f)
{
	const struct frame_open o = { { folder, strlen(folder) }, { "", 0 }, { "", 0 } };

	frame_write_open(f, &o);
	return keeper_answer(&keeper, f);
}

static void
test_order(void)
{
	struct frame f;
	struct err e;

	begin(PROCESS_SIGNER);
	is(ask(&f, FRAME_HELLO, 0, "", 0), KEEPER_BROKEN, "2.3 HELLO before OPEN");
	is(ask(&f, FRAME_SIGN_CHECKPOINT, 0, "", 0), KEEPER_BROKEN, "2.3 signing before OPEN");
	is(ask(&f, FRAME_QUIT, 0, "", 0), KEEPER_QUIT, "QUIT at any time");
	open_result = ERR_NOTFOUND;
	ok(ask_open(&f) == KEEPER_ANSWER && f.type == -ERR_NOTFOUND, "OPEN that fails is answered");
	is(frame_refused(&f, &e), ERR_NOTFOUND, "with its code");
	is_str(e.text, "no, because", "and sentence");
	open_result = VAULT_SEALED;
	ok(ask_open(&f) == KEEPER_ANSWER && f.type == FRAME_SEALED, "2.3 sealed");
	open_result = OK;
	ok(ask_open(&f) == KEEPER_ANSWER && f.type == 0 && f.len == 0, "then it opens");
	is(ask_open(&f), KEEPER_BROKEN, "2.3 OPEN again");
	begin(PROCESS_SIGNER);
	open_result = VAULT_SEALED;
	for (int i = 0; i < KEEPER_OPENS_MAX; i++)
		ask_open(&f);
	open_calls = 0;
	is(ask_open(&f), KEEPER_BROKEN, "2.3 a fifth try");
	is(open_calls, 0, "is not made");
}

static void
test_hello(void)
{
	struct frame_hello h;
	struct frame f;

	write_key("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS);
	begin(PROCESS_SIGNER);
	ask_open(&f);
	keeper.report.achieved = GUARD_LANDLOCK | GUARD_SECCOMP;
	keeper.report.landlock_abi = 7;
	process_note(&keeper.report, "one %d", 1);
	process_note(&keeper.report, "two");
	is(ask(&f, FRAME_HELLO, 0, "", 0), KEEPER_ANSWER, "HELLO");
	ok(frame_read_hello(&f, &h), "reads back");
	is(h.count, 2, "both keys");
	ok(h.key[0].purpose == KEYFILE_LOG && strncmp(h.key[0].text, LOG_NAME "+", sizeof LOG_NAME) == 0, "the log's vkey");
	ok(h.key[1].purpose == KEYFILE_WITNESS && strncmp(h.key[1].text, WITNESS_NAME "+", sizeof WITNESS_NAME) == 0,
	    "the witness's");
	ok(h.report.achieved == (GUARD_LANDLOCK | GUARD_SECCOMP) && h.report.landlock_abi == 7, "the protections");
	is_str(h.report.note, "one 1; two", "the note");
	for (size_t n = 0, bad = 0; n <= f.len; n++) {
		struct frame cut = f;

		cut.len = (uint16_t)n;
		bad += n < f.len && frame_read_hello(&cut, &h);
		if (n == f.len)
			is(bad, 0, "no part of it reads as a whole");
	}
	is(ask(&f, FRAME_HELLO, 0, "x", 1), KEEPER_BROKEN, "HELLO with a body");
	is(ask(&f, FRAME_HELLO, 1, "", 0), KEEPER_BROKEN, "HELLO with a key");
	is(ask(&f, FRAME_QUIT, 0, "x", 1), KEEPER_BROKEN, "QUIT with a body");
}

static void
test_signing(void)
{
	static const char own[] = LOG_NAME "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
	static const char other[] = "cosignature/v1\ntime 1700000000\nexample.org/log\n1\n"
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
	static const char big[POLICY_MESSAGE_MAX + 1];
	struct frame f;

	begin(PROCESS_SIGNER);
	ask_open(&f);
	ok(ask(&f, FRAME_SIGN_CHECKPOINT, 0, own, strlen(own)) == KEEPER_ANSWER && f.type == 0 && f.len == SIGN_BYTES, "signed");
	ok(sign_verify(f.body, own, strlen(own), vault.key[0].key.pub), "and it verifies");
	ok(ask(&f, FRAME_COSIGN, 1, other, strlen(other)) == KEEPER_ANSWER && f.type == 0 && f.len == SIGN_BYTES, "cosigned");
	ok(sign_verify(f.body, other, strlen(other), vault.key[1].key.pub), "and it verifies");
	is(ask(&f, FRAME_SIGN_CHECKPOINT, 1, own, strlen(own)), KEEPER_ANSWER, "by the wrong key: answered");
	is(f.type, -ERR_DENIED, "and refused");
	is(ask(&f, FRAME_COSIGN, 0, other, strlen(other)), KEEPER_ANSWER, "the other way round: answered");
	is(f.type, -ERR_DENIED, "and refused");
	ok(ask(&f, FRAME_SIGN_CHECKPOINT, 0, "hello", 5) == KEEPER_ANSWER && f.type == -ERR_INPUT, "any text: refused");
	is(ask(&f, FRAME_SIGN_CHECKPOINT, 2, own, strlen(own)), KEEPER_BROKEN, "a key that is not there");
	is(ask(&f, FRAME_SIGN_CHECKPOINT, 0, big, sizeof big), KEEPER_BROKEN, "longer than any message");
	is(ask(&f, 6, 0, "", 0), KEEPER_BROKEN, "an unknown type");
	is(ask(&f, 0, 0, "", 0), KEEPER_BROKEN, "type 0");
}

static void
test_evaluator(void)
{
	struct frame_hello h;
	struct frame f;

	write_key("keys/match.key", KEYFILE_MATCH, "tashkent-2000/kz/match", SEED_MATCH);
	begin(PROCESS_EVALUATOR);
	ok(ask_open(&f) == KEEPER_ANSWER && f.type == 0, "the evaluator opens its key");
	ask(&f, FRAME_HELLO, 0, "", 0);
	ok(frame_read_hello(&f, &h) && h.count == 1 && h.key[0].purpose == KEYFILE_MATCH, "and has no other");
	is_str(h.key[0].text, "tashkent-2000/kz/match", "by its name");
	is(vault.key[0].seed[31], SEED_MATCH, "it has the seed");
	is(ask(&f, FRAME_SIGN_CHECKPOINT, 0, "", 0), KEEPER_BROKEN, "it signs nothing");
	is(ask(&f, FRAME_COSIGN, 0, "", 0), KEEPER_BROKEN, "nor cosigns");
}

static void
test_frames(void)
{
	static const uint8_t over[] = { 1, 0, 0x20, 0x01 }, most[] = { 1, 9, 0x20, 0x00 };
	uint8_t bytes[FRAME_HEAD_BYTES + FRAME_BODY_MAX];
	char dir[FRAME_DIR_MAX + 2];
	struct frame_open o = { { dir, FRAME_DIR_MAX }, { "diwan", 5 }, { "a\0b", 3 } }, back;
	struct frame f;
	struct err e;
	int good = 0;

	ok(!frame_head(&f, over), "2.1 a body over the bound");
	ok(frame_head(&f, most) && f.len == FRAME_BODY_MAX && f.key == 9, "2.1 the largest body");
	memset(dir, 'd', sizeof dir);
	ok(frame_write_open(&f, &o) && frame_read_open(&f, &back), "2.2 OPEN there and back");
	ok(back.dir.len == FRAME_DIR_MAX && back.user.len == 5, "all of it");
	ok(back.passphrase.len == 3 && memcmp(back.passphrase.s, "a\0b", 3) == 0, "and a passphrase of any bytes");
	is(frame_bytes(&f, bytes), FRAME_HEAD_BYTES + (long)f.len, "its bytes");
	for (uint16_t len = f.len; len-- > 0; ) {
		f.len = len;
		good += frame_read_open(&f, &back);
	}
	is(good, 0, "no part of it reads as a whole");
	o.dir.len++;
	ok(!frame_write_open(&f, &o), "a folder's name over the bound");
	o.dir.len = 4;
	o.dir = (struct frame_text){ "/a\0b", 4 };
	ok(frame_write_open(&f, &o) && !frame_read_open(&f, &back), "a folder's name with a NUL");
	f = (struct frame){ .type = 14 };
	is(frame_refused(&f, &e), ERR_IO, "a status that is none");
	f = (struct frame){ .type = 4, .len = 1, .body = { 0xff } };
	is(frame_refused(&f, &e), ERR_IO, "a sentence that is not UTF-8");
	frame_wipe(&f);
	is(f.len | f.body[0], 0, "wiped");
}

int
main(void)
{
	make_folder();
	test_order();
	test_hello();
	test_signing();
	test_evaluator();
	test_frames();
	remove_folder();
	return tap_done();
}
