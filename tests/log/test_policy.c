/* How many cosignatures are enough: the rule's table, and policies read, written, refused with the line, and evaluated. */
#include "log/policy.h"
#include "log/quorum.h"
#include "log/signed.h"

#define ORIGIN "example.org/log"
#define NOW 1700000000
#define N 6

static struct arena arena;
static struct err e;
static struct party log_key, w[N];
static char log_text[VKEY_TEXT_MAX], w_text[N][VKEY_TEXT_MAX];
static struct log_policy policy;

static void
test_quorum(void)
{
	static const struct { uint32_t members, f, k; } rows[] = {
		{ 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 1 }, { 3, 0, 2 }, { 4, 0, 3 }, { 5, 1, 3 }, { 6, 1, 4 }, { 7, 1, 4 },
		{ 8, 2, 5 }, { 9, 2, 6 }, { 10, 2, 6 }, { 11, 3, 7 }, { 12, 3, 8 }, { 13, 3, 8 }, { 14, 4, 9 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(quorum_faulty(rows[i].members) == rows[i].f && quorum_k(rows[i].members) == rows[i].k,
		    "%u members: %u may fail, %u cosignatures (%u, %u)", rows[i].members, rows[i].f, rows[i].k,
		    quorum_faulty(rows[i].members), quorum_k(rows[i].members));
	}
	for (uint32_t members = 5; members <= 300; members++) {
		uint32_t n = members - 1, f = quorum_faulty(members), k = quorum_k(members);

		/* Safe: two quorums share an honest witness. Live: the honest ones are enough. No smaller k is safe. */
		if (!(3 * f + 1 <= n && 3 * (f + 1) + 1 > n && 2 * k >= n + f + 1 && k <= n - f && 2 * (k - 1) < n + f + 1))
			ok(false, "%u members: n %u f %u k %u", members, n, f, k);
	}
	ok(quorum_k(UINT32_MAX) > UINT32_MAX / 2, "no overflow");
}

/* Expand: L is the log's vkey, 0 to 5 those of the witnesses, after an '@'. */
static void
expand(struct buf *out, const char *text)
{
	buf_reset(out);
	for (const char *s = text; *s != '\0'; s++) {
		if (*s != '@')
			buf_byte(out, (uint8_t)*s);
		else if (*++s == 'L')
			buf_str(out, log_text);
		else
			buf_str(out, w_text[*s - '0']);
	}
}

static int
parse(const char *text)
{
	static struct buf whole;	/* a policy borrows it */

	expand(&whole, text);
	return log_policy_parse(whole.data == NULL ? "" : (const char *)whole.data, whole.len, &policy, &e);
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		int want, line;
		const char *name;
	} rows[] = {
		{ "quorum none\n", OK, 0, "the least policy" },
		{ "log @L\nquorum none\n", OK, 0, "a log" },
		{ "log @L https://example.org/\nquorum none\n", OK, 0, "a log and its address" },
		{ "witness a @0\nlog @L\nquorum a\n", OK, 0, "a witness as the quorum, before the log" },
		{ "# text\n\n \t\n\t# text \xff\n\tquorum \t none \n", OK, 0, "comments, empty lines, blanks" },
		{ "witness \xe2\x84\xaa @0\nwitness K @1\ngroup g all K \xe2\x84\xaa\nquorum g\n", OK, 0, "names are octets" },
		{ "witness a @0\ngroup a-b any a\ngroup all all a-b\nquorum all\n", OK, 0, "a group named all" },
		{ "witness a @0\nwitness b @1\ngroup g 2 a b\nquorum g\n", OK, 0, "a threshold" },
		{ "", ERR_INPUT, 0, "empty" },
		{ "log @L\n", ERR_INPUT, 0, "no quorum" },
		{ "quorum none", ERR_INPUT, 1, "no newline at the end" },
		{ "quorum none\nquorum none\n", ERR_INPUT, 2, "two quorums" },
		{ "quorum\n", ERR_INPUT, 1, "a quorum of what" },
		{ "quorum a\n", ERR_INPUT, 1, "a quorum that is not defined" },
		{ "quorum a\nwitness a @0\n", ERR_INPUT, 1, "a quorum that is defined later" },
		{ "quorum none none\n", ERR_INPUT, 1, "an item too many" },
		{ "\n\nlogs @L\n", ERR_UNKNOWN, 3, "another keyword" },
		{ "Log @L\n", ERR_UNKNOWN, 1, "a capital" },
		{ "log\n", ERR_INPUT, 1, "a log without key" },
		{ "log @L x y\n", ERR_INPUT, 1, "two addresses" },
		{ "log @L\n\nlog @L\n", ERR_INPUT, 3, "a log twice" },
		{ "log @0\n", ERR_INPUT, 1, "a witness's key for a log" },
		{ "witness a @L\n", ERR_INPUT, 1, "a log's key for a witness" },
		{ "log example.org/log+5e2cef00+BupKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n", ERR_UNKNOWN, 1, "type 06" },
		{ "log rubbish\n", ERR_INPUT, 1, "no key" },
		{ "witness a\n", ERR_INPUT, 1, "a witness without key" },
		{ "witness\n", ERR_INPUT, 1, "a witness without name" },
		{ "witness none @0\n", ERR_INPUT, 1, "a witness named none" },
		{ "witness a @0\nwitness b @0\n", ERR_INPUT, 2, "one key under two names" },
		{ "witness a @0\nwitness a @1\n", ERR_INPUT, 2, "one name for two" },
		{ "witness a @0\ngroup a all a\n", ERR_INPUT, 2, "a group of a witness's name" },
		{ "witness a @0\ngroup none all a\n", ERR_INPUT, 2, "a group named none" },
		{ "witness a @0\ngroup g all\n", ERR_INPUT, 2, "a group of nobody" },
		{ "witness a @0\ngroup g\n", ERR_INPUT, 2, "a group without threshold" },
		{ "witness a @0\ngroup g some a\n", ERR_INPUT, 2, "a threshold that is no number" },
		{ "witness a @0\ngroup g 0 a\n", ERR_INPUT, 2, "threshold 0" },
		{ "witness a @0\ngroup g 2 a\n", ERR_INPUT, 2, "threshold above the number of members" },
		{ "witness a @0\ngroup g 01 a\n", ERR_INPUT, 2, "leading zero" },
		{ "witness a @0\ngroup g any a a\n", ERR_INPUT, 2, "a member twice" },
		{ "witness a @0\ngroup g any a\ngroup h any a\n", ERR_INPUT, 3, "a member of two groups" },
		{ "witness a @0\ngroup g any a none\n", ERR_INPUT, 2, "none as a member" },
		{ "group g any g\n", ERR_INPUT, 1, "a group in itself" },
		{ "witness a @0\ngroup g any h\ngroup h any a\n", ERR_INPUT, 2, "a group defined later" },
		{ "quorum none\r\n", ERR_INPUT, 1, "carriage return" },
		{ "# \x7f\nquorum none\n", ERR_INPUT, 1, "a control character in a comment" },
	};
	char want[40];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		is(parse(rows[i].text), rows[i].want, rows[i].name);
		snprintf(want, sizeof want, "policy: line %d:", rows[i].line);
		if (rows[i].line > 0)
			ok(strncmp(e.text, want, strlen(want)) == 0, "on line %d (%.60s)", rows[i].line, e.text);
	}
	parse("witness a @0 http://w.example/\nlog @L http://l.example/\nquorum a\n");
	ok(policy.n_logs == 1 && strcmp(policy.key[0].name, ORIGIN) == 0 && policy.url[0].s[7] == 'l' &&
	    policy.key[1].type == VKEY_COSIGN && policy.url[1].s[7] == 'w', "logs come first, with their addresses");
}

