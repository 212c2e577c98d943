/* Witnesses of each other's logs: three nodes, what a witness may be asked, what one may answer, and one that was set back. */
#include <sys/timex.h>

#include "exchange/pull.h"
#include "trust.h"

static const int four[] = { KZ, KG, TJ, UZ };

static struct buf request;

/* Ask ${witness} to cosign ${note} from ${old}, without a proof. */
static int
ask_plain(int witness, uint64_t old, const void *note, size_t len, struct buf *out)
{
	const char *type;
	struct err e = { 0 };

	buf_reset(&request);
	buf_reset(out);
	node_must(witness_request_format(&request, old, NULL, 0, note, len, &e), &e);
	return node_add_checkpoint(net.end[witness].node, request.data, request.len, out, &type);
}

static uint64_t
checkpoint_size(const struct buf *note)
{
	struct checkpoint c = { .size = 0 };
	struct err e = { 0 };
	size_t text_len;

	if (note_split(note->data, note->len, &text_len))
		node_must(checkpoint_parse(&c, note->data, text_len, &e), &e);
	return c.size;
}

/* The size at which ${witness} stands for ${of}'s log, by what it shows to monitors. */
static uint64_t
witnessed_at(int witness, int of)
{
	char origin[60], hex[2 * HASH_BYTES + 1];
	struct buf note = { 0 };
	struct err e = { 0 };
	uint64_t size = 0;

	snprintf(origin, sizeof origin, "tashkent-2000.diwan/%s/1", party_codes[of]);
	witness_origin_hex(hex, origin);
	if (node_witnessed(net.end[witness].node, hex, &note, &e) == OK)
		size = checkpoint_size(&note);
	buf_free(&note);
	return size;
}

/* ---- honest ---- */

/* kg and uz have cosigned all of kz. */
static bool
in_step(void)
{
	uint64_t size = published_of(net.end[KZ].node, KZ, NULL);

	return witnessed_at(KG, KZ) == size && witnessed_at(UZ, KZ) == size;
}

static void
test_honest(void)
{
	struct buf note = { 0 };
	struct peer_status s;
	struct store_reader *r;
	struct err e = { 0 };
	size_t witnesses, k;
	uint64_t size, time_s = 0;

	for (int i = 0; i < 4; i++) {
		file_many(net.end[four[i]].node, 5, 5);
		net_cut(four[i], TJ, true);
	}
	node_quorum(net.end[KZ].node, KZ, &witnesses, &k);
	ok(witnesses == 3 && k == 3, "four members: a log has three witnesses, and all must have cosigned");
	sync_all(four, 4, true);
	for (int i = 0; i < 200 && !in_step(); i++)
		usleep(20000);
	ok(in_step(), "two of them have cosigned");
	is(settled_at(KZ, KZ, NULL, NULL), 0, "that settles nothing");
	for (int i = 0; i < 4; i++) {
		net_cut(four[i], TJ, false);
		net_restart(four[i]);
	}
	ok(await(all_settled, 0, 20), "with the third, everything is settled, and all know it of all");
	size = settled_at(UZ, KZ, &time_s, &note);
	is(time_s, (uint64_t)(atomic_load(&home_now_ms) / 1000), "since when: the time of the cosignatures");
	ok(lines_of(&note) >= 4, "the note carries the log's line and a quorum's");
	node_peer_status(net.end[KZ].node, UZ, &s);
	ok(s.witness && s.cosigned > 0 && s.cosign_trouble[0] == '\0', "the log knows what each witness has cosigned");
	r = node_reader(net.end[KZ].node, &e);
	buf_reset(&note);
	node_must(store_checkpoint_get(r, LOG_NO(KZ, 1), size, NULL, &note, &e), &e);
	node_reader_done(net.end[KZ].node, r);
	ok(lines_of(&note) >= 4, "and the stored checkpoint kept them when the next thing was written");
	net_restart(UZ);
	is(settled_at(UZ, KZ, NULL, NULL), size, "what is settled is known again after a start");
	buf_free(&note);
}

/* ---- what a witness refuses ---- */

