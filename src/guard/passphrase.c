#include "guard/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <uninorm.h>
#include <unistd.h>

#include "base/text.h"

#define CTRL_C 3
#define CTRL_D 4

void
passphrase_wipe(struct passphrase *p)
{
	explicit_bzero(p, sizeof *p);
}

/* Bytes that are no text stay as they are. At most three times as long (Unicode, UAX 15), so that the buffer is used. */
static bool
normalise(struct passphrase *p)
{
	uint8_t nfc[3 * sizeof p->text], *got;
	size_t len = sizeof nfc;
	bool good = true;

	if (utf8_valid((const uint8_t *)p->text, p->len) != p->len || text_is_nfc((const uint8_t *)p->text, p->len))
		return true;
	got = u8_normalize(UNINORM_NFC, (const uint8_t *)p->text, p->len, nfc, &len);
	if (got == NULL || len > sizeof p->text) {
		good = false;
	} else {
		memcpy(p->text, got, len);
		p->len = len;
	}
	if (got != NULL && got != nfc)
		free(got);
	explicit_bzero(nfc, sizeof nfc);
	return good;
}

static int
finish(struct passphrase *p, const char *from, struct err *e)
{
	if (p->len > 0 && p->text[p->len - 1] == '\n')
		p->len--;
	if (!normalise(p))
		return err_set(e, ERR_LIMIT, "%s: the passphrase cannot be normalised", from);
	if (p->len > FRAME_PASSPHRASE_MAX)
		return err_set(e, ERR_LIMIT, "%s: the passphrase is longer than %d bytes", from, FRAME_PASSPHRASE_MAX);
	if (p->len == 0)
		return err_set(e, ERR_INPUT, "%s: the passphrase is empty", from);
	return OK;
}

/* To the end, or one byte more than a passphrase and its line end can have. */
static int
read_fd(struct passphrase *p, int fd, const char *from, struct err *e)
{
	ssize_t n = 0;

	while (p->len < sizeof p->text && ((n = read(fd, p->text + p->len, sizeof p->text - p->len)) > 0 ||
	    (n < 0 && errno == EINTR)))
		p->len += n > 0 ? (size_t)n : 0;
	if (n < 0)
		return err_set(e, ERR_IO, "%s: %s", from, strerror(errno));
	return finish(p, from, e);
}

/* One line, byte by byte so that nothing stays in a buffer of the C library. Ctrl-C comes as a byte: see ask(). */
static int
read_line(struct passphrase *p, int tty, struct err *e)
{
	char c;
	ssize_t n;

	while (p->len < sizeof p->text && ((n = read(tty, &c, 1)) == 1 || (n < 0 && errno == EINTR))) {
		if (n < 0)
			continue;
		if (c == CTRL_C || c == CTRL_D)
			return err_set(e, ERR_STOP, "no passphrase given");
		if (c == '\n' || c == '\r')
			break;
		p->text[p->len++] = c;
	}
	return finish(p, "terminal", e);
}

/* Echo off, and no signals by keys, or Ctrl-C would leave the terminal without echo. */
static int
ask(struct passphrase *p, const char *prompt, struct err *e)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), rc;
	struct termios old, quiet;

	if (tty < 0)
		return err_set(e, ERR_DENIED, "the keys are sealed and there is no terminal to ask for the passphrase; give it as "
		    "the systemd credential diwan-passphrase, or by a descriptor");
	p->asked = true;
	if (tcgetattr(tty, &old) != 0) {
		rc = err_set(e, ERR_IO, "terminal: %s", strerror(errno));
		close(tty);
		return rc;
	}
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOF] = _POSIX_VDISABLE;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0 || dprintf(tty, "%s", prompt) < 0)
		rc = err_set(e, ERR_IO, "terminal: %s", strerror(errno));
	else
		rc = read_line(p, tty, e);
	tcsetattr(tty, TCSAFLUSH, &old);
	dprintf(tty, "\n");
	close(tty);
	return rc;
}

static int
get(struct passphrase *out, int fd, bool may_ask, const char *prompt, struct err *e)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[4352];
	int file = -1, rc;

	if (dir != NULL && snprintf(path, sizeof path, "%s/diwan-passphrase", dir) < (int)sizeof path)
		file = open(path, O_RDONLY | O_CLOEXEC);
	if (file >= 0) {
		rc = read_fd(out, file, path, e);
		close(file);
		return rc;
	}
	if (fd > 0)
		return read_fd(out, fd, "passphrase descriptor", e);
	if (may_ask)
		return ask(out, prompt, e);
	return err_set(e, ERR_DENIED, "the keys are sealed; give the passphrase as the systemd credential diwan-passphrase, by a "
	    "descriptor, or at a terminal");
}

int
passphrase_get(struct passphrase *out, int fd, bool may_ask, const char *prompt, struct err *e)
{
	int rc;

	memset(out, 0, sizeof *out);
	rc = get(out, fd, may_ask, prompt, e);
	if (rc != OK)
		passphrase_wipe(out);
	return rc;
}