/* At least 32 of each must be read; 64 are. */
static void
test_limits(void)
{
	static const char *const words[] = { "log", "witness", "group" };
	struct buf big = { 0 };

	for (int kind = 0; kind < 3; kind++) {
		for (int n = 64; n <= 65; n++) {
			struct buf text = { 0 };

			for (int i = 0; i < n; i++) {
				struct party p;
				char name[40], key[VKEY_TEXT_MAX];

				snprintf(name, sizeof name, "n%d", i);
				party_make(&p, name, kind == 0 ? VKEY_ED25519 : VKEY_COSIGN, (uint8_t)(100 + i));
				vkey_format(key, &p.signer.vkey);
				if (kind == 0)
					buf_fmt(&text, "log %s\n", key);
				else if (kind == 1 || i == 0)
					buf_fmt(&text, "witness w%d %s\n", i, key);
				if (kind == 2)
					buf_fmt(&text, "group g%d all %s%d\n", i, i == 0 ? "w" : "g", i == 0 ? 0 : i - 1);
			}
			buf_str(&text, kind == 2 ? "quorum g63\n" : "quorum none\n");
			is(log_policy_parse((const char *)text.data, text.len, &policy, &e), n == 64 ? OK : ERR_LIMIT, words[kind]);
			if (kind == 2 && n == 64) {
				struct note_mark m = { true, 1 };

				ok(log_policy_satisfied(&policy, &m), "64 groups, each in the next");
				m.signed_by = false;
				ok(!log_policy_satisfied(&policy, &m), "and nothing comes of nothing");
			}
			buf_free(&text);
		}
	}
	while (big.len <= LOG_POLICY_MAX_BYTES)
		buf_byte(&big, '\n');
	is(log_policy_parse((const char *)big.data, big.len, &policy, &e), ERR_LIMIT, "longer than 64 KiB");
	buf_free(&big);
}

