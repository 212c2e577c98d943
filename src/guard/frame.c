#include "guard/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wire.h"

#define TEXT_MAX 767			/* of a refusal: what struct err holds */

bool
frame_receive(int fd, uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool
frame_head(struct frame *f, const uint8_t head[FRAME_HEAD_BYTES])
{
	f->type = head[0];
	f->key = head[1];
	f->len = (uint16_t)(head[2] << 8 | head[3]);
	return f->len <= FRAME_BODY_MAX;
}

size_t
frame_bytes(const struct frame *f, uint8_t out[FRAME_HEAD_BYTES + FRAME_BODY_MAX])
{
	out[0] = f->type;
	out[1] = f->key;
	out[2] = (uint8_t)(f->len >> 8);
	out[3] = (uint8_t)f->len;
	memcpy(out + FRAME_HEAD_BYTES, f->body, f->len);
	return FRAME_HEAD_BYTES + (size_t)f->len;
}

void
frame_refusal(struct frame *f, int rc, const struct err *e)
{
	size_t n = strnlen(e->text, TEXT_MAX);

	f->type = (uint8_t)-rc;
	f->key = 0;
	f->len = (uint16_t)n;
	memcpy(f->body, e->text, n);
}

int
frame_refused(const struct frame *f, struct err *e)
{
	if (f->type == 0 || f->type > -ERR_STOP || f->len > TEXT_MAX || utf8_valid(f->body, f->len) != f->len)
		return err_set(e, ERR_IO, "the process that holds the keys answered in a way that is not understood");
	return err_set(e, -(int)f->type, "%.*s", (int)f->len, (const char *)f->body);
}

/* ---- parts ---- */

/* A writer that stops at the body's end. */
static bool
put(struct frame *f, const void *bytes, size_t len)
{
	if (len > (size_t)FRAME_BODY_MAX - f->len)
		return false;
	memcpy(f->body + f->len, bytes, len);
	f->len = (uint16_t)(f->len + len);
	return true;
}

static bool
put_number(struct frame *f, uint32_t v, unsigned bytes)
{
	uint8_t p[4];

	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
	return put(f, p, bytes);
}

static bool
put_text(struct frame *f, const char *s, size_t len, size_t max)
{
	return len <= max && put_number(f, (uint32_t)len, 2) && put(f, s, len);
}

static struct frame_text
take_text(struct wire *w, size_t max, bool any_bytes)
{
	size_t len = wire_u16(w);
	const char *s = (const char *)wire_bytes(w, len);

	if (s == NULL || len > max || (!any_bytes && memchr(s, 0, len) != NULL)) {
		w->failed = true;
		return (struct frame_text){ "", 0 };
	}
	return (struct frame_text){ s, len };
}

bool
frame_write_open(struct frame *f, const struct frame_open *o)
{
	*f = (struct frame){ .type = FRAME_OPEN };
	return put_number(f, FRAME_VERSION, 1) && put_text(f, o->dir.s, o->dir.len, FRAME_DIR_MAX) &&
	    put_text(f, o->user.s, o->user.len, FRAME_USER_MAX) &&
	    put_text(f, o->passphrase.s, o->passphrase.len, FRAME_PASSPHRASE_MAX);
}

bool
frame_read_open(const struct frame *f, struct frame_open *o)
{
	struct wire w = wire_reader(f->body, f->len);

	if (wire_u8(&w) != FRAME_VERSION)
		return false;
	o->dir = take_text(&w, FRAME_DIR_MAX, false);
	o->user = take_text(&w, FRAME_USER_MAX, false);
	o->passphrase = take_text(&w, FRAME_PASSPHRASE_MAX, true);
	return wire_done(&w) && o->dir.len > 0;
}

bool
frame_write_hello(struct frame *f, const struct frame_hello *h)
{
	bool good = true;

	*f = (struct frame){ 0 };
	good = put_number(f, FRAME_VERSION, 1) && put_number(f, h->report.achieved, 4) &&
	    put_number(f, (uint32_t)h->report.landlock_abi, 1) &&
	    put_text(f, h->report.note, strlen(h->report.note), GUARD_NOTE_MAX - 1) && put_number(f, h->count, 1);
	for (unsigned i = 0; i < h->count && good; i++)
		good = put_number(f, (uint32_t)h->key[i].purpose, 1) &&
		    put_text(f, h->key[i].text, strlen(h->key[i].text), VKEY_TEXT_MAX - 1);
	return good;
}

bool
frame_read_hello(const struct frame *f, struct frame_hello *h)
{
	struct wire w = wire_reader(f->body, f->len);
	struct frame_text t;

	memset(h, 0, sizeof *h);
	if (wire_u8(&w) != FRAME_VERSION)
		return false;
	h->report.achieved = wire_u32(&w);
	h->report.landlock_abi = wire_u8(&w);
	t = take_text(&w, GUARD_NOTE_MAX - 1, false);
	memcpy(h->report.note, t.s, t.len);
	if ((h->count = wire_u8(&w)) > FRAME_KEYS_MAX)
		return false;
	for (unsigned i = 0; i < h->count; i++) {
		h->key[i].purpose = (enum keyfile_purpose)wire_u8(&w);
		t = take_text(&w, VKEY_TEXT_MAX - 1, false);
		memcpy(h->key[i].text, t.s, t.len);
	}
	return wire_done(&w);
}

void
frame_wipe(struct frame *f)
{
	explicit_bzero(f, sizeof *f);
}
