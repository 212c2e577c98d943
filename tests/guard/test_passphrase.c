/* Where a passphrase comes from, in which order; a terminal of straw asks for it without showing it. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>

#include "crypt/seal.h"
#include "folder.h"
#include "guard/child.h"
#include "guard/passphrase.h"
#include "guard/signer.h"

static struct passphrase got;
static struct err e;

/* A descriptor from which ${s} can be read, and then the end. */
static int
pipe_with(const void *s, size_t len)
{
	int p[2];

	if (pipe(p) != 0 || write(p[1], s, len) != (ssize_t)len) {
		printf("Bail out! no pipe\n");
		exit(1);
	}
	close(p[1]);
	return p[0];
}

static int
from_fd(const void *s, size_t len)
{
	int fd = pipe_with(s, len), rc = passphrase_get(&got, fd, false, "", &e);

	close(fd);
	return rc;
}

static void
is_now(const char *want, const char *name)
{
	ok(got.len == strlen(want) && memcmp(got.text, want, got.len) == 0, "%s", name);
}

static void
test_descriptor(void)
{
	static char big[FRAME_PASSPHRASE_MAX + 3];

	is(from_fd("open sesame\n", 12), OK, "a descriptor");
	is_now("open sesame", "its line end is not part of it");
	ok(!got.asked, "nobody was asked");
	is(from_fd("two \n\n", 6), OK, "two line ends");
	is_now("two \n", "only one is cut off, and no blank");
	is(from_fd("\n", 1), ERR_INPUT, "an empty line");
	is(from_fd("", 0), ERR_INPUT, "nothing at all");
	is(from_fd("caf" "e\xcc\x81", 6), OK, "a letter and its accent");
	is_now("caf\xc3\xa9", "become one");
	is(from_fd("\xff\xfe", 2), OK, "bytes that are no text");
	is_now("\xff\xfe", "stay as they are");
	memset(big, 'x', sizeof big);
	is(from_fd(big, FRAME_PASSPHRASE_MAX), OK, "the longest");
	is(from_fd(big, FRAME_PASSPHRASE_MAX + 1), ERR_LIMIT, "one byte more");
	ok(got.len == 0 && got.text[0] == 0, "a refused one is wiped");
	is(from_fd(big, sizeof big), ERR_LIMIT, "more than is read");
	is(passphrase_get(&got, 0, false, "", &e), ERR_DENIED, "from nowhere");
	ok(strstr(e.text, "systemd credential") != NULL, "says where it could come from");
	is(passphrase_get(&got, 900, false, "", &e), ERR_IO, "a descriptor that is none");
}

static void
test_credential(void)
{
	write_file(in_folder("diwan-passphrase"), "from systemd\n", 13, 0600);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	is(from_fd("from the descriptor", 19), OK, "a credential and a descriptor");
	is_now("from systemd", "the credential wins");
	remove(in_folder("diwan-passphrase"));
	is(from_fd("from the descriptor", 19), OK, "a folder of credentials without ours");
	is_now("from the descriptor", "the descriptor is next");
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* ---- a terminal ---- */

struct terminal {
	int fd;
	pid_t pid;
	char shown[4096];
	size_t len;
};

/* Read what the terminal shows until ${want} is in it, at most 20 seconds; NULL: until its end. */
static bool
shows(struct terminal *t, const char *want)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	while (want == NULL || strstr(t->shown, want) == NULL) {
		ssize_t n;

		if (t->len >= sizeof t->shown - 1 || poll(&p, 1, 20000) <= 0 ||
		    (n = read(t->fd, t->shown + t->len, sizeof t->shown - 1 - t->len)) <= 0)
			return want == NULL;
		t->len += (size_t)n;
		t->shown[t->len] = 0;
	}
	return true;
}

/* ${f} with this terminal as its own; what it exits with comes from ends_with. */
static void
at_terminal(struct terminal *t, int (*f)(void))
{
	*t = (struct terminal){ 0 };
	fflush(stdout);
	if ((t->pid = forkpty(&t->fd, NULL, NULL, NULL)) == 0)
		_exit(f());
	if (t->pid < 0) {
		printf("Bail out! no terminal\n");
		exit(1);
	}
}