/* Every set of the six witnesses against what the policy means. */
static void
test_satisfied(void)
{
#define SIX "witness x1 @0\nwitness x2 @1\nwitness x3 @2\nwitness y1 @3\nwitness y2 @4\nwitness y3 @5\n"
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ SIX "quorum none\n", "every set: none" },
		{ SIX "quorum y2\n", "every set: one witness" },
		{ SIX "group g any x1 x2 x3 y1 y2 y3\nquorum g\n", "every set: any" },
		{ SIX "group g all x1 x2 x3 y1 y2 y3\nquorum g\n", "every set: all" },
		{ SIX "group g 4 x1 x2 x3 y1 y2 y3\nquorum g\n", "every set: four" },
		{ SIX "group x 2 x1 x2 x3\ngroup y any y1 y2 y3\ngroup both all x y\nquorum both\n", "every set: both groups" },
		{ SIX "group x 2 x1 x2 x3\ngroup y any y1 y2 x\nquorum y\n", "every set: a group beside witnesses" },
	};

	for (size_t t = 0; t < sizeof rows / sizeof *rows; t++) {
		size_t wrong = 0;

		if (parse(rows[t].text) != OK)
			ok(false, "policy %zu: %s", t, e.text);
		for (unsigned set = 0; set < 64; set++) {
			struct note_mark m[N];
			unsigned x = (unsigned)__builtin_popcount(set & 7), y = (unsigned)__builtin_popcount(set >> 3);
			const bool want[] = { true, set >> 4 & 1, set != 0, set == 63, x + y >= 4, x >= 2 && y >= 1,
			    (set >> 3 & 3) != 0 || x >= 2 };

			for (int i = 0; i < N; i++)
				m[i] = (struct note_mark){ set >> i & 1, 1 };
			wrong += log_policy_satisfied(&policy, m) != want[t];
		}
		is((long long)wrong, 0, rows[t].name);
	}
}

