#include "cli/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "crypt/hash.h"
#include "record/tables.h"

#define MEDIA_MAX 100			/* bytes, as in fields.def */

/* Formats that are looked at, not run. What is not here is bytes. */
static const struct { const char *end, *media; } known[] = {
	{ ".pdf", "application/pdf" }, { ".txt", "text/plain" }, { ".csv", "text/csv" }, { ".json", "application/json" },
	{ ".geojson", "application/geo+json" }, { ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" },
	{ ".tif", "image/tiff" }, { ".tiff", "image/tiff" }, { ".mp3", "audio/mpeg" }, { ".mp4", "video/mp4" }
};

static const char *
media_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof known / sizeof known[0]; i++)
		if (strcasecmp(dot, known[i].end) == 0)
			return known[i].media;
	return "application/octet-stream";
}

/* "type/subtype" of RFC 6838's characters, and perhaps parameters. */
static int
check_media(const char *media, struct err *e)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+";
	size_t type = strspn(media, chars), sub = media[type] == '/' ? strspn(media + type + 1, chars) : 0;
	const char *rest = media + type + 1 + sub;

	if (type > 0 && sub > 0 && (*rest == '\0' || *rest == ';') && strlen(media) <= MEDIA_MAX)
		return OK;
	return err_set(e, ERR_USAGE, "--media: \"%.100s\" is no media type; write it as application/pdf", media);
}

static int
open_file(const char *path, int *fd, uint64_t *size, struct err *e)
{
	struct stat st;
	int rc = OK;

	if ((*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, strerror(errno));
	if (fstat(*fd, &st) != 0)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_USAGE, "%s: is no file that can be read twice; copy it into one first", path);
	else if ((uint64_t)st.st_size > STORE_BLOB_MAX)
		rc = err_set(e, ERR_LIMIT, "%s: has %lld bytes; an attachment has at most %u", path, (long long)st.st_size,
		    STORE_BLOB_MAX);
	if (rc != OK)
		close(*fd);
	*size = rc == OK ? (uint64_t)st.st_size : 0;
	return rc;
}

/* A whole part, unless the file ends. */
static int
read_part(int fd, const char *path, uint8_t *part, size_t *len, struct err *e)
{
	ssize_t n = 1;

	for (*len = 0; *len < STORE_BLOB_PART && n != 0; *len += n > 0 ? (size_t)n : 0)
		if ((n = read(fd, part + *len, STORE_BLOB_PART - *len)) < 0 && errno != EINTR)
			return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return OK;
}

