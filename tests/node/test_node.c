/* Making, opening and filing: what bad input leaves behind (nothing), who may open, and what each record is told. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>

#include "home.h"
#include "log/checkpoint.h"
#include "log/entry.h"
#include "store/store.h"

/* ---- making ------------------------------------------------------------------------------------------------------------ */

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

static int
files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static int
create(const char *dir, const char *charter, const char *member, const char *address, struct err *e)
{
	struct node_init in = { .dir = dir, .charter_path = charter, .member = member, .address = address };

	return node_create(&in, &home_clock, &rng_system, e);
}

static void
test_bad_making(void)
{
	static char deep[5000], garbage[400], dir[400], lost[400];
	struct { const char *what, *dir, *charter, *member, *address; int rc; const char *says; } t[] = {
		{ "no such charter", dir, "charters/none.yaml", "kz", "127.0.0.1:1", ERR_NOTFOUND, "none.yaml" },
		{ "a folder as charter", dir, "charters", "kz", "127.0.0.1:1", ERR_IO, "charters" },
		{ "a charter that is none", dir, garbage, "kz", "127.0.0.1:1", ERR_INPUT, "garbage.yaml" },
		{ "a member that the charter does not name", dir, CHARTER, "fr", "127.0.0.1:1", ERR_NOTFOUND, "fr" },
		{ "an empty member", dir, CHARTER, "", "127.0.0.1:1", ERR_NOTFOUND, "no member" },
		{ "an address without a port", dir, CHARTER, "kz", "127.0.0.1", ERR_INPUT, "address" },
		{ "an address with port 0", dir, CHARTER, "kz", "127.0.0.1:0", ERR_INPUT, "address" },
		{ "a folder whose parent is missing", lost, CHARTER, "kz", "127.0.0.1:1", ERR_IO, "none/bad" },
		{ "a folder that is a file", garbage, CHARTER, "kz", "127.0.0.1:1", ERR_IO, "garbage.yaml" },
		{ "a folder name that is too long", deep, CHARTER, "kz", "127.0.0.1:1", ERR_IO, "" }
	};
	struct err e = { 0 };

	snprintf(garbage, sizeof garbage, "%s", in_home("garbage.yaml"));
	snprintf(dir, sizeof dir, "%s", in_home("bad"));
	snprintf(lost, sizeof lost, "%s", in_home("none/bad"));
	memset(deep, 'd', sizeof deep - 1);
	deep[0] = '/';
	write_file(garbage, "members: [oh, no]\n", 0600);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int rc = create(t[i].dir, t[i].charter, t[i].member, t[i].address, &e);

		ok(rc == t[i].rc && strstr(e.text, t[i].says) != NULL, "%s: %.120s", t[i].what, e.text);
		is(access(in_home("bad"), F_OK), -1, "leaves nothing behind");
	}
	mkdir(in_home("bad"), 0700);
	is(create(in_home("bad"), CHARTER, "kz", "nowhere", &e), ERR_INPUT, "in a folder that was there before");
	is(files_in(in_home("bad")), 0, "the folder stays, and empty");
	mkdir(in_home("bad/keys"), 0700);
	write_file(in_home("bad/keys/log.key"), "precious", 0600);
	is(create(in_home("bad"), CHARTER, "kz", "127.0.0.1:1", &e), ERR_CONFLICT, "a folder with keys in it is refused");
	ok(files_in(in_home("bad")) == 1 && files_in(in_home("bad/keys")) == 1, "and they are left alone");
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (unsigned)(st.st_mode & 07777) : 0;
}