static void
test_verify(void)
{
	struct buf note = { 0 }, text = { 0 };
	struct log_policy_result r;
	size_t text_len;

	parse("log @L\n" SIX "group g 2 x1 x2 x3\nquorum g\n");
	signed_tree(&note, ORIGIN, 7, &log_key);
	note_split(note.data, note.len, &text_len);
	buf_add(&text, note.data, text_len);
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), ERR_VERIFY, "the log alone");
	note_add_line(&note, text.data, text.len, &w[3].signer, NOW, &e);
	note_add_line(&note, text.data, text.len, &w[1].signer, NOW + 1, &e);
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), ERR_VERIFY, "one of the group is not enough");
	note_add_line(&note, text.data, text.len, &w[1].signer, NOW + 2, &e);
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), ERR_VERIFY, "nor the same twice");
	note_add_line(&note, text.data, text.len, &w[0].signer, NOW, &e);
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), OK, "two are");
	ok(r.checkpoint.size == 7 && r.log == 0 && r.mark[1].signed_by && r.mark[1].time_s == NOW + 1 && !r.mark[2].signed_by,
	    "with what was found");
	signed_tree(&note, "example.org/other", 7, &log_key);
	parse("log @L\nquorum none\n");
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), ERR_VERIFY, "a log speaks for its own origin only");
	signed_tree(&note, ORIGIN, 7, &log_key);
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), OK, "where no cosignature is needed");
	note.data[note.len - 9] ^= 1;
	is(log_policy_verify(&arena, &policy, note.data, note.len, &r, &e), ERR_VERIFY, "the signature still is");
	buf_free(&note);
	buf_free(&text);
}

static void
test_format(void)
{
	struct vkey keys[N];
	struct buf out = { 0 }, want = { 0 };
	struct party odd;

	for (int i = 0; i < N; i++)
		keys[i] = w[i].signer.vkey;
	is(log_policy_format(&out, &log_key.signer.vkey, keys, 3, 2, &e), OK, "a mechanism's policy");
	expand(&want, "log @L\nwitness example.org/w0 @0\nwitness example.org/w1 @1\nwitness example.org/w2 @2\n"
	    "group settled 2 example.org/w0 example.org/w1 example.org/w2\nquorum settled\n");
	is_str(buf_cstr(&out), buf_cstr(&want), "is this text");
	buf_reset(&out);
	is(log_policy_format(&out, &log_key.signer.vkey, NULL, 0, 0, &e), OK, "a member alone");
	expand(&want, "log @L\nquorum none\n");
	is_str(buf_cstr(&out), buf_cstr(&want), "has no quorum");
	is(log_policy_format(&out, &log_key.signer.vkey, keys, 3, 4, &e), ERR_INPUT, "more than there are");
	is(log_policy_format(&out, &log_key.signer.vkey, NULL, 0, 1, &e), ERR_INPUT, "one of none");
	is(log_policy_format(&out, &keys[0], keys + 1, 2, 1, &e), ERR_INPUT, "a witness's key for the log");
	party_make(&odd, "example.org/w0", VKEY_COSIGN, 99);
	keys[1] = odd.signer.vkey;
	is(log_policy_format(&out, &log_key.signer.vkey, keys, 2, 1, &e), ERR_INPUT, "two witnesses of one name");
	party_make(&odd, "settled", VKEY_COSIGN, 99);
	keys[1] = odd.signer.vkey;
	is(log_policy_format(&out, &log_key.signer.vkey, keys, 2, 1, &e), ERR_INPUT, "a witness of the group's name");
	party_make(&odd, "a\x7f", VKEY_COSIGN, 99);
	keys[1] = odd.signer.vkey;
	is(log_policy_format(&out, &log_key.signer.vkey, keys, 2, 1, &e), ERR_INPUT, "a name that a policy cannot hold");
	buf_free(&out);
	buf_free(&want);
}

int
main(void)
{
	crypt_init(&e);
	forest_grow();
	party_make(&log_key, ORIGIN, VKEY_ED25519, 1);
	vkey_format(log_text, &log_key.signer.vkey);
	for (int i = 0; i < N; i++) {
		char name[40];

		snprintf(name, sizeof name, "example.org/w%d", i);
		party_make(&w[i], name, VKEY_COSIGN, (uint8_t)(10 + i));
		vkey_format(w_text[i], &w[i].signer.vkey);
	}
	test_quorum();
	test_parse();
	test_limits();
	test_satisfied();
	test_verify();
	test_format();
	arena_free(&arena);
	return tap_done();
}
