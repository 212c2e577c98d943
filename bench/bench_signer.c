/* BENCHMARKS.md: signing. Checkpoints signed in this process, and by a signer process; the signer's memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/crypt.h"
#include "guard/child.h"
#include "guard/signer.h"
#include "log/checkpoint.h"

#define ROUNDS 5
#define PER_ROUND 4000
#define NAME "tashkent-2000.diwan/kz/1"
#define PROGRAM "build/diwan"		/* the real one, if it is built: its memory is what a node pays */

static char dir[4096];
static uint64_t size;

static void
die(const char *what, const struct err *e)
{
	fprintf(stderr, "bench_signer: %s: %s\n", what, e->text);
	exit(1);
}

static void
make_key(struct sign_key *key)
{
	struct keyfile k = { .purpose = KEYFILE_LOG, .name = NAME, .seed = { 1 } };
	struct buf text = { 0 };
	struct err e = { .text = "cannot write the key" };
	const char *tmp = getenv("TMPDIR");
	char path[4200];
	FILE *f;

	snprintf(dir, sizeof dir, "%s/bench-signer.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL || snprintf(path, sizeof path, "%s/keys", dir) < 0 || mkdir(path, 0700) != 0)
		die("folder", &e);
	snprintf(path, sizeof path, "%s/keys/log.key", dir);
	if (keyfile_format(&text, &k, &e) != OK || (f = fopen(path, "w")) == NULL ||
	    fwrite(text.data, 1, text.len, f) != text.len || fclose(f) != 0 || chmod(path, 0600) != 0)
		die("key", &e);
	buf_wipe(&text);
	sign_from_seed(key, k.seed);
}

static void
remove_all(void)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/keys/log.key", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/keys", dir);
	rmdir(path);
	rmdir(dir);
}

/* Microseconds a checkpoint, each one larger than the last: the best of some rounds. */
static double
measure(const struct note_signer *s)
{
	struct checkpoint c = { .origin = NAME };
	struct buf note = { 0 };
	int64_t best = INT64_MAX;
	struct err e;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t start = monotonic_us(), took;

		for (int i = 0; i < PER_ROUND; i++) {
			c.size = ++size;
			buf_reset(&note);
			if (checkpoint_sign(&note, &c, s, &e) != OK)
				die("checkpoint_sign", &e);
		}
		took = monotonic_us() - start;
		best = took < best ? took : best;
	}
	buf_free(&note);
	return (double)best / PER_ROUND;
}

/* The round trip alone: a request that is refused at once. */
static double
measure_trip(const struct note_signer *s)
{
	int64_t start = monotonic_us();
	uint8_t sig[SIGN_BYTES];
	struct err e;

	for (int i = 0; i < PER_ROUND; i++)
		if (s->sign(s->ctx, "x", 1, sig, &e) != ERR_INPUT)
			die("refusal", &e);
	return (double)(monotonic_us() - start) / PER_ROUND;
}

static long
status_kb(long pid, const char *name)
{
	char path[64], line[200];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/status", pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtol(line + strlen(name), NULL, 10);
	fclose(f);
	return kb;
}

int
main(int argc, char **argv)
{
	struct holder_options o = { .dir = dir };
	struct sign_key key;
	struct note_signer local;
	struct signer *s = NULL;
	struct err e;
	int64_t start;
	double in, through, trip;
	long began;

	if (crypt_init(&e) != OK)
		die("crypt_init", &e);
	if (argc == 3 && strcmp(argv[1], "signer") == 0)
		return child_run(process_from(argv[2]), &clock_system, &e);
	make_key(&key);
	if (vkey_signer(&local, NAME, VKEY_ED25519, &key, &e) != OK)
		die("vkey_signer", &e);
	o.program = access(PROGRAM, X_OK) == 0 ? PROGRAM : NULL;
	start = monotonic_us();
	if (signer_start(&s, &o, &e) != OK)
		die("signer_start", &e);
	began = (long)(monotonic_us() - start);
	in = measure(&local);
	through = measure(signer_log(s, 0));
	trip = measure_trip(signer_log(s, 0));
	printf("signing in this process: %.1f us a checkpoint (%.0f/s)\n", in, 1e6 / in);
	printf("signing by the signer, and verifying what it gave: %.1f us (%.0f/s); a refused round trip: %.1f us\n",
	    through, 1e6 / through, trip);
	printf("signer (%s): started in %.1f ms; resident %ld KB, of which its own %ld KB\n", o.program == NULL ? "bench" : PROGRAM,
	    (double)began / 1000, status_kb(signer_pid(s), "VmRSS:"), status_kb(signer_pid(s), "RssAnon:"));
	signer_stop(s);
	remove_all();
	return 0;
}