int
attach_read(struct attach *x, const char *path, const char *media, const char *title, struct err *e)
{
	struct buf part = { 0 };
	struct digest d;
	struct hash h;
	size_t len = 1;
	int fd, rc;

	*x = (struct attach){ .path = path, .media = media == NULL ? media_of(path) : media, .title = title };
	if ((media != NULL && (rc = check_media(media, e)) != OK) || (rc = open_file(path, &fd, &x->bytes, e)) != OK)
		return rc;
	if (buf_room(&part, STORE_BLOB_PART) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to read %s", path);
	hash_start(&h);
	for (x->bytes = 0; rc == OK && len > 0; x->bytes += len) {
		if ((rc = read_part(fd, path, part.data, &len, e)) != OK)
			break;
		hash_add(&h, part.data, len);
		if (x->bytes + len > STORE_BLOB_MAX)
			rc = err_set(e, ERR_LIMIT, "%s: grows while it is read; an attachment has at most %u bytes", path,
			    STORE_BLOB_MAX);
	}
	hash_done(&h, &d);
	memcpy(x->hash, d.b, sizeof x->hash);
	hex_encode(x->hex, d.b, sizeof d.b);
	buf_free(&part);
	close(fd);
	return rc;
}

/* ---- putting it in ---------------------------------------------------------------------------------------------------- */

/* One part; *${whole}: no more is wanted. */
static int
put_part(const struct attach *x, struct local *l, uint64_t at, const void *bytes, size_t len, bool *whole, struct err *e)
{
	static const struct json_limits limits = { 4096, 4, 16 };
	struct arena a = { 0 };
	struct buf out = { 0 };
	const struct json *v;
	struct json *root;
	struct blob now;
	char path[200];
	int rc;

	if (l->node != NULL) {
		rc = node_blob_put(l->node, x->hash, x->bytes, at, bytes, len, &now, e);
		*whole = rc == OK && now.whole;
		return rc;
	}
	snprintf(path, sizeof path, "/control/blob?hash=%s&size=%" PRIu64 "&at=%" PRIu64, x->hex, x->bytes, at);
	if ((rc = local_call(l, "POST", path, bytes, len, &out, e)) == OK &&
	    (rc = json_parse(&a, buf_cstr(&out), out.len, &limits, &root, e)) == OK)
		*whole = (v = json_get(root, "whole")) != NULL && v->type == JSON_TRUE;
	arena_free(&a);
	buf_free(&out);
	return rc;
}

static void
drop(const struct attach *x, struct local *l)
{
	struct buf out = { 0 };
	struct err e;
	char path[200];

	/* If this fails too, the node's housekeeping drops it within the hour. */
	snprintf(path, sizeof path, "/control/blob-drop?hash=%s", x->hex);
	if (l->node != NULL)
		(void)node_blob_drop(l->node, x->hash, &e);
	else
		(void)local_call(l, "POST", path, NULL, 0, &out, &e);
	buf_free(&out);
}

static int
send_parts(const struct attach *x, struct local *l, int fd, uint8_t *part, struct err *e)
{
	bool whole = false;
	uint64_t at = 0;
	size_t len;
	int rc;

	do {
		if ((rc = read_part(fd, x->path, part, &len, e)) != OK || (rc = put_part(x, l, at, part, len, &whole, e)) != OK)
			return rc;
		at += len;
	} while (!whole && at < x->bytes && len == STORE_BLOB_PART);
	return whole ? OK : err_set(e, ERR_VERIFY, "%s: is shorter than it was a moment ago; attach it again", x->path);
}

int
attach_send(const struct attach *x, struct local *l, struct err *e)
{
	struct buf part = { 0 };
	uint64_t size;
	int fd, rc = open_file(x->path, &fd, &size, e);

	if (rc != OK)
		return rc;
	if (buf_room(&part, STORE_BLOB_PART) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to read %s", x->path);
	else if ((rc = send_parts(x, l, fd, part.data, e)) != OK)
		drop(x, l);
	buf_free(&part);
	close(fd);
	return rc;
}

/* ---- naming it --------------------------------------------------------------------------------------------------------- */

void
attach_json(const struct attach *x, struct buf *out)
{
	struct json_out o = { out, false };

	jo_open(&o, NULL, '{');
	jo_str(&o, "sha256", x->hex);
	jo_int(&o, "bytes", (int64_t)x->bytes);
	jo_str(&o, "media", x->media);
	if (x->title != NULL)
		jo_str(&o, "title", x->title);
	jo_close(&o, '}');
}

static bool
has_place(const struct json *root)
{
	const struct json *code = json_get(root, "kind");
	enum kind kind = code != NULL && code->type == JSON_STRING ? kind_from(code->str, code->len) : KIND_NONE;
	const struct field *f;
	unsigned hint = 0;

	if (kind == KIND_NONE)
		return false;
	f = tables_find_field(tables_kind[kind].body, "documents", 9, &hint);
	return f != NULL && f->type == FT_STRUCT && f->arg == S_BLOB && f->shape == SHAPE_LIST;
}

int
attach_into(const struct attach *x, const char *text, size_t len, struct buf *out, struct err *e)
{
	static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	const struct json *body, *list;
	struct arena a = { 0 };
	struct json *root;
	size_t at;
	int rc = json_parse(&a, text, len, &limits, &root, e);

	body = rc == OK ? json_get(root, "body") : NULL;
	list = json_get(body, "documents");
	if (rc == OK && (body == NULL || body->type != JSON_OBJECT || !has_place(root)))
		rc = err_set(e, ERR_USAGE, "--attach: a record of this kind has no \"documents\"; `diwan kinds` shows where "
		    "attachments may stand, `diwan attach` puts one in");
	else if (rc == OK && list != NULL && list->type != JSON_ARRAY)
		rc = err_set(e, ERR_INPUT, "body.documents: must be a list");
	if (rc == OK) {
		at = (list != NULL ? list->offset : body->offset) + 1;	/* after the bracket */
		buf_reset(out);
		buf_add(out, text, at);
		buf_str(out, list != NULL ? "" : "\"documents\":[");
		attach_json(x, out);
		buf_str(out, list != NULL ? "" : "]");
		buf_str(out, (list != NULL ? list : body)->count > 0 ? "," : "");
		buf_add(out, text + at, len - at);
		rc = out->failed ? err_set(e, ERR_NOMEM, "no memory to attach %s", x->path) : OK;
	}
	arena_free(&a);
	return rc;
}