static void
test_requests(void)
{
	struct buf out = { 0 }, note = { 0 }, bad;
	uint64_t size;

	sync_all(four, 4, false);
	size = published_of(net.end[KZ].node, KZ, &note);
	is(ask_plain(KG, size, note.data, note.len, &out), 200, "the same tree again: 200, with a fresh time");
	is(ask_plain(KG, size - 1, note.data, note.len, &out), 409, "from another size: 409");
	is(strtoull(buf_cstr(&out), NULL, 10), size, "and it says where it is");
	is(ask_plain(KZ, 0, note.data, note.len, &out), 404, "a node does not witness its own log");
	bad = false_note(KZ, UZ, size + 1, 7);
	is(ask_plain(KG, size, bad.data, bad.len, &out), 403, "another key: 403");
	is(witnessed_at(KG, KZ), size, "and nothing has moved");
	buf_free(&bad);
	is(ask_plain(KG, 0, "x", 1, &out), 400, "rubbish: 400");
	atomic_store(&net.end[KG].ahead_ms, -60000);
	is(ask_plain(KG, size, note.data, note.len, &out), 503, "a clock that went back: 503");
	atomic_store(&net.end[KG].ahead_ms, 0);
	is(ask_plain(KG, size, note.data, note.len, &out), 200, "and when it is right again: 200");
	buf_free(&out);
	buf_free(&note);
}

/* A cosignature that comes later for the same entries must not make them later. */
static void
test_first_time(void)
{
	struct buf out = { 0 }, note = { 0 }, own = { 0 };
	uint64_t before = 0, after = 0, size;
	struct vkey key;
	struct card card;
	struct err e = { 0 };

	size = settled_at(UZ, KZ, &before, &note);
	node_card(net.end[KZ].node, &card);
	node_must(vkey_parse(&key, card.vkey, strlen(card.vkey), &e), &e);
	atomic_fetch_add(&home_now_ms, 3600000);
	node_must(pull_own_lines(&key, 1, note.data, note.len, &own, &e), &e);
	for (int i = 1; i < 3; i++) {
		is(ask_plain(three[i], size, note.data, note.len, &out), 200, "an hour later, cosigned anew");
		buf_add(&own, out.data, out.len);
	}
	is(ask_plain(TJ, size, note.data, note.len, &out), 200, "and by tj");
	buf_add(&own, out.data, out.len);
	net_sync(KZ, true);
	net_sync(UZ, true);
	node_told(net.end[UZ].node, KZ, own.data, own.len);
	usleep(500000);
	settled_at(UZ, KZ, &after, NULL);
	is(after, before, "settled since the first");
	net_sync(TJ, true);
	net_sync(KG, true);
	buf_free(&out);
	buf_free(&note);
	buf_free(&own);
}

/* ---- what a witness may answer ---- */

static const char *answer_with;
static struct buf stolen;
static int answer_status;

static int
answer_so(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	(void)asker, (void)body, (void)len;
	if (strcmp(path, "/add-checkpoint") != 0)
		return status;
	buf_reset(out);
	buf_str(out, answer_with);
	return answer_status;
}

/* Another witness's line for it. */
static int
answer_others(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	const char *type;

	(void)asker, (void)status;
	if (strcmp(path, "/add-checkpoint") != 0)
		return status;
	buf_reset(out);
	status = node_add_checkpoint(net.end[TJ].node, body, len, out, &type);
	if (status == 200)
		stolen.len = 1;
	return status;
}

/* Its own line, from a clock that is an hour ahead. */
static int
answer_future(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	const char *type;

	(void)asker;
	if (strcmp(path, "/add-checkpoint") != 0)
		return status;
	atomic_store(&net.end[KG].ahead_ms, 3600000);
	buf_reset(out);
	status = node_add_checkpoint(net.end[KG].node, body, len, out, &type);
	atomic_store(&net.end[KG].ahead_ms, 0);
	return status;
}

static uint64_t before_lie;

static bool
in_trouble(int who)
{
	struct peer_status s;

	node_peer_status(net.end[KZ].node, who, &s);
	return s.cosign_trouble[0] != '\0';
}

