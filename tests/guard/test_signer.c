/* The signer as a process: started, used from threads, refused, killed, silenced; its memory; its clock. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "folder.h"
#include "guard/child.h"
#include "guard/evaluator.h"
#include "guard/rows.h"
#include "guard/signer.h"
#include "log/checkpoint.h"

#define OTHER "tashkent-2000.diwan/kg/1"

static struct err e;

static struct holder_options
options(void)
{
	return (struct holder_options){ .dir = folder };
}

static struct signer *
start(void)
{
	struct holder_options o = options();
	struct signer *s = NULL;

	must(signer_start(&s, &o, &e), "signer_start", &e);
	return s;
}

static struct checkpoint
state(const char *origin, uint64_t size, int root)
{
	struct checkpoint c = { .size = size };

	snprintf(c.origin, sizeof c.origin, "%s", origin);
	memset(c.root.b, root, sizeof c.root.b);
	return c;
}

/* A note of ${c} by ${k}, as the node makes it; 0 and whether it verifies. */
static int
sign(const struct note_signer *k, const struct checkpoint *c)
{
	struct buf out = { 0 };
	struct arena a = { 0 };
	struct note_mark mark;
	struct checkpoint back;
	struct note n;
	int rc = checkpoint_sign(&out, c, k, &e);

	if (rc == OK)
		rc = checkpoint_open(&a, out.data, out.len, &k->vkey, 1, &back, &n, &mark, &e);
	buf_free(&out);
	arena_free(&a);
	return rc;
}

static int
cosign(const struct note_signer *k, const struct checkpoint *c, uint64_t time_s)
{
	uint8_t sig[VKEY_SIG_MAX];
	struct buf text = { 0 };
	size_t len;
	uint64_t back;
	int rc;

	if ((rc = checkpoint_format(&text, c, &e)) == OK && (rc = vkey_sign(k, text.data, text.len, time_s, sig, &len, &e)) == OK)
		rc = vkey_verify(&k->vkey, text.data, text.len, sig, len, &back, &e);
	buf_free(&text);
	return rc;
}

static uint64_t
now_s(void)
{
	return (uint64_t)(clock_now_ms(&clock_system) / 1000);
}

