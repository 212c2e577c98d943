/*
 * Pulling from a peer that lies, or over a line that lies: whatever one answer is, nothing is kept but what was proven,
 * the complaint says what was wrong, and an honest answer afterwards leads to the end.
 */
#include "log/fork.h"
#include "puller.h"

enum { FLIP, SHORTER, LONGER, EMPTY, ENDLESS, GONE, FORBIDDEN, BROKEN, SPOILS };

static const char *const spoil_name[SPOILS] = { "a bit changed", "a byte missing", "a byte too many", "empty", "endless", "404",
    "403", "500" };

static int
spoil_any(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	(void)path;
	switch (p->arg % SPOILS) {
	case FLIP:
		out->data[out->len / 2] ^= 0x10;
		return OK;
	case SHORTER:
		out->len--;
		return OK;
	case LONGER:
		buf_byte(out, 0);
		return OK;
	case EMPTY:
		out->len = 0;
		return OK;
	case ENDLESS:
		return err_set(e, ERR_LIMIT, "the answer is longer than %zu bytes", max_bytes);
	default:
		*status = p->arg % SPOILS == GONE ? 404 : p->arg % SPOILS == FORBIDDEN ? 403 : 500;
		buf_reset(out);
		buf_str(out, "{\"detail\":\"no\"}");
		return OK;
	}
}

/* May a spoiled answer end like this? A peer that merely fails is no liar; one that sends something else is. */
static bool
fits(int spoil, const char *path, int rc)
{
	switch (spoil) {
	case SHORTER: return rc == (strstr(path, "payloads") == NULL ? ERR_VERIFY : OK) ||
	    rc == ERR_INPUT;	/* a stream without its end */
	case ENDLESS: return rc == ERR_LIMIT;
	case FORBIDDEN: return rc == ERR_DENIED;
	case GONE: case BROKEN: return rc == ERR_IO;
	default: return rc == ERR_VERIFY || rc == ERR_INPUT || rc == ERR_UNKNOWN || rc == ERR_LIMIT;
	}
}

static bool mixed(uint64_t i) { return i * 2654435761u % 5 < 2; }

/* Hold ${first} entries; then every one of the answers that lead to ${size} is spoiled in turn. */
static void
each_answer(const char *name, uint64_t first, uint64_t size, int spoil)
{
	struct peer_sim early = { .give = mixed }, peer = { .give = mixed, .spoil = spoil_any, .arg = (uint32_t)spoil };
	struct puller u;
	struct err e = { 0 };
	int total, errors = 0, truths = 0, ends = 0;

	peer_start(&early, first);
	peer_start(&peer, size);
	puller_start(&u, &early, false, true);
	peer_must(puller_run(&u, &e), &e);
	u.peer = &peer;
	peer_must(puller_run(&u, &e), &e);
	total = peer.requests;
	puller_end(&u);
	for (int k = 1; k <= total; k++) {
		int rc;

		puller_start(&u, &early, false, true);
		peer_must(puller_run(&u, &e), &e);
		u.peer = &peer;
		peer.requests = 0;
		peer.spoil_at = k;
		rc = puller_run(&u, &e);
		if (!fits(spoil, peer.path, rc))
			printf("# answer %d of %s gave %d\n", k, peer.path, rc);
		errors += fits(spoil, peer.path, rc);
		truths += puller_true(&u) && u.forks == 0;
		peer.spoil_at = 0;
		ends += puller_run(&u, &e) == OK && puller_current(&u);
		puller_end(&u);
	}
	ok(errors == total && truths == total && ends == total,
	    "%s, each of %d answers %s: refused %d, true %d, whole afterwards %d", name,
	    total, spoil_name[spoil], errors, truths, ends);
	peer_end(&peer);
	peer_end(&early);
}

/* ---- content that is well formed and wrong --------------------------------------------------------------------- */

/* Another commitment, leaf hash or payload in place of the right one. */
static int
spoil_content(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	(void)max_bytes, (void)status, (void)e;
	if (strstr(path, "/tile/entries/") != NULL)
		out->data[p->arg % (out->len / 35) * 35 + 3] ^= 1;
	else if (strstr(path, "/tile/") != NULL)
		out->data[p->arg % out->len] ^= 1;
	else if (strstr(path, "payloads") != NULL)
		out->data[out->len - 9 - 1 - p->arg % 10] ^= 1;	/* in the text of the last payload */
	return OK;
}