static void
lie_once(int (*lie)(int, const char *, const void *, size_t, int, struct buf *), const char *what)
{
	struct peer_status s;

	net.liar = KG;
	net.lie = lie;
	node_peer_status(net.end[KZ].node, KG, &s);
	before_lie = s.cosigned;
	file_many(net.end[KZ].node, 1, 1);
	ok(await(in_trouble, KG, 8), "%s: noticed", what);
	node_peer_status(net.end[KZ].node, KG, &s);
	ok(s.cosigned == before_lie, "and it does not count as cosigned: %s", s.cosign_trouble);
	is(guard_of(KZ), GUARD_OPEN, "and the log signs on");
	net.lie = NULL;
	if (lie == answer_future)	/* until then it is silent: its own time must not go back */
		atomic_fetch_add(&home_now_ms, 3600000);
	net_restart(KZ);
	ok(await(all_settled, 0, 10), "when it answers as it should, it counts");
}

static void
test_answers(void)
{
	ok(await(all_settled, 0, 10), "everything is settled");
	answer_with = "rubbish\n";
	answer_status = 200;
	lie_once(answer_so, "rubbish");
	answer_with = "";
	lie_once(answer_so, "an empty 200");
	answer_with = "999999999999\n";
	answer_status = 409;
	lie_once(answer_so, "a size that never was");
	answer_with = "0\n";
	lie_once(answer_so, "a witness that is at another size each time");
	answer_with = "no\n";
	answer_status = 422;
	lie_once(answer_so, "a refusal without a reason");
	lie_once(answer_others, "another witness's line");
	ok(stolen.len == 1, "which was a good one");
	lie_once(answer_future, "a time that has not come yet");
}

/* ---- one key is one witness ---- */

static struct vkey taken;		/* kg's key under tj's name */

static int
answer_as_own(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	struct arena a = { 0 };
	struct note lines;
	struct err e = { 0 };
	uint8_t raw[200];
	char b64[400];
	const char *type;

	(void)asker;
	if (strcmp(path, "/add-checkpoint") != 0)
		return status;
	buf_reset(out);
	status = node_add_checkpoint(net.end[KG].node, body, len, out, &type);
	if (status == 200 && note_parse_lines(&a, out->data, out->len, &lines, &e) == OK && lines.line[0].sig_len <= 190) {
		for (int i = 0; i < 4; i++)
			raw[i] = (uint8_t)(taken.id >> (24 - 8 * i));
		memcpy(raw + 4, lines.line[0].sig, lines.line[0].sig_len);
		base64_encode(b64, raw, 4 + lines.line[0].sig_len);
		buf_reset(out);
		buf_fmt(out, "\xe2\x80\x94 %s %s\n", taken.name, b64);
	}
	arena_free(&a);
	return status;
}

static void
test_one_key(void)
{
	struct card card, theirs;
	struct vkey kg;
	struct err e = { 0 };
	uint64_t before = settled_at(KZ, KZ, NULL, NULL);
	struct peer_status s = { 0 };

	node_card(net.end[KG].node, &theirs);
	node_must(vkey_parse(&kg, theirs.witness, strlen(theirs.witness), &e), &e);
	node_must(vkey_make(&taken, "tashkent-2000.diwan/tj/witness", VKEY_COSIGN, kg.pub, &e), &e);
	node_card(net.end[TJ].node, &card);
	vkey_format(card.witness, &taken);
	node_must(node_pair(net.end[KZ].node, &card, &e), &e);
	net.lie = answer_as_own;
	net.liar = TJ;
	net_sync(UZ, false);
	file_many(net.end[KZ].node, 1, 1);
	for (int i = 0; i < 200 && s.cosigned <= before; i++) {
		usleep(20000);
		node_peer_status(net.end[KZ].node, TJ, &s);
	}
	ok(s.cosigned > before, "tj passes kg's cosignatures off as its own");
	net_cut(KZ, UZ, true);
	file_many(net.end[KZ].node, 1, 1);
	before = settled_at(KZ, KZ, NULL, NULL);
	usleep(600000);
	is(settled_at(KZ, KZ, NULL, NULL), before, "kg and \"tj\" and nobody else: two names of one key are no third witness");
	net_cut(KZ, UZ, false);
	net.lie = NULL;
	node_card(net.end[TJ].node, &card);
	node_must(node_pair(net.end[KZ].node, &card, &e), &e);
	net_sync(UZ, true);
	net_restart(KZ);
	ok(await(all_settled, 0, 20), "with the right card again everything is settled");
}

