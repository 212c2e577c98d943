#include "guard/child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/keeper.h"

#define EXIT_BROKEN 70			/* EX_SOFTWARE of sysexits.h */

static struct keeper self;		/* static: nothing is allocated once the process is locked in */

static int
open_keys(struct keeper *k, const struct frame_open *o, struct err *e)
{
	char user[FRAME_USER_MAX + 1], dir[FRAME_DIR_MAX + 1];
	int rc = vault_load(k->vault, k->role, o, e);

	if (rc != OK)
		return rc;
	snprintf(user, sizeof user, "%.*s", (int)o->user.len, o->user.s);
	snprintf(dir, sizeof dir, "%.*s", (int)o->dir.len, o->dir.s);
	if ((rc = process_user(user, &k->report, e)) == OK)
		rc = process_confine(k->role, dir, NULL, 0, &k->report, e);
	return rc;
}

static bool
write_all(const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(CHILD_FD, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* One request. The exit status, or -1 to go on. */
static int
serve_one(struct keeper *k)
{
	static uint8_t out[FRAME_HEAD_BYTES + FRAME_BODY_MAX];
	struct frame *f = &k->vault->frame;
	uint8_t head[FRAME_HEAD_BYTES];

	if (!frame_receive(CHILD_FD, head, sizeof head))
		return 0;
	if (!frame_head(f, head))
		return EXIT_BROKEN;
	if (!frame_receive(CHILD_FD, f->body, f->len))
		return 0;
	switch (keeper_answer(k, f)) {
	case KEEPER_ANSWER:
		return write_all(out, frame_bytes(f, out)) ? -1 : 0;
	case KEEPER_QUIT:
		return 0;
	case KEEPER_BROKEN:
		break;
	}
	return EXIT_BROKEN;
}

int
child_run(enum process role, const struct clock *clock, struct err *e)
{
	int type = 0, status, rc;
	socklen_t len = sizeof type;

	if (getsockopt(CHILD_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM)
		return err_set(e, ERR_INPUT, "the %s is started by `diwan serve`, not by hand", process_name(role));
	self.role = role;
	self.clock = clock;
	self.open_keys = open_keys;
	if ((rc = process_begin(role, CHILD_FD, &self.report, e)) != OK || (rc = vault_new(&self.vault, &self.report, e)) != OK)
		return rc;
	while ((status = serve_one(&self)) < 0)
		;
	explicit_bzero(self.vault, sizeof *self.vault);
	_exit(status);			/* no handlers of exit(3): they would need calls that are forbidden now */
}