static void
test_making(void)
{
	static const char *const secret[] = { "one/keys/log.key", "one/keys/tls.key", "one/keys/tls.pem", "one/diwan.db" };
	struct err e = { 0 };
	struct card c;
	struct node *n;
	char before[512];

	umask(0);			/* modes must not rest on the caller's mask */
	is(make_node_in(in_home("one"), "kz", "127.0.0.1:7101", &e), OK, "a node is made");
	umask(022);
	for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++)
		ok(mode_of(in_home(secret[i])) == 0600, "%s has mode 0600", secret[i] + 4);
	ok(mode_of(in_home("one")) == 0700 && mode_of(in_home("one/keys")) == 0700, "its folders have mode 0700");
	n = open_in("one");
	node_card(n, &c);
	ok(strcmp(c.mechanism, "tashkent-2000") == 0 && strcmp(c.member, "kz") == 0 && strcmp(c.address, "127.0.0.1:7101") == 0 &&
	    strlen(c.charter) == 64 && strncmp(c.vkey, "tashkent-2000.diwan/kz/1+", 25) == 0 && strncmp(c.tls_pin,
	    "sha256//", 8) == 0,
	    "its card says who it is");
	ok(node_own(n) == KZ && node_own_log(n) == 1 && strcmp(node_charter_hash(n), c.charter) == 0, "and so does the node");
	is(published_of(n, KZ, NULL), 0, "its log is empty");
	snprintf(before, sizeof before, "%s", c.vkey);
	node_close(n);
	is(make_node_in(in_home("one"), "kg", "127.0.0.1:7101", &e), ERR_CONFLICT, "no second node in the same folder");
	n = open_in("one");
	node_card(n, &c);
	ok(strcmp(c.vkey, before) == 0 && strcmp(c.member, "kz") == 0, "the first one is as it was");
	node_close(n);
}

/* ---- opening ------------------------------------------------------------------------------------------------------------- */

static void
test_opening(void)
{
	struct err e = { 0 };
	struct node *n = open_in("one"), *look;
	int rc;

	ok(try_open("one", false, &rc, &e) == NULL && rc == ERR_BUSY, "a second opening: %.120s", e.text);
	look = try_open("one", true, &rc, &e);
	ok(look != NULL, "for reading, beside the first: yes");
	if (look != NULL) {
		struct entry_job job = { .bytes = "{}", .len = 2 };

		is(node_file(look, &job, 1, &e), ERR_DENIED, "which files nothing");
		node_close(look);
	}
	node_close(n);
	ok(try_open("none", false, &rc, &e) == NULL && rc != OK, "no such folder: %.120s", e.text);
	ok(access(in_home("none"), F_OK) != 0, "which is not made");
}

static void
swap_files(const char *a, const char *b)
{
	char x[400], y[400], z[420];

	snprintf(x, sizeof x, "%s", in_home(a));
	snprintf(y, sizeof y, "%s", in_home(b));
	snprintf(z, sizeof z, "%s.tmp", x);
	if (rename(x, z) != 0 || rename(y, x) != 0 || rename(z, y) != 0) {
		printf("Bail out! cannot swap %s and %s\n", x, y);
		exit(1);
	}
}

static void
test_keys(void)
{
	static const mode_t loose[] = { 0640, 0604, 0610, 0666 };
	struct err e = { 0 };
	struct node *n;
	int rc;

	for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
		chmod(in_home("one/keys/log.key"), loose[i]);
		ok(try_open("one", false, &rc, &e) == NULL && rc == ERR_DENIED && strstr(e.text, "chmod 600") != NULL,
		    "log.key with mode %04o: refused", (unsigned)loose[i]);
	}
	chmod(in_home("one/keys/log.key"), 0600);
	swap_files("one/keys/log.key", "one/keys/tls.key");
	ok(try_open("one", false, &rc, &e) == NULL && rc == ERR_INPUT, "a TLS key where the log's belongs: %.120s", e.text);
	swap_files("one/keys/log.key", "one/keys/tls.key");
	node_must(make_node_in(in_home("twin"), "kz", "127.0.0.1:7101", &e), &e);
	swap_files("one/keys/log.key", "twin/keys/log.key");
	ok(try_open("one", false, &rc, &e) == NULL && rc != OK, "another key of the same name: %.120s", e.text);
	swap_files("one/keys/log.key", "twin/keys/log.key");
	rename(in_home("one/keys/log.key"), in_home("one/keys/away"));
	ok(try_open("one", false, &rc, &e) == NULL && rc == ERR_IO && strstr(e.text, "log.key") != NULL, "no key: %.120s", e.text);
	n = try_open("one", true, &rc, &e);
	ok(n != NULL, "to look, no key is needed");
	node_close(n);
	rename(in_home("one/keys/away"), in_home("one/keys/log.key"));
	n = open_in("one");
	ok(n != NULL, "with its own key it opens");
	node_close(n);
}