static void
test_content(const char *name, uint64_t first, uint64_t size)
{
	struct peer_sim early = { 0 }, peer = { .spoil = spoil_content };
	struct puller u;
	struct err e = { 0 };
	int total, verify = 0, truths = 0;

	peer_start(&early, first);
	peer_start(&peer, size);
	puller_start(&u, &early, false, true);
	peer_must(puller_run(&u, &e), &e);
	u.peer = &peer;
	peer_must(puller_run(&u, &e), &e);
	total = peer.requests;
	puller_end(&u);
	for (int k = 2; k <= total; k++) {
		struct log_row before, after;

		puller_start(&u, &early, false, true);
		peer_must(puller_run(&u, &e), &e);
		before = puller_row(&u);
		u.peer = &peer;
		peer.requests = 0;
		peer.spoil_at = k;
		peer.arg = (uint32_t)k * 7919;
		verify += puller_run(&u, &e) == ERR_VERIFY;
		after = puller_row(&u);
		truths += puller_true(&u) && after.size >= before.size && (size - first > 4096 || k == total ||
		    after.size == before.size);
		puller_end(&u);
	}
	is(verify, total - 1, name);
	is(truths, total - 1, "and what is held afterwards was proven");
	peer_end(&peer);
	peer_end(&early);
}

/* ---- payloads ---------------------------------------------------------------------------------------------------------- */

enum { OTHER_INDEX, OTHER_NONCE, LONGER_TEXT, SWAPPED };

/* A stream over 0..99 in which payload 60 is not what it should be. */
static int
spoil_payload(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct frame_writer w;
	struct buf text = { 0 };
	uint8_t nonce[ENTRY_NONCE_BYTES];

	(void)path, (void)max_bytes, (void)status;
	buf_reset(out);
	frame_begin(&w, out, 0, 100, false);
	for (uint64_t i = 0; i < 100; i++) {
		bool here = i == 60;

		peer_payload(p, here && (p->arg == OTHER_INDEX || p->arg == SWAPPED) ? 61 : i, &text, nonce);
		if (i == 61 && p->arg == SWAPPED)
			peer_payload(p, 60, &text, nonce);
		if (here && p->arg == OTHER_NONCE)
			nonce[31] ^= 1;
		if (here && p->arg == LONGER_TEXT)
			buf_byte(&text, ' ');
		frame_payload(&w, nonce, text.data, text.len);
	}
	buf_free(&text);
	return frame_end(&w, e);
}

static void
test_payloads(void)
{
	static const char *const names[] = { "the payload of another index", "another nonce", "a space more",
	    "two payloads swapped" };

	for (uint32_t i = 0; i < 4; i++) {
		struct peer_sim peer = { .spoil = spoil_payload, .arg = i };
		struct puller u;
		struct err e = { 0 };

		peer_start(&peer, 100);
		puller_start(&u, &peer, false, false);
		peer_must(pull_log(&u.pull, NULL, 0, &e), &e);
		peer.requests = 0;
		peer.spoil_at = 1;
		is(pull_payloads(&u.pull, &e), ERR_VERIFY, names[i]);
		ok(strstr(e.text, "payload 60 of kz") != NULL, "is named: %s", e.text);
		ok(puller_true(&u) && puller_row(&u).payloads_next == 60 && u.pull.payloads == 60,
		    "what came before it is kept, nothing after it");
		is(pull_payloads(&u.pull, &e), OK, "an honest answer goes on there");
		ok(puller_current(&u), "to the end");
		puller_end(&u);
		peer_end(&peer);
	}
}

/* A peer may say that it withholds what it gave to nobody, but not that the same index is both. */
static int
spoil_range(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	(void)path, (void)max_bytes, (void)status, (void)e;
	out->data[11] ^= (uint8_t)(p->arg & 255);	/* from */
	out->data[19] ^= (uint8_t)(p->arg >> 8);	/* to */
	return OK;
}

