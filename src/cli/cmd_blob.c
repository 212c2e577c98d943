/* blob: attachments that the viewer may see, because a record that names them is shown in full. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/present.h"
#include "cli/say.h"
#include "crypt/hash.h"
#include "exchange/blob.h"
#include "node/files.h"
#include "view/query.h"

#define LIST_MAX 65536u			/* attachments looked at by one list */

/* ---- which ---------------------------------------------------------------------------------------------------------------- */

struct names {				/* of one record */
	struct buf hashes;
	size_t count;
};

static int
take_name(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size)
{
	struct names *x = ctx;

	(void)size;
	for (size_t i = 0; i < x->count; i++)
		if (memcmp(x->hashes.data + i * RECORD_HASH_BYTES, hash, RECORD_HASH_BYTES) == 0)
			return OK;
	x->count++;
	return buf_add(&x->hashes, hash, RECORD_HASH_BYTES) ? OK : ERR_NOMEM;
}

/* The only attachment of a record. */
static int
name_by_record(const struct viewing *w, const char *name, struct judged *d, uint8_t hash[RECORD_HASH_BYTES], struct err *e)
{
	struct names x = { .count = 0 };
	struct buf why = { 0 };
	int rc;

	if (query_decide(&w->judge, d, &w->viewer, w->as_of) != LEVEL_FULL) {
		present_why(w, d, &w->viewer, &why);
		rc = err_set(e, ERR_DENIED, "%s: attachments go with the whole record only. %s", name, buf_cstr(&why));
		buf_free(&why);
		return rc;
	}
	if (record_blobs(&d->rec, take_name, &x) != OK)
		rc = err_set(e, ERR_NOMEM, "no memory to read %s", name);
	else if (x.count == 0)
		rc = err_set(e, ERR_NOTFOUND, "%s names no attachment", name);
	else if (x.count > 1)
		rc = err_set(e, ERR_INPUT, "%s names %zu attachments; give the SHA-256 of one, as `diwan show` prints it", name,
		    x.count);
	else
		rc = OK;
	if (rc == OK)
		memcpy(hash, x.hashes.data, RECORD_HASH_BYTES);
	buf_free(&x.hashes);
	return rc;
}

static int
find_named(const struct viewing *w, const char *name, uint8_t hash[RECORD_HASH_BYTES], struct err *e)
{
	struct arena a = { 0 };
	struct judged d;
	int64_t pos;
	int rc;

	if (hex_decode(hash, RECORD_HASH_BYTES, name, strlen(name))) {
		if ((rc = blob_visible(&w->judge, hash, NULL, &w->viewer, w->as_of, &pos, e)) == ERR_NOTFOUND)
			rc = err_set(e, ERR_NOTFOUND, "%s: no record that you see in full names it. %s", name, viewer_hint(w));
		return rc;
	}
	if ((rc = query_find(&w->judge, name, strlen(name), 0, &pos, e)) == OK && (rc = present_load(w, pos, &a, &d, e)) == OK)
		rc = name_by_record(w, name, &d, hash, e);
	arena_free(&a);
	return rc;
}

/* ---- get ------------------------------------------------------------------------------------------------------------------ */

/* Part by part, and compared once more on its way out. */
static int
copy_out(struct store_reader *r, const struct blob *b, int fd, const char *path, struct err *e)
{
	struct buf part = { 0 };
	struct digest d;
	struct hash h;
	int rc = OK;

	hash_start(&h);
	for (uint64_t at = 0; at < b->size && rc == OK; at += STORE_BLOB_PART) {
		buf_reset(&part);
		if ((rc = store_blob_read(r, b->hash, at, &part, e)) != OK)
			break;
		hash_add(&h, part.data, part.len);
		rc = file_write(fd, path, part.data, part.len, e);
	}
	hash_done(&h, &d);
	buf_free(&part);
	if (rc == OK && memcmp(d.b, b->hash, sizeof d.b) != 0)
		rc = err_set(e, ERR_VERIFY, "the attachment in the store has another hash than its name; run `diwan check`");
	return rc;
}

static int
get_to_file(struct store_reader *r, const struct blob *b, const char *path, struct err *e)
{
	int fd, rc = file_create(path, &fd, e);

	if (rc != OK)
		return rc;
	rc = copy_out(r, b, fd, path, e);
	if (close(fd) != 0 && rc == OK)
		rc = file_failed(path, e);
	if (rc != OK)
		unlink(path);
	return rc;
}

static int
get(struct cli *c, const struct viewing *w, struct store_reader *r, const char *name, struct err *e)
{
	const char *path = args_get(c, "out");
	uint8_t hash[RECORD_HASH_BYTES];
	struct blob b;
	int rc = find_named(w, name, hash, e);

	if (rc != OK)
		return rc;
	if ((rc = store_blob_get(r, hash, &b, e)) != OK && rc != ERR_NOTFOUND)
		return rc;
	if (rc == ERR_NOTFOUND || !b.whole)
		return err_set(e, ERR_NOTFOUND, "%s: it is not here yet: %" PRIu64 " bytes have come; `diwan status` says how its "
		    "originator is doing", name, rc == OK ? b.have : 0);
	if (path == NULL && c->tty_out)
		return err_set(e, ERR_USAGE, "what is in it may not be for a terminal; name a file: -o FILE");
	if (path == NULL || strcmp(path, "-") == 0)
		return copy_out(r, &b, STDOUT_FILENO, "standard output", e);
	return get_to_file(r, &b, path, e);
}

/* ---- list ----------------------------------------------------------------------------------------------------------------- */

