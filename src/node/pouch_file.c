/* The file of a pouch: two passes over it, and what the first sets aside. */
#include "node/pouch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/files.h"

/* ---- the encrypted file as a source ---- */

static int
read_file(void *ctx, void *out, size_t cap, size_t *len, struct err *e)
{
	struct pouch_file *f = ctx;
	ssize_t n;

	while ((n = read(f->fd, out, cap)) < 0 && errno == EINTR)
		;
	if (n < 0)
		return file_failed(f->path, e);
	f->at += (uint64_t)n;
	*len = (size_t)n;
	if (f->progress != NULL && f->progress(f->ctx, f->doing, f->at, f->size) != 0)
		return err_set(e, ERR_STOP, "%s: stopped; what was taken in stays, open it again to go on", f->path);
	return OK;
}

int
pouch_file_start(struct pouch_file *f, struct err *e)
{
	struct age_source source = { read_file, f };
	char own[AGE_RECIPIENT_CHARS + 1];
	int rc;

	f->at = 0;
	if (lseek(f->fd, 0, SEEK_SET) != 0)
		return file_failed(f->path, e);
	if ((rc = age_reader_open(&f->age, f->id, f->ids, source, e)) != ERR_DENIED)
		return rc == OK ? OK : err_at(e, "%s", f->path);
	age_recipient_format(own, &f->id[0].public);
	return err_set(e, ERR_DENIED, "%s: this pouch is not for the key of this node, %s. It was made for somebody else, or for a "
	    "key that this node had before, or was damaged at its beginning; ask its sender to pack again with your present card",
	    f->path, own);
}

/* ---- first pass ---- */

static int
first_head(void *ctx, const struct pouch_head *h, struct err *e)
{
	(void)e;
	((struct pouch_file *)ctx)->told->head = *h;
	return OK;
}

static int
first_part(void *ctx, const struct pouch_part *p, struct err *e)
{
	struct pouch_told *t = ((struct pouch_file *)ctx)->told;

	(void)e;
	t->tiles += p->kind == POUCH_TILE;
	t->streams += p->kind == POUCH_PAYLOADS;
	t->blobs += p->kind == POUCH_BLOB;
	t->payload_bytes += p->kind == POUCH_PAYLOADS ? p->size : 0;
	return OK;
}

static int
first_bytes(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *e)
{
	struct pouch_file *f = ctx;
	struct buf *b = p->kind == POUCH_CHECKPOINT ? &f->checkpoint : p->kind == POUCH_COSIGNED ? &f->cosigned :
	    p->kind == POUCH_SEEN ? &f->seen : NULL;

	if (b != NULL)
		return buf_add(b, bytes, len) ? OK : err_set(e, ERR_NOMEM, "no memory to open a pouch");
	if (p->kind != POUCH_TILE || f->spool < 0)
		return OK;
	f->spooled += len;
	return file_write(f->spool, "the folder " POUCH_FOLDER " of the node", bytes, len, e);
}

static int
first_pass(struct pouch_file *f, struct err *e)
{
	struct pouch_reader r = { .ctx = f, .head = first_head, .part = first_part, .bytes = first_bytes };
	const uint8_t *bytes;
	size_t len = 0;
	int rc = pouch_file_start(f, e);

	if (rc != OK)
		return rc;
	do {
		if ((rc = age_read(f->age, &bytes, &len, e)) == OK && len > 0)
			rc = pouch_feed(&r, bytes, len, e);
	} while (rc == OK && len > 0);
	if (rc == OK)
		rc = pouch_feed_end(&r, e);
	age_reader_free(f->age);
	f->age = NULL;
	return rc == OK || rc == ERR_STOP ? rc : err_at(e, "%s: nothing of it was taken in", f->path);
}

int
pouch_file_open(struct pouch_file *f, const char *path, const char *spool_dir, struct err *e)
{
	struct stat st = { .st_size = 0 };
	int rc = OK;

	f->path = path;
	f->spool = -1;
	f->doing = "checking";
	if ((f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0 || fstat(f->fd, &st) != 0)
		rc = file_failed(path, e);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_INPUT, "%s: is no file; a pouch is read twice, so copy it into one first", path);
	f->size = f->told->file_bytes = (uint64_t)st.st_size;
	if (rc == OK && spool_dir != NULL)
		rc = pouch_disk_spool(spool_dir, &f->spool, e);
	if (rc == OK)
		rc = first_pass(f, e);
	if (rc != OK)
		pouch_file_close(f);
	return rc;
}