static void
test_ranges(void)
{
	struct peer_sim peer = { .spoil = spoil_range };
	struct puller u;
	struct err e = { 0 };

	peer_start(&peer, 100);
	puller_start(&u, &peer, false, false);
	peer_must(pull_log(&u.pull, NULL, 0, &e), &e);
	for (uint32_t i = 0; i < 2; i++) {
		peer.requests = 0;
		peer.spoil_at = 1;
		peer.arg = i == 0 ? 1 : 0x200;
		is(pull_payloads(&u.pull, &e), ERR_INPUT,
		    i == 0 ? "an answer from another index" : "an answer up to another index");
		is(puller_row(&u).payloads_next, 0, "decides nothing");
	}
	puller_end(&u);
	peer_end(&peer);
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------------- */

/* The peer's next checkpoint is ${note}. */
static int
with_note(struct puller *u, const void *note, size_t len, struct err *e)
{
	struct peer_sim *p = u->peer;
	struct buf right = p->note;
	int rc;

	p->note = (struct buf){ 0 };
	buf_add(&p->note, note, len);
	rc = pull_log(&u->pull, NULL, 0, e);
	buf_free(&p->note);
	p->note = right;
	return rc;
}

static void
sign_text(struct buf *out, const char *text, const struct note_signer *s)
{
	struct err e;

	buf_reset(out);
	peer_must(note_begin(out, text, strlen(text), &e), &e);
	peer_must(note_add_line(out, text, strlen(text), s, 0, &e), &e);
}

static void
test_notes(void)
{
	static const char root[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
	struct peer_sim peer = { 0 };
	struct checkpoint c = { .size = 600 };
	struct sign_key key;
	struct note_signer thief;
	struct puller u;
	struct buf note = { 0 };
	struct err e = { 0 };
	char text[200];
	uint32_t seed = 9;
	int refused = 0;

	peer_start(&peer, 300);
	puller_start(&u, &peer, false, false);
	peer_must(puller_run(&u, &e), &e);
	peer_grow(&peer, 600);
	memcpy(c.root.b, peer.row.root, sizeof c.root.b);
	snprintf(c.origin, sizeof c.origin, ORIGIN);

	sign_from_seed(&key, (const uint8_t *)"another key of thirty-two bytes.");
	peer_must(vkey_signer(&thief, ORIGIN, VKEY_ED25519, &key, &e), &e);
	peer_must(checkpoint_sign(&note, &c, &thief, &e), &e);
	is(with_note(&u, note.data, note.len, &e), ERR_VERIFY, "signed by another key of the same name");
	ok(strstr(e.text, MEMBER) != NULL, "%s", e.text);
	thief.vkey.id = peer.signer.vkey.id;
	buf_reset(&note);
	peer_must(checkpoint_sign(&note, &c, &thief, &e), &e);
	is(with_note(&u, note.data, note.len, &e), ERR_VERIFY, "which also says it has the same key id");

	snprintf(text, sizeof text, "test.diwan/kg/1\n600\n%s\n", root);
	sign_text(&note, text, &peer.signer);
	ok(with_note(&u, note.data, note.len, &e) < 0, "signed by the right key for another origin: %s", e.text);
	snprintf(text, sizeof text, ORIGIN "\n600\n%s\nextension\n", root);
	sign_text(&note, text, &peer.signer);
	ok(with_note(&u, note.data, note.len, &e) < 0, "with an extension line: %s", e.text);
	snprintf(text, sizeof text, ORIGIN "\n0600\n%s\n", root);
	sign_text(&note, text, &peer.signer);
	is(with_note(&u, note.data, note.len, &e), ERR_INPUT, "with a size that is not a plain number");
	snprintf(text, sizeof text, ORIGIN "\n600\n%s\n", root);
	sign_text(&note, text, &peer.signer);
	is(with_note(&u, note.data, note.len, &e), ERR_VERIFY, "rightly signed, for a root that no entries lead to");

	for (size_t at = 0; at < peer.note.len; at++) {		/* any bit of the right one */
		buf_reset(&note);
		buf_add(&note, peer.note.data, peer.note.len);
		note.data[at] ^= (uint8_t)(1 << at % 8);
		refused += with_note(&u, note.data, note.len, &e) < 0;
		refused += with_note(&u, peer.note.data, at, &e) < 0;
	}
	is(refused, 2 * (int)peer.note.len, "any bit of a checkpoint changed, or its end missing: refused");
	refused = 0;
	for (int i = 0; i < 200; i++) {
		buf_reset(&note);
		for (int k = 0; k < i * 3; k++)
			buf_byte(&note, (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24));
		refused += with_note(&u, note.data, note.len, &e) < 0;
		refused += pull_log(&u.pull, note.data == NULL ? (const void *)"" : note.data, note.len, &e) < 0;
	}
	is(refused, 400, "random bytes, asked for or brought by a bell: refused");
	buf_reset(&note);
	while (note.len <= 64 * 1024)
		buf_add(&note, peer.note.data, peer.note.len);
	is(with_note(&u, note.data, note.len, &e), ERR_LIMIT, "more than 64 KiB: not read");
	ok(puller_row(&u).size == 300 && puller_true(&u) && u.forks == 0, "all that changed nothing");
	is(puller_run(&u, &e), OK, "the right one is taken");
	ok(puller_current(&u), "afterwards");
	buf_free(&note);
	puller_end(&u);
	peer_end(&peer);
}

/* ---- other histories -------------------------------------------------------------------------------------------------- */

/* Whoever has the log's key and nothing else finds these two notes in contradiction. */
static bool
convicts(struct puller *u, const struct peer_sim *one, const struct peer_sim *other)
{
	struct arena a = { 0 };
	struct fork_proof p;
	struct fork_result r;
	struct err e;
	bool yes = fork_parse(u->proof.data, u->proof.len, &p, &e) == OK &&
	    fork_verify(&a, &p, ORIGIN, u->pull.key, u->pull.n_keys, &r, &e) == OK;

	for (int i = 0; yes && i < 2; i++)
		yes = (p.side[i].note_len == one->note.len && memcmp(p.side[i].note, one->note.data, one->note.len) == 0) ||
		    (p.side[i].note_len == other->note.len && memcmp(p.side[i].note, other->note.data, other->note.len) == 0);
	arena_free(&a);
	return yes;
}

/* Hold ${held} entries of one history; the peer then shows ${shown} of another that differs from ${from} on. */
static void
show_other(uint64_t held, uint64_t shown, uint64_t from, struct peer_sim *peer, struct peer_sim *other, struct puller *u)
{
	struct err e = { 0 };

	memset(peer, 0, sizeof *peer);
	memset(other, 0, sizeof *other);
	other->salt = 1;
	other->salt_from = from;
	peer_start(peer, held);
	peer_start(other, shown);
	puller_start(u, peer, false, false);
	peer_must(puller_run(u, &e), &e);
	u->peer = other;
}

static void
test_fork(void)
{
	struct peer_sim peer, other;
	struct puller u;
	struct err e = { 0 };

	show_other(500, 500, 499, &peer, &other, &u);
	is(puller_run(&u, &e), ERR_VERIFY, "the same size and another root");
	ok(strstr(e.text, "two histories") != NULL, "%s", e.text);
	ok(u.forks == 1 && convicts(&u, &peer, &other), "a proof is handed over that holds both signed notes");
	u.peer = &peer;
	ok(puller_current(&u), "what is held stays as it was");
	peer_end(&other);
	peer_end(&peer);
	puller_end(&u);
}

static void
test_not_contained(void)
{
	static const struct { uint64_t held, shown, from; const char *name; } t[] = {
		{ 500, 501, 0, "a longer tree with another beginning" },
		{ 500, 501, 499, "a longer tree in which the last entry held is another" },
		{ 512, 4608, 511, "the same, at full tiles" },
		{ 500, 9000, 0, "walking down: another beginning" },
		{ 500, 9000, 499, "walking down: the last entry held is another" },
		{ 512, 9000, 100, "walking down: a full tile is another" },
		{ 4999, 9999, 256, "walking down: the second tile is another" },
		{ 257, 70000, 256, "walking down from far: the last entry held is another" }
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct peer_sim peer, other;
		struct puller u;
		struct err e = { 0 };
		int rc;

		show_other(t[i].held, t[i].shown, t[i].from, &peer, &other, &u);
		rc = puller_run(&u, &e);
		u.peer = &peer;
		ok(rc == ERR_VERIFY && puller_current(&u), "%s: %s", t[i].name, e.text);
		peer_end(&other);
		peer_end(&peer);
		puller_end(&u);
	}
}

static void
test_old_tree(void)
{
	static const uint64_t sizes[] = { 0, 1, 1, 256, 256, 499, 499 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct peer_sim peer, other;
		struct puller u;
		struct err e = { 0 };
		int rc;

		bool another = i > 0 && i % 2 == 0;

		show_other(500, sizes[i], another ? 0 : 10000, &peer, &other, &u);
		rc = pull_log(&u.pull, NULL, 0, &e);
		u.peer = &peer;
		ok(another ? rc == ERR_VERIFY && u.forks == 1 && convicts(&u, &peer, &other) && puller_current(&u) :
		    rc == OK && u.pull.old_tree && u.forks == 0 && puller_current(&u),
		    "a tree of %" PRIu64 " where 500 are held%s: nothing is taken", sizes[i],
		    another ? ", and of another history" : "");
		peer_end(&other);
		peer_end(&peer);
		puller_end(&u);
	}
}

static void
test_frozen(void)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct log_row row;
	struct err e = { 0 };

	peer_start(&peer, 100);
	puller_start(&u, &peer, false, false);
	peer_must(puller_run(&u, &e), &e);
	row = puller_row(&u);
	row.frozen = true;
	peer_must(store_begin(u.s, &e), &e);
	peer_must(store_log_put(u.s, &row, &e), &e);
	peer_must(store_commit(u.s, &e), &e);
	peer_grow(&peer, 200);
	is(puller_run(&u, &e), ERR_VERIFY, "a frozen log takes no entries any more");
	is(puller_row(&u).size, 100, "it stays as it is");
	puller_end(&u);
	peer_end(&peer);
}

int
main(void)
{
	for (int spoil = 0; spoil < SPOILS; spoil++)
		each_answer("direct", 300, 1100, spoil);
	each_answer("walking down", 300, 4700, FLIP);
	each_answer("walking down", 300, 4700, SHORTER);
	test_content("direct: another commitment in any bundle, another text in the payloads", 300, 1100);
	test_content("walking down: the same, and another hash in any tile", 300, 9000);
	test_payloads();
	test_ranges();
	test_notes();
	test_fork();
	test_not_contained();
	test_old_tree();
	test_frozen();
	return tap_done();
}