static void
type(struct terminal *t, const char *s)
{
	if (write(t->fd, s, strlen(s)) != (ssize_t)strlen(s))
		exit(1);
}

static int
ends_with(struct terminal *t)
{
	int status = 0;

	shows(t, NULL);
	waitpid(t->pid, &status, 0);
	close(t->fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool
echoes(void)
{
	struct termios now;

	return tcgetattr(STDIN_FILENO, &now) == 0 && (now.c_lflag & ECHO) && (now.c_lflag & ISIG);
}

static int
asks(void)
{
	int rc = passphrase_get(&got, 0, true, "Passphrase: ", &e);

	if (!echoes())
		return 50;
	if (rc != OK)
		return -rc;
	return got.asked && got.len == 11 && memcmp(got.text, "open sesame", 11) == 0 ? 0 : 51;
}

static void
test_terminal(void)
{
	struct terminal t;

	at_terminal(&t, asks);
	ok(shows(&t, "Passphrase: "), "a terminal is asked");
	type(&t, "open sesame\n");
	is(ends_with(&t), 0, "what is typed is the passphrase, and the terminal is as before");
	ok(strstr(t.shown, "sesame") == NULL, "it was not shown");
	at_terminal(&t, asks);
	shows(&t, "Passphrase: ");
	type(&t, "open \x03");
	type(&t, "\n");
	is(ends_with(&t), -ERR_STOP, "Ctrl-C is a no, and the terminal is as before");
	at_terminal(&t, asks);
	shows(&t, "Passphrase: ");
	type(&t, "\n");
	is(ends_with(&t), -ERR_INPUT, "an empty line");
}

/* ---- the signer with sealed keys ---- */

static int
start_with(int fd, bool may_ask)
{
	struct holder_options o = { .dir = folder, .passphrase_fd = fd, .may_ask = may_ask };
	struct signer *s = NULL;
	int rc = signer_start(&s, &o, &e);

	signer_stop(s);
	if (fd > 0)
		close(fd);
	return rc;
}

static int
starts(void)
{
	return -start_with(0, true);
}

static void
test_signer(void)
{
	const struct seal_cost cheap = { 1, SEAL_MEM_MIN };
	struct keyfile k = { .purpose = KEYFILE_LOG, .name = LOG_NAME };
	struct buf text = { 0 };
	struct terminal t;

	must(seal_make(&text, &k, "open sesame", 11, &cheap, &rng_system, &e), "seal_make", &e);
	write_file(in_folder("keys/log.key"), text.data, text.len, 0600);
	buf_free(&text);
	is(start_with(0, false), ERR_DENIED, "sealed, and nobody to ask");
	is(start_with(pipe_with("open sesame\n", 12), false), OK, "by a descriptor");
	is(start_with(pipe_with("open barley\n", 12), false), ERR_DENIED, "a wrong one");
	ok(strstr(e.text, "log.key") != NULL && strstr(e.text, "barley") == NULL, "says: %s", e.text);
	at_terminal(&t, starts);
	ok(shows(&t, "Passphrase: ") && strstr(t.shown, "is sealed") != NULL, "at the terminal");
	type(&t, "open barley\n");
	t.len = 0;
	memset(t.shown, 0, sizeof t.shown);
	ok(shows(&t, "Passphrase: "), "a wrong one can be corrected");
	type(&t, "open sesame\n");
	is(ends_with(&t), 0, "and then it starts");
	at_terminal(&t, starts);
	for (int i = 0; i < 3; i++) {
		shows(&t, "Passphrase: ");
		t.len = 0;
		memset(t.shown, 0, sizeof t.shown);
		type(&t, "open barley\n");
	}
	is(ends_with(&t), -ERR_DENIED, "three wrong ones are enough");
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "signer") == 0)
		return crypt_init(&e) == OK ? child_run(process_from(argv[2]), &clock_system, &e) : 1;
	make_folder();
	unsetenv("CREDENTIALS_DIRECTORY");
	test_descriptor();
	test_credential();
	test_terminal();
	test_signer();
	remove_folder();
	return tap_done();
}