/* ---- filing ------------------------------------------------------------------------------------------------------------- */

static int
file_changed(struct node *n, void (*change)(struct draft *d), const char *body, struct err *e)
{
	struct draft d = incident_of(KZ);

	change(&d);
	return file_draft(n, &d, body, NULL, e);
}

static void other_member(struct draft *d) { d->member = "kg"; d->authority = "kg-competent"; }
static void other_mechanism(struct draft *d) { d->mechanism = "almaty-1999"; }
static void unknown_authority(struct draft *d) { d->authority = "kz-office"; }
static void foreign_authority(struct draft *d) { d->authority = "kg-competent"; }
static void far_future(struct draft *d) { d->filed_at.ms += 6 * 60000; }
static void near_future(struct draft *d) { d->filed_at.ms += 4 * 60000; }
static void other_purpose(struct draft *d) { d->purposes = PURPOSE_BIT(10); }
static void short_delivery(struct draft *d) { d->delivery.count = 3; }
static void long_delivery(struct draft *d) { d->delivery.count = 5; }
static void wrong_channel(struct draft *d) { d->channel = "transparency"; }
static void no_channel(struct draft *d) { d->channel = "gossip"; }
static void nothing(struct draft *d) { (void)d; }

static void
no_basis(struct draft *d)
{
	static const struct draft_basis other = { .instrument = "statute", .article = "1" };

	d->basis = &other;
}

static void
test_verdicts(struct node *n)
{
	static const struct { const char *what; void (*change)(struct draft *d); int rc; } t[] = {
		{ "a good record", nothing, OK },
		{ "filed by a machine whose clock is a little ahead", near_future, OK },
		{ "filed tomorrow", far_future, ERR_INPUT },
		{ "of another member", other_member, ERR_LAW },
		{ "of another mechanism", other_mechanism, ERR_LAW },
		{ "by an authority that nobody knows", unknown_authority, ERR_LAW },
		{ "by another member's authority", foreign_authority, ERR_LAW },
		{ "for a purpose that the authority has not", other_purpose, ERR_LAW },
		{ "with one party left out of the delivery list", short_delivery, ERR_LAW },
		{ "delivered to one that is no party", long_delivery, ERR_LAW },
		{ "through a channel for other kinds", wrong_channel, ERR_LAW },
		{ "through a channel that is not there", no_channel, ERR_UNKNOWN },
		{ "on an instrument that is not there", no_basis, ERR_UNKNOWN }
	};
	static const struct { const char *what, *text; int rc; } raw[] = {
		{ "no text", "", ERR_INPUT }, { "no JSON", "{", ERR_INPUT }, { "no record", "{}", ERR_INPUT },
		{ "another kind", "{\"diwan\":1,\"kind\":\"telegram\"}", ERR_UNKNOWN },
		{ "another version of the format", "{\"diwan\":2}", ERR_UNKNOWN }
	};
	struct err e = { 0 };
	uint64_t before = published_of(n, KZ, NULL);

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int rc = file_changed(n, t[i].change, home_body, &e);

		ok(rc == t[i].rc, "%s: %s", t[i].what, rc == OK ? "filed" : e.text);
	}
	for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
		int rc = file_text(n, raw[i].text, strlen(raw[i].text), NULL, &e);

		ok(rc == raw[i].rc && e.text[0] != '\0', "%s: %s", raw[i].what, e.text);
	}
	is(published_of(n, KZ, NULL) - before, 2, "only the good ones are in the log");
	is(node_file(n, NULL, 0, &e), OK, "no records at all are filed at once");
}

/* The commitment of entry ${index} of the own log. */
static void
commitment_of(struct node *n, uint64_t index, struct digest *c)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct payload p;

	node_must(store_payload_get(r, POS(node_own_log(n), index), &p, &e), &e);
	entry_commit(c, p.nonce, p.bytes, p.len);
	node_reader_done(n, r);
}