void
pouch_file_close(struct pouch_file *f)
{
	age_reader_free(f->age);
	explicit_bzero(f->id, sizeof f->id);
	if (f->fd >= 0)
		close(f->fd);
	if (f->spool >= 0)
		close(f->spool);
	buf_free(&f->checkpoint);
	buf_free(&f->cosigned);
	buf_free(&f->seen);
	buf_free(&f->content);
	f->age = NULL;
	f->fd = f->spool = -1;
}

int
pouch_file_tile(struct pouch_file *f, uint64_t offset, size_t len, struct buf *out, struct err *e)
{
	uint8_t *room = buf_room(out, len);

	if (room == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a tile");
	for (size_t have = 0; have < len;) {
		ssize_t n = pread(f->spool, room + have, len - have, (off_t)(offset + have));

		if (n == 0 || (n < 0 && errno != EINTR))
			return err_set(e, ERR_IO, "what was set aside of a pouch cannot be read back: %s", n == 0 ? "it is short" :
			    strerror(errno));
		have += n > 0 ? (size_t)n : 0;
	}
	out->len += len;
	return OK;
}

/* ---- second pass ---- */

static int
second_part(void *ctx, const struct pouch_part *p, struct err *e)
{
	struct pouch_file *f = ctx;

	(void)e;
	f->part = *p;
	f->part.from = p->kind == POUCH_PAYLOADS ? p->from : 0;
	buf_reset(&f->content);
	return OK;
}

static int
second_bytes(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *e)
{
	struct pouch_file *f = ctx;

	if (p->kind < POUCH_PAYLOADS)
		return OK;
	return buf_add(&f->content, bytes, len) ? OK : err_set(e, ERR_NOMEM, "no memory to open a pouch");
}

static int
second_done(void *ctx, const struct pouch_part *p, struct err *e)
{
	(void)e;
	((struct pouch_file *)ctx)->ready = p->kind >= POUCH_PAYLOADS;
	return OK;
}

/* How far the reader may be fed without passing the end of a part or piece. */
static size_t
step(const struct pouch_file *f)
{
	const struct pouch_reader *r = &f->reader;
	uint64_t most = r->state == POUCH_AT_HEADER || r->state == POUCH_AT_END ? POUCH_BLOCK - r->have : r->left;

	if (r->state == POUCH_IN_PART && r->now.kind == POUCH_BLOB && most > STORE_BLOB_PART - f->content.len)
		most = STORE_BLOB_PART - f->content.len;
	return f->chunk_left < most ? f->chunk_left : (size_t)most;
}

static int
start_second(struct pouch_file *f, struct err *e)
{
	f->doing = "opening";
	f->reader = (struct pouch_reader){ .ctx = f, .part = second_part, .bytes = second_bytes, .done = second_done };
	return pouch_file_start(f, e);
}

int
pouch_file_next(struct pouch_file *f, struct err *e)
{
	int rc = f->age == NULL ? start_second(f, e) : OK;

	if (f->part.kind == POUCH_BLOB && !f->ready)
		f->part.from += f->content.len;		/* of a blob: where its next piece begins */
	f->ready = false;
	buf_reset(&f->content);
	while (rc == OK) {
		size_t some;

		if (f->chunk_left == 0 && ((rc = age_read(f->age, &f->chunk, &f->chunk_left, e)) != OK || f->chunk_left == 0))
			break;
		some = step(f);
		rc = pouch_feed(&f->reader, f->chunk, some, e);
		f->chunk += some;
		f->chunk_left -= some;
		if (rc == OK && (f->ready || (f->part.kind == POUCH_BLOB && f->content.len == STORE_BLOB_PART)))
			return 1;
	}
	if (rc == OK)
		rc = pouch_feed_end(&f->reader, e);
	return rc;
}
