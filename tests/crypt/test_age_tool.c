/* Both directions against the age program (Debian package age), where it is installed: what one writes the other reads. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt/agefile.h"
#include "crypt/crypt.h"
#include "tap.h"

extern char **environ;

static struct err e;
static char dir[] = "/tmp/diwan-age.XXXXXX";
static uint8_t text[300000];

static const char *
path(const char *name)
{
	static char full[4][64];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(full[turn], sizeof full[turn], "%s/%s", dir, name);
	return full[turn];
}

/* Run a program with up to six arguments; its exit code, 127 if there is no such program. */
static int
run(const char *program, const char *a, const char *b, const char *c, const char *d, const char *f, const char *g)
{
	const char *argv[] = { program, a, b, c, d, f, g, NULL };
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, path("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(&pid, program, &quiet, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (status != 0 || waitpid(pid, &status, 0) != pid)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

static void
put(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(path(name), "wb");

	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
		ok(false, "%s is written", name);
}

static void
get(struct buf *out, const char *name)
{
	FILE *f = fopen(path(name), "rb");
	uint8_t chunk[65536];
	size_t n;

	buf_reset(out);
	while (f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(out, chunk, n);
	if (f != NULL)
		fclose(f);
}

static bool
same(const struct buf *got, size_t len)
{
	return got->len == len && (len == 0 || memcmp(got->data, text, len) == 0);
}

static void
test_both_ways(const struct age_identity *id, const struct age_identity *other)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, sizeof text };
	const struct age_recipient both[2] = { other->public, id->public };
	char to[AGE_RECIPIENT_CHARS + 1], to_other[AGE_RECIPIENT_CHARS + 1];
	struct buf file = { 0 }, out = { 0 };

	age_recipient_format(to, &id->public);
	age_recipient_format(to_other, &other->public);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		buf_reset(&file);
		agefile_make(&file, both, 2, text, sizes[i], 5000, &e);
		put("ours.age", file.data, file.len);
		unlink(path("plain"));
		is(run("age", "-d", "-i", path("id"), "-o", path("plain"), path("ours.age")), 0, "age opens our file");
		get(&out, "plain");
		ok(same(&out, sizes[i]), "%zu bytes", sizes[i]);
		put("plain", text, sizes[i]);
		unlink(path("theirs.age"));
		is(run("age", "-r", to, "-o", path("theirs.age"), path("plain"), NULL), 0, "age makes a file");
		get(&file, "theirs.age");
		buf_reset(&out);
		is(agefile_open(&out, id, 1, file.data, file.len, 1000, &e), OK, "which we open");
		ok(same(&out, sizes[i]), "%zu bytes", sizes[i]);
		is(agefile_open(&out, other, 1, file.data, file.len, 0, &e), ERR_DENIED, "but not with another key");
	}
	is(run("age", "-r", to, "-r", to_other, "-o", path("theirs.age")), 0, "age makes a file for two");
	get(&file, "theirs.age");
	is(agefile_open(&out, id, 1, file.data, file.len, 0, &e), OK, "one opens it");
	is(agefile_open(&out, other, 1, file.data, file.len, 0, &e), OK, "and the other");
	is(run("age", "-a", "-r", to, "-o", path("theirs.age"), path("plain")), 0, "age makes an armoured file");
	get(&file, "theirs.age");
	is(agefile_open(&out, id, 1, file.data, file.len, 0, &e), ERR_INPUT, "which we do not read");
	buf_free(&file);
	buf_free(&out);
}

/* age-keygen's key, our reading; our key, age-keygen's reading. */
static void
test_keys(struct age_identity *theirs, const struct age_identity *ours)
{
	char secret[AGE_IDENTITY_CHARS + 1], to[AGE_RECIPIENT_CHARS + 1];
	const char *line;
	struct buf out = { 0 };

	get(&out, "id");
	line = strstr(buf_cstr(&out), "AGE-SECRET-KEY-1");
	is(line == NULL ? ERR_INPUT : age_identity_parse(theirs, line, strcspn(line, "\n"), &e), OK, "age-keygen's key is read");
	age_recipient_format(to, &theirs->public);
	ok(strstr(buf_cstr(&out), to) != NULL, "and has the recipient that age-keygen says: %s", to);
	age_identity_format(secret, ours);
	put("ours", secret, strlen(secret));
	is(run("age-keygen", "-y", path("ours"), NULL, NULL, NULL, NULL), 0, "age-keygen reads our key");
	get(&out, "said");
	age_recipient_format(to, &ours->public);
	ok(strncmp(buf_cstr(&out), to, strlen(to)) == 0, "and says our recipient: %s", to);
	buf_free(&out);
}

int
main(void)
{
	static const char *const names[] = { "id", "ours", "ours.age", "theirs.age", "plain", "said" };
	struct age_identity theirs = { 0 }, ours;

	crypt_init(&e);
	if (mkdtemp(dir) == NULL)
		return 1;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 13 + i / 199);
	age_identity_from_seed(&ours, (const uint8_t *)"our own seed of thirty-two bytes");
	if (run("age-keygen", "-o", path("id"), NULL, NULL, NULL, NULL) == 127 ||
	    run("age", "--version", NULL, NULL, NULL, NULL, NULL) == 127) {
		skip("the program age is not installed", 51);
	} else {
		test_keys(&theirs, &ours);
		test_both_ways(&theirs, &ours);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path(names[i]));
	rmdir(dir);
	return tap_done();
}