static int
file_version(struct node *n, struct draft *d, uint32_t seq, const struct digest *prev, struct entry_job *job, struct err *e)
{
	d->seq = seq;
	memcpy(d->prev, prev->b, sizeof d->prev);
	return file_draft(n, d, home_body, job, e);
}

static void
test_versions(struct node *n)
{
	struct draft d = incident_of(KZ), other = incident_of(KZ);
	struct digest first, second, wrong;
	struct entry_job job;
	struct err e = { 0 };

	is(file_draft(n, &d, home_body, &job, &e), OK, "version 1");
	ok(memcmp(job.id, d.id, sizeof d.id) == 0 && job.seq == 1 && job.index + 1 == published_of(n, KZ, NULL), "it "
	    "says where it is");
	commitment_of(n, job.index, &first);
	wrong = first;
	wrong.b[0] ^= 1;
	is(file_draft(n, &d, home_body, NULL, &e), ERR_CONFLICT, "version 1 again");
	ok(strstr(e.text, "filed already, at kz/") != NULL, "%s", e.text);
	is(file_version(n, &d, 3, &first, NULL, &e), ERR_CONFLICT, "version 3 before version 2");
	is(file_version(n, &d, 2, &wrong, NULL, &e), ERR_CONFLICT, "version 2 of something else");
	ok(strstr(e.text, "prev") != NULL, "%s", e.text);
	is(file_version(n, &other, 2, &first, NULL, &e), ERR_CONFLICT, "version 2 of a record that is not there");
	d.mode = MODE_EXERCISE;
	is(file_version(n, &d, 2, &first, NULL, &e), ERR_LAW, "version 2 as an exercise (V23)");
	ok(strstr(e.text, "V23") != NULL, "%s", e.text);
	d.mode = MODE_REAL;
	is(file_version(n, &d, 2, &first, &job, &e), OK, "version 2");
	commitment_of(n, job.index, &second);
	is(file_version(n, &d, 2, &first, NULL, &e), ERR_CONFLICT, "version 2 again");
	is(file_version(n, &d, 3, &first, NULL, &e), ERR_CONFLICT, "version 3 on top of version 1");
	is(file_version(n, &d, 3, &second, &job, &e), OK, "version 3");
	is(job.seq, 3, "it says which it is");
}

/* In one batch, each record its own verdict; the same id twice: one of them. */
static void
test_mixed(struct node *n)
{
	enum { COUNT = 1300 };
	struct entry_job *jobs = calloc(COUNT, sizeof *jobs);
	struct buf *texts = calloc(COUNT, sizeof *texts);
	struct draft d = incident_of(KZ);
	struct err e = { 0 };
	uint64_t before = published_of(n, KZ, NULL), next = before;
	int right = 0;

	for (int i = 0; i < COUNT; i++) {
		if (i % 7 != 3)		/* every seventh is its predecessor again */
			d = incident_of(KZ);
		texts[i] = text_of(&d, home_body);
		if (i % 11 == 5)
			texts[i].len--;
		jobs[i] = (struct entry_job){ .bytes = texts[i].data, .len = texts[i].len };
	}
	is(node_file(n, jobs, COUNT, &e), OK, "a batch of good and bad records");
	for (int i = 0; i < COUNT; i++) {
		bool again = i % 7 == 3 && (i - 1) % 11 != 5;
		int want = i % 11 == 5 ? ERR_INPUT : again ? ERR_CONFLICT : OK;

		right += jobs[i].rc == want && (want == OK ? jobs[i].index == next++ : jobs[i].err.text[0] != '\0');
		buf_free(&texts[i]);
	}
	is(right, COUNT, "each is told its own, and the good ones stand in their order");
	is(published_of(n, KZ, NULL), (long long)next, "nothing else is in the log");
	free(jobs);
	free(texts);
}

struct thread {
	pthread_t thread;
	struct node *n;
	uint32_t seed;
	bool *taken;			/* by index */
	uint64_t base;
	int good, once;
};