static void
test_keys(void)
{
	struct sign_key key;
	uint8_t seed[SIGN_SEED_BYTES];
	struct signer *s = start();

	ok(signer_log(s, 0) != NULL && signer_log(s, 1) == NULL && signer_witness(s, 0) == NULL, "the log key alone");
	is_str(signer_log(s, 0)->vkey.name, LOG_NAME, "by its name");
	memset(seed, SEED_LOG, sizeof seed);
	sign_from_seed(&key, seed);
	is_mem(signer_log(s, 0)->vkey.pub, key.pub, sizeof key.pub, "it is the one of the file");
	signer_stop(s);
	write_key("keys/log.next.key", KEYFILE_LOG, LOG_NAME, SEED_NEXT);
	write_key("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS);
	s = start();
	ok(signer_log(s, 0) != NULL && signer_log(s, 1) != NULL && signer_witness(s, 0) != NULL && signer_witness(s, 1) == NULL,
	    "a planned change: two log keys, one witness key");
	is(signer_witness(s, 0)->vkey.type, VKEY_COSIGN, "the witness key cosigns");
	printf("# achieved %#x, Landlock %d, note \"%s\"\n", signer_report(s)->achieved, signer_report(s)->landlock_abi,
	    signer_report(s)->note);
	is(signer_report(s)->achieved & (GUARD_NO_NEW_PRIVS | GUARD_NOT_DUMPABLE | GUARD_LIMITS),
	    GUARD_NO_NEW_PRIVS | GUARD_NOT_DUMPABLE | GUARD_LIMITS, "what every kernel can do, is done");
	is((signer_report(s)->achieved & GUARD_SANITIZED) != 0, GUARD_IS_SANITIZED, "it says whether the build is for tests");
	signer_stop(s);
}

static void
test_signing(void)
{
	struct signer *s = start();
	const struct note_signer *log = signer_log(s, 0), *next = signer_log(s, 1), *witness = signer_witness(s, 0);
	struct checkpoint five = state(LOG_NAME, 5, 1), other_five = state(LOG_NAME, 5, 2), four = state(LOG_NAME, 4, 1),
	    other = state(OTHER, 9, 1);
	uint8_t sig[SIGN_BYTES];
	static const char big[FRAME_BODY_MAX + 1];

	is(sign(log, &five), OK, "a checkpoint, and it verifies");
	is(sign(next, &five), OK, "the same by the next key");
	is(sign(log, &other_five), ERR_CONFLICT, "another root: refused");
	ok(strstr(e.text, "would be a fork") != NULL, "in the signer's words");
	is(sign(next, &other_five), ERR_CONFLICT, "by the next key too: the memory is the log's, not the key's");
	is(sign(log, &four), ERR_CONFLICT, "a smaller one: refused");
	is(sign(log, &five), OK, "and it goes on");
	is(cosign(witness, &other, now_s()), OK, "a cosignature, and it verifies");
	is(cosign(witness, &other, now_s() - 3600), ERR_CONFLICT, "a time that goes back: refused");
	is(cosign(witness, &five, now_s()), ERR_DENIED, "of the own log: refused");
	is(log->sign(log->ctx, "any text", 8, sig, &e), ERR_INPUT, "any text: refused");
	is(log->sign(log->ctx, big, sizeof big, sig, &e), ERR_LIMIT, "a long one is not even sent");
	is(log->sign(log->ctx, "", 0, sig, &e), ERR_INPUT, "an empty one");
	ok(!signer_failed(s, &e), "the signer is well");
	signer_stop(s);
	s = start();
	is(sign(signer_log(s, 0), &four), OK, "what it remembers ends with it: the store knows better");
	signer_stop(s);
}

struct worker {
	pthread_t thread;
	const struct note_signer *key;
	unsigned done;
	char origin[40];
};

static void *
cosign_many(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 1; i <= 40; i++) {
		struct checkpoint c = state(w->origin, i, (int)i);
		struct buf text = { 0 };
		uint8_t sig[VKEY_SIG_MAX];
		uint64_t back;
		struct err mine;
		size_t len;

		if (checkpoint_format(&text, &c, &mine) == OK &&
		    vkey_sign(w->key, text.data, text.len, now_s(), sig, &len, &mine) == OK &&
		    vkey_verify(&w->key->vkey, text.data, text.len, sig, len, &back, &mine) == OK)
			w->done++;
		buf_free(&text);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct worker w[4] = { 0 };
	struct signer *s = start();
	unsigned done = 0;

	for (int i = 0; i < 4; i++) {
		w[i].key = signer_witness(s, 0);
		snprintf(w[i].origin, sizeof w[i].origin, "thread-%d/log", i);
		if (pthread_create(&w[i].thread, NULL, cosign_many, &w[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].done;
	}
	is(done, 160, "four threads, each its own answers");
	signer_stop(s);
}

/* A signer that is gone stays gone, and says how it went. */
static void
test_death(void)
{
	struct checkpoint c = state(LOG_NAME, 6, 6);
	struct signer *s = start();
	const struct timespec a_moment = { 0, 2000000 };
	int tries = 0;

	kill((pid_t)signer_pid(s), SIGTERM);
	kill((pid_t)signer_pid(s), SIGINT);
	is(sign(signer_log(s, 0), &c), OK, "Ctrl-C and SIGTERM are the node's business, not the signer's");
	kill((pid_t)signer_pid(s), SIGKILL);
	while (!signer_failed(s, &e) && tries++ < 5000)
		nanosleep(&a_moment, NULL);
	is(e.code, ERR_IO, "killed: noticed without asking it for anything");
	ok(strstr(e.text, "killed by signal 9") != NULL && strstr(e.text, "start the node again") != NULL, "and said: %s", e.text);
	is(sign(signer_log(s, 0), &c), ERR_IO, "it signs no more");
	signer_stop(s);
	s = start();
	kill((pid_t)signer_pid(s), SIGKILL);
	is(sign(signer_log(s, 0), &c), ERR_IO, "killed: noticed by the next signature");
	ok(signer_failed(s, &e), "and remembered");
	signer_stop(s);
}

/* What is not well framed ends it. */
static void
test_broken(void)
{
	struct holder_options o = options();
	struct frame_hello hello;
	struct frame f = { .type = 99 };
	struct holder *h;

	must(holder_start(&h, PROCESS_SIGNER, &o, &hello, &e), "holder_start", &e);
	is(holder_call(h, &f, &e), ERR_IO, "an unknown request");
	ok(strstr(e.text, "ended with status 70") != NULL, "ends it: %s", e.text);
	f = (struct frame){ .type = FRAME_HELLO };
	is(holder_call(h, &f, &e), ERR_IO, "for good");
	holder_stop(h);
	must(holder_start(&h, PROCESS_SIGNER, &o, &hello, &e), "holder_start", &e);
	f = (struct frame){ .type = FRAME_SIGN_CHECKPOINT, .key = 200 };
	is(holder_call(h, &f, &e), ERR_IO, "a key that is not there ends it");
	holder_stop(h);
	holder_stop(NULL);
	signer_stop(NULL);
	evaluator_stop(NULL);
}

static void
test_start_refused(void)
{
	struct holder_options o = options();
	struct signer *s = NULL;

	chmod(in_folder("keys/log.key"), 0644);
	is(signer_start(&s, &o, &e), ERR_DENIED, "a loose key file");
	ok(strstr(e.text, "run `chmod 600") != NULL, "and what to do: %s", e.text);
	chmod(in_folder("keys/log.key"), 0600);
	o.dir = "/nowhere/at/all";
	is(signer_start(&s, &o, &e), ERR_NOTFOUND, "no such folder");
	o = options();
	o.program = "/nowhere/diwan";
	is(signer_start(&s, &o, &e), ERR_IO, "no such program");
	ok(strstr(e.text, "could not be executed") != NULL, "and says so");
	o.program = "/bin/true";
	is(signer_start(&s, &o, &e), ERR_IO, "another program");
	o = options();
	o.user = "no-such-user-here";
	is(signer_start(&s, &o, &e), ERR_NOTFOUND, "no such user");
	ok(s == NULL, "nothing is left");
}

static void
test_user(void)
{
	struct holder_options o = options();
	struct signer *s = NULL;
	char path[64], line[256];
	bool found = false;
	FILE *f;

	if (geteuid() != 0) {
		skip("only root can change the user", 3);
		return;
	}
	o.user = "nobody";
	is(signer_start(&s, &o, &e), OK, "reads root's key, then becomes nobody");
	ok(signer_report(s)->achieved & GUARD_USER, "and reports it");
	snprintf(path, sizeof path, "/proc/%ld/status", signer_pid(s));
	if ((f = fopen(path, "r")) != NULL) {
		while (fgets(line, sizeof line, f) != NULL)
			found |= strncmp(line, "Uid:\t65534\t65534\t65534\t65534", 28) == 0;
		fclose(f);
	}
	ok(found, "the kernel says so too");
	signer_stop(s);
}

/* The clock that a scenario shifts is the signer's clock too. */
static void
test_clock(void)
{
	const int64_t shift = -INT64_C(365) * 86400 * 1000 * 7;
	struct checkpoint c = state("clock/log", 1, 1);
	struct holder_options o = options();
	struct signer *s = NULL;

	write_file(in_folder("clock"), &shift, sizeof shift, 0600);
	o.clock_file = in_folder("clock");
	must(signer_start(&s, &o, &e), "signer_start", &e);
	is(cosign(signer_witness(s, 0), &c, now_s()), ERR_CONFLICT, "seven years ago by its clock: today is refused");
	is(cosign(signer_witness(s, 0), &c, now_s() - UINT64_C(365) * 86400 * 7), OK, "and then is now");
	signer_stop(s);
}

static long
number_in(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

/* Read by root only, since the signer is not dumpable. Said, not asserted: a sanitizer's shadow is larger than any program. */
static void
tell_memory(struct signer *s)
{
	char path[64], text[4096];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", signer_pid(s));
	if ((f = fopen(path, "r")) != NULL) {
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
	}
	text[n] = 0;
	printf("# signer: Rss %ld KB, of which not backed by a file %ld KB\n", number_in(text, "Rss:"),
	    number_in(text, "Anonymous:"));
}

static void
test_processes(void)
{
	struct holder_options o = options();
	struct evaluator *v = NULL;
	struct signer *s = start();
	struct checkpoint c = state(LOG_NAME, 1, 1);

	(void)sign(signer_log(s, 0), &c);
	tell_memory(s);
	signer_stop(s);
	is(evaluator_start(&v, &o, &e), ERR_NOTFOUND, "an evaluator without its key");
	write_key("keys/match.key", KEYFILE_MATCH, "tashkent-2000/kz/match", SEED_MATCH);
	is(evaluator_start(&v, &o, &e), OK, "an evaluator");
	is_str(evaluator_name(v), "tashkent-2000/kz/match", "has its key");
	ok(evaluator_report(v)->achieved & GUARD_NO_NEW_PRIVS, "is locked in");
	ok(!evaluator_failed(v, &e), "and is well");
	evaluator_stop(v);
}

/* No descriptor, environment or session of the parent's reaches it. */
static void
test_birth(void)
{
	char path[64], text[4096];
	struct signer *s;
	int fd = open("/dev/null", O_RDONLY), open_fds = 0;
	size_t n = 0;
	FILE *f;

	setenv("DIWAN_SECRET", "x", 1);
	s = start();
	for (int i = 0; i < 64; i++) {
		snprintf(path, sizeof path, "/proc/%ld/fd/%d", signer_pid(s), i);
		open_fds += readlink(path, text, sizeof text) > 0;
	}
	snprintf(path, sizeof path, "/proc/%ld/environ", signer_pid(s));
	if (geteuid() == 0 && (f = fopen(path, "r")) != NULL) {
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
		ok(n > 0 && memmem(text, n, "DIWAN_SECRET", 12) == NULL, "its environment is its own");
		is(open_fds, 4, "four descriptors");
	} else {
		skip("only root can look at it", 2);
	}
	is(getsid((pid_t)signer_pid(s)), signer_pid(s), "a session of its own");
	signer_stop(s);
	close(fd);
}

static int64_t
shifted_now(void *ctx)
{
	return clock_now_ms(&clock_system) + *(const int64_t *)ctx;
}

/* This program is its own signer: guard/holder.c executes /proc/self/exe. */
static int
be_child(const char *role)
{
	static int64_t shift;
	const char *file = getenv("DIWAN_CLOCK");
	struct clock clock = clock_system;
	FILE *f;

	if (file != NULL && ((f = fopen(file, "rb")) == NULL || fread(&shift, sizeof shift, 1, f) != 1 || fclose(f) != 0))
		return 1;
	if (file != NULL)
		clock = (struct clock){ shifted_now, &shift };
	if (crypt_init(&e) != OK || child_run(process_from(role), &clock, &e) != OK)
		return 2;
	return 3;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "signer") == 0)
		return be_child(argv[2]);
	make_folder();
	test_keys();
	test_signing();
	test_threads();
	test_death();
	test_broken();
	test_start_refused();
	test_user();
	test_clock();
	test_processes();
	test_birth();
	is(child_run(PROCESS_SIGNER, &clock_system, &e), ERR_INPUT, "started by hand it refuses");
	remove_folder();
	return tap_done();
}