/* ---- a witness that was set back ---- */

static uint64_t forgotten;

static bool
remembers(int who)
{
	return witnessed_at(who, KZ) >= forgotten;
}

static void
test_set_back(void)
{
	struct buf out = { 0 }, note = { 0 }, old = { 0 }, other;
	struct err e = { 0 };

	net_save(KG, "kg-old.db");
	net_sync(KG, true);
	forgotten = witnessed_at(KG, KZ);
	published_of(net.end[KZ].node, KZ, &old);
	file_many(net.end[KZ].node, 4, 4);
	ok(await(all_settled, 0, 10), "kg cosigns kz's next four entries");
	is(witnessed_at(KG, KZ), published_of(net.end[KZ].node, KZ, &note), "it stands there");
	net_set_back(KG, "kg-old.db");
	net.end[KG].guarded = true;
	node_must(net_open(KG, &e), &e);
	is(witnessed_at(KG, KZ), forgotten, "its store is set back: it has forgotten them");
	is(ask_plain(KG, forgotten, old.data, old.len, &out), 503, "nothing is cosigned before its peers have said what it said");
	forgotten = published_of(net.end[KZ].node, KZ, NULL);
	net_sync(KG, true);
	ok(await(is_open, KG, 8), "they say it");
	ok(remembers(KG), "and it stands where it stood: %d", (int)witnessed_at(KG, KZ));
	other = false_note(KZ, KZ, forgotten + 1, 9);
	is(ask_plain(KG, checkpoint_size(&old), other.data, other.len, &out), 409, "another branch from the old size: 409");
	ok(strstr(buf_cstr(&out), "\n") != NULL && strtoull(buf_cstr(&out), NULL, 10) == forgotten, "from the size it remembers");
	net.end[KG].guarded = false;
	buf_free(&old);
	buf_free(&other);
	buf_free(&out);
	buf_free(&note);
}

/* What was pulled was seen: a tree that contradicts it is not cosigned, though the proof from what was cosigned is good. */
static void
test_copy_counts(void)
{
	struct buf out = { 0 }, other;
	uint64_t size = published_of(net.end[UZ].node, KZ, NULL);
	struct peer_status s;

	other = false_note(KZ, KZ, size, 5);
	is(ask_plain(TJ, 0, other.data, other.len, &out), 409, "from another size than what is cosigned: 409, whatever is signed");
	node_peer_status(net.end[TJ].node, KZ, &s);
	is(s.state, PEER_FROZEN, "but two signed roots of one size convict");
	is(ask_plain(TJ, size, other.data, other.len, &out), 403, "and of a frozen log nothing is cosigned");
	buf_free(&other);
	buf_free(&out);
}

/* A node on the machine's own clock, given as programs give it: by a copy. */
static void
test_clock(void)
{
	struct timex ask = { .modes = 0 };
	int state = adjtimex(&ask), want = state < 0 || state == TIME_ERROR || (ask.status & STA_UNSYNC) ? 503 : 200;
	struct buf out = { 0 }, note = { 0 };
	uint64_t size = published_of(net.end[UZ].node, UZ, &note), held = witnessed_at(KG, UZ);
	struct err e = { 0 };

	ok(held == size, "kg has cosigned all of uz");
	net_close(KG);
	net.end[KG].clock = clock_system;
	node_must(net_open(KG, &e), &e);
	is(ask_plain(KG, size, note.data, note.len, &out), want, "it cosigns if the kernel calls the clock synchronised");
	buf_free(&note);
	buf_free(&out);
}

int
main(void)
{
	home_start();
	trust_start(four, 4);
	test_honest();
	test_requests();
	test_first_time();
	test_answers();
	test_one_key();
	test_set_back();
	test_copy_counts();
	test_clock();
	buf_free(&request);
	net_end_all();
	home_end();
	return tap_done();
}