static void *
file_some(void *arg)
{
	struct thread *t = arg;

	for (int left = 250; left > 0;) {
		struct entry_job jobs[40] = { 0 };
		struct buf texts[40];
		struct err e = { 0 };
		int some = (int)((t->seed = t->seed * 1664525 + 1013904223) >> 8) % 40 + 1;

		some = some > left ? left : some;
		for (int i = 0; i < some; i++) {
			struct draft d = incident_of(KZ);

			texts[i] = text_of(&d, home_body);
			jobs[i].bytes = texts[i].data;
			jobs[i].len = texts[i].len;
		}
		node_file(t->n, jobs, (size_t)some, &e);
		for (int i = 0; i < some; i++) {
			t->good += jobs[i].rc == OK;
			if (jobs[i].rc == OK && jobs[i].index - t->base < 1000)
				t->once += !__atomic_exchange_n(&t->taken[jobs[i].index - t->base], true, __ATOMIC_SEQ_CST);
			buf_free(&texts[i]);
		}
		left -= some;
	}
	return NULL;
}

static void
test_threads(struct node *n)
{
	struct thread t[4];
	static bool taken[1000];
	int good = 0, once = 0;
	uint64_t base = published_of(n, KZ, NULL);

	for (uint32_t i = 0; i < 4; i++) {
		t[i] = (struct thread){ .n = n, .seed = i + 1, .taken = taken, .base = base };
		pthread_create(&t[i].thread, NULL, file_some, &t[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i].thread, NULL);
		good += t[i].good;
		once += t[i].once;
	}
	is(good, 1000, "four threads at once: every record is filed");
	is(once, 1000, "each at an index of its own");
	is(published_of(n, KZ, NULL), (long long)base + 1000, "without a gap");
}

/* ---- after a restart ------------------------------------------------------------------------------------------------ */

static bool
note_is_good(struct node *n, const struct buf *note, uint64_t size)
{
	struct arena a = { 0 };
	struct checkpoint c;
	struct note_mark mark;
	struct note parsed;
	struct vkey key;
	struct card card;
	bool good;

	node_card(n, &card);
	good = vkey_parse(&key, card.vkey, strlen(card.vkey), NULL) == OK &&
	    checkpoint_open(&a, note->data, note->len, &key, 1, &c, &parsed, &mark, NULL) == OK && c.size == size;
	arena_free(&a);
	return good;
}

static void
test_reopen(void)
{
	struct node *n = open_in("one");
	struct buf before = { 0 }, after = { 0 };
	uint64_t size = published_of(n, KZ, &before);

	ok(size > 2000 && note_is_good(n, &before, size), "the published note is signed and of the log's size");
	node_close(n);
	n = open_in("one");
	is(published_of(n, KZ, &after), (long long)size, "after a restart: the same size");
	ok(before.len == after.len && memcmp(before.data, after.data, before.len) == 0, "the same bytes");
	is(payloads_of(n, KZ), (long long)size, "every payload");
	is(findings_of(n), 0, "and nothing to complain of");
	file_many(n, 1, 1);
	is(published_of(n, KZ, &after), (long long)size + 1, "it goes on where it was");
	node_close(n);
	buf_free(&before);
	buf_free(&after);
}

static void
test_clock(void)
{
	struct err e = { 0 };
	struct node *n;
	int rc;

	atomic_fetch_sub(&home_now_ms, 2 * DAY_MS);
	ok(try_open("one", false, &rc, &e) == NULL && rc == ERR_CONFLICT && strstr(e.text, "clock") != NULL,
	    "a clock two days behind: %s", e.text);
	n = try_open("one", true, &rc, &e);
	ok(n != NULL, "to look, it does not matter");
	node_close(n);
	atomic_fetch_add(&home_now_ms, 2 * DAY_MS - 3600000);
	n = try_open("one", false, &rc, &e);
	ok(n != NULL, "an hour behind: clocks do that");
	node_close(n);
	atomic_fetch_add(&home_now_ms, 3600000);
}

int
main(void)
{
	struct node *n;

	home_start();
	test_bad_making();
	test_making();
	test_opening();
	test_keys();
	n = open_in("one");
	test_verdicts(n);
	test_versions(n);
	test_mixed(n);
	test_threads(n);
	node_close(n);
	test_reopen();
	test_clock();
	home_end();
	return tap_done();
}