struct listing {
	struct cli *cli;
	const struct viewing *w;
	struct store_reader *r;
	struct buf hashes, b;
	struct json_out o;
	uint64_t shown;
	struct err *e;
};

static int
take_hash(void *ctx, const struct row *row)
{
	struct listing *x = ctx;
	struct buf *h = &x->hashes;

	if (h->len > 0 && memcmp(h->data + h->len - RECORD_HASH_BYTES, row->v[0].bytes, RECORD_HASH_BYTES) == 0)
		return 0;
	if (h->len == (size_t)LIST_MAX * RECORD_HASH_BYTES)
		return err_set(x->e, ERR_LIMIT, "more than %u attachments; ask for those of a record by its label", LIST_MAX);
	return buf_add(h, row->v[0].bytes, RECORD_HASH_BYTES) ? 0 : err_set(x->e, ERR_NOMEM, "no memory to list attachments");
}

/* The struct BLOB in a record's body that names it. */
static const struct json *
find_blob(const struct json *v, const char *hex)
{
	const struct json *found = json_is(json_get(v, "sha256"), hex) ? v : NULL;

	for (const struct json *x = v->child; x != NULL && found == NULL; x = x->next)
		if (x->type == JSON_OBJECT || x->type == JSON_ARRAY)
			found = find_blob(x, hex);
	return found;
}

static void
put_line(struct listing *x, const char *hex, const struct blob *b, bool begun, int64_t pos, const struct json *named)
{
	const struct json *media = json_get(named, "media"), *title = json_get(named, "title"), *bytes = json_get(named, "bytes");
	const char *state = begun && b->whole ? "here" : begun && b->have > 0 ? "coming" : "missing";
	char label[LABEL_LEN];

	judge_label(label, &x->w->judge, pos);
	x->shown++;
	if (!x->cli->json) {
		say(x->cli, "%s  %10" PRId64 "  %-7s  %-10s  %.*s%s%.*s\n", hex, bytes == NULL ? 0 : bytes->num, state, label,
		    media == NULL ? 0 : (int)media->len, media == NULL ? "" : media->str, title == NULL ? "" : "  ",
		    title == NULL ? 0 : (int)title->len, title == NULL ? "" : title->str);
		return;
	}
	jo_open(&x->o, NULL, '{');
	jo_str(&x->o, "sha256", hex);
	jo_int(&x->o, "bytes", bytes == NULL ? 0 : bytes->num);
	jo_strn(&x->o, "media", media == NULL ? "" : media->str, media == NULL ? 0 : media->len);
	if (title != NULL)
		jo_strn(&x->o, "title", title->str, title->len);
	jo_str(&x->o, "record", label);
	jo_str(&x->o, "state", state);
	jo_close(&x->o, '}');
}

static int
list_one(struct listing *x, const uint8_t *hash)
{
	char hex[2 * RECORD_HASH_BYTES + 1];
	struct arena a = { 0 };
	struct judged d;
	struct blob b;
	int64_t pos;
	bool begun;
	int rc = blob_visible(&x->w->judge, hash, NULL, &x->w->viewer, x->w->as_of, &pos, x->e);

	if (rc != OK)
		return rc == ERR_NOTFOUND ? OK : rc;
	rc = store_blob_get(x->r, hash, &b, x->e);
	begun = rc == OK;
	if ((rc == OK || rc == ERR_NOTFOUND) && (rc = judge_read(&x->w->judge, pos, &a, &d, x->e)) == OK) {
		hex_encode(hex, hash, RECORD_HASH_BYTES);
		put_line(x, hex, &b, begun, pos, find_blob(d.rec.body, hex));
	}
	arena_free(&a);
	return rc;
}

static int
list(struct cli *c, const struct viewing *w, struct store_reader *r, struct err *e)
{
	struct listing x = { .cli = c, .w = w, .r = r, .e = e };
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc = store_row_scan(r, &from, 0, 0, false, take_hash, &x, e);

	x.o = (struct json_out){ &x.b, false };
	jo_open(&x.o, NULL, '{');
	jo_open(&x.o, "attachments", '[');
	for (size_t at = 0; at < x.hashes.len && rc >= 0; at += RECORD_HASH_BYTES)
		rc = list_one(&x, x.hashes.data + at);
	jo_close(&x.o, ']');
	jo_close(&x.o, '}');
	if (rc >= 0 && c->json)
		say_json(c, &x.b);
	else if (rc >= 0 && x.shown == 0)
		say(c, "No attachment of a record that you see in full. %s\n", viewer_hint(w));
	buf_free(&x.hashes);
	buf_free(&x.b);
	return rc < 0 ? rc : OK;
}

int
cmd_blob(struct cli *c, struct err *e)
{
	bool getting = strcmp(c->args[0], "get") == 0;
	struct viewing w;
	struct local l;
	int rc;

	if ((!getting && strcmp(c->args[0], "list") != 0) || c->args_count != (getting ? 3 : 2))
		return err_set(e, ERR_USAGE, "usage: diwan blob get DIR SHA256|RECORD [-o FILE], or diwan blob list DIR");
	if (!getting && args_get(c, "out") != NULL)
		return err_set(e, ERR_USAGE, "--out goes with blob get");
	if ((rc = local_read(&l, c, c->args[1], e)) != OK)
		return rc;
	if ((rc = viewer_read(&w, c, &l, e)) == OK)
		rc = getting ? get(c, &w, l.reader, c->args[2], e) : list(c, &w, l.reader, e);
	local_close(&l);
	return rc;
}
