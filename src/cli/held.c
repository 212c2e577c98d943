#include "cli/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/append.h"
#include "log/bundle.h"

/* ---- opening ---- */

/* Read the checkpoint by the log's key; during a change of key there are two, and either signs. */
static int
open_checkpoint(struct held *h, int member, struct err *e)
{
	struct vkey keys[2];
	size_t n = node_log_keys(h->local->node, member, keys);
	struct arena a = { 0 };
	struct note_mark mark;
	struct note note;
	int rc = n == 0 ? err_set(e, ERR_NOTFOUND, "%s is not paired, so its log's key is not known; `diwan pair` accepts its card",
	    h->row.member) : ERR_VERIFY;

	for (size_t i = 0; i < n && rc != OK; i++) {
		h->key = keys[i];
		rc = checkpoint_open(&a, h->note.data, h->note.len, &h->key, 1, &h->checkpoint, &note, &mark, e);
	}
	arena_free(&a);
	return rc == OK || n == 0 ? rc : err_at(e, "checkpoint of %s", h->row.member);
}

/* The newest note: of the own log from the node itself while it runs, since it stores a note with the next batch only. */
static int
find_note(struct held *h, int member, struct err *e)
{
	bool running = false;
	uint64_t size;
	int rc;

	if (member == node_own(h->local->node)) {
		if ((rc = local_running(h->local, &running, e)) != OK)
			return rc;
		if (running)
			return local_call(h->local, "GET", "/checkpoint", NULL, 0, &h->note, e);
	}
	rc = store_checkpoint_get(h->local->reader, h->row.no, UINT64_MAX, &size, &h->note, e);
	return rc == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, "no signed checkpoint of the log of %s is held yet",
	    h->row.member) : rc;
}

int
held_open(struct held *h, struct local *l, const char *code, struct err *e)
{
	int member = registry_member(node_registry(l->node), code, strlen(code)), rc;

	*h = (struct held){ .local = l };
	if (member == LAW_NONE)
		return err_set(e, ERR_NOTFOUND, "the charter names no member \"%.40s\"", code);
	if ((rc = store_log_get(l->reader, node_log_no(l->node, member), &h->row, e)) != OK || (rc = find_note(h, member, e)) != OK)
		return rc;
	return open_checkpoint(h, member, e);
}

void
held_close(struct held *h)
{
	buf_free(&h->note);
}

/* ---- as files ---- */

/* A stored bundle's first ${width} entries: partial files are prefixes of fuller ones. */
static int
cut_bundle(struct buf *bytes, unsigned width, struct err *e)
{
	struct bundle *b = calloc(1, sizeof *b);
	size_t len = 0;
	int rc;

	if (b == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a bundle");
	rc = bundle_parse(b, bytes->data, bytes->len, e);
	if (rc == OK && b->count < width)
		rc = err_set(e, ERR_NOTFOUND, "the stored bundle has %u entries, %u were asked for", b->count, width);
	for (unsigned i = 0; rc == OK && i < width; i++)
		len += 2 + b->entry[i].len;
	if (rc == OK)
		bytes->len = len;
	free(b);
	return rc;
}

int
held_get(void *held, const char *path, struct buf *out, struct err *e)
{
	struct held *h = held;
	struct buf bytes = { 0 };
	struct tile t;
	int rc;

	if (strcmp(path, "checkpoint") == 0) {
		buf_add(out, h->note.data, h->note.len);
		return OK;
	}
	if ((rc = tile_parse(&t, path, strlen(path), e)) != OK)
		return rc;
	rc = store_tile_get(h->local->reader, h->row.no, t.level == TILE_ENTRIES ? STORE_BUNDLE : t.level, t.n, &bytes, e);
	if (rc == OK && t.level == TILE_ENTRIES)
		rc = cut_bundle(&bytes, t.width, e);
	else if (rc == OK && bytes.len < (size_t)t.width * HASH_BYTES)
		rc = err_set(e, ERR_NOTFOUND, "the stored tile has %zu hashes, %u were asked for", bytes.len / HASH_BYTES, t.width);
	else if (rc == OK)
		bytes.len = (size_t)t.width * HASH_BYTES;
	if (rc == OK)
		buf_add(out, bytes.data, bytes.len);
	buf_free(&bytes);
	return rc;
}

/* ---- proving ---- */

static int
get_tile(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct buf out = { 0 };
	char path[TILE_PATH_MAX];
	int rc;

	tile_format(path, t);
	if ((rc = held_get(ctx, path, &out, e)) == OK)
		memcpy(bytes, out.data, out.len);
	buf_free(&out);
	return rc;
}

static int
get_entry(struct held *h, uint64_t index, uint8_t entry[ENTRY_BYTES], struct err *e)
{
	struct entry_reader er = { .log_no = h->row.no };
	struct digest commitment;
	int rc = entry_read(&er, h->local->reader, index, &commitment, e);

	entry_reader_free(&er);
	if (rc == OK)
		entry_make(entry, &commitment);
	return rc;
}

int
held_prove(struct held *h, uint64_t index, uint8_t entry[ENTRY_BYTES], struct buf *out, struct err *e)
{
	struct tile_source tiles = { get_tile, h };
	struct tile_reader *reader;
	struct tree_source tree;
	struct proof_policy policy = { &h->key, 1, 0 };
	struct proof_result result;
	struct proof p = { .index = index, .note = h->note.data, .note_len = h->note.len };
	struct arena a = { 0 };
	int rc;

	if (index >= h->checkpoint.size)
		return err_set(e, ERR_NOTFOUND, "the newest checkpoint at hand covers %llu entries, not yet entry "
		    "%llu; start the node, or try "
		    "again", (unsigned long long)h->checkpoint.size, (unsigned long long)index);
	if ((reader = malloc(sizeof *reader)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a proof");
	tile_reader_init(reader, &tiles, h->checkpoint.size);
	tree = (struct tree_source){ tile_reader_get, reader };
	if ((rc = get_entry(h, index, entry, e)) == OK &&
	    (rc = tree_prove_inclusion(&tree, index, h->checkpoint.size, p.hash, &p.n, e)) == OK &&
	    (rc = proof_verify(&a, &p, entry, ENTRY_BYTES, &policy, &result, e)) == OK)
		rc = proof_format(out, &p, e);
	arena_free(&a);
	free(reader);
	return rc;
}

/* ---- verifying ---- */

struct verifying {
	struct held *h;
	int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;
	uint64_t payloads;
};

static int
audit_get(void *ctx, const char *path, struct buf *out, struct err *e)
{
	struct verifying *v = ctx;

	return held_get(v->h, path, out, e);
}

/* A payload that is held must be what its entry committed to. */
static int
audit_entry(void *ctx, uint64_t index, const void *entry, size_t len, struct err *e)
{
	struct verifying *v = ctx;
	struct digest commitment;
	struct payload p;
	int rc;

	if (entry_parse(&commitment, entry, len, e) != OK)
		return err_at(e, "entry %llu", (unsigned long long)index);
	rc = store_payload_get(v->h->local->reader, POS(v->h->row.no, index), &p, e);
	if (rc != OK)
		return rc == ERR_NOTFOUND ? OK : rc;	/* withheld, erased or not yet here: nothing to check */
	v->payloads++;
	if (entry_opens(&commitment, p.nonce, p.bytes, p.len))
		return OK;
	return err_set(e, ERR_VERIFY, "%s/%llu: the record held is not the one that was logged", v->h->row.member,
	    (unsigned long long)index);
}

static int
audit_progress(void *ctx, uint64_t done, uint64_t size, struct err *e)
{
	struct verifying *v = ctx;

	if (v->progress != NULL && v->progress(v->ctx, v->h->row.member, done, size) != 0)
		return err_set(e, ERR_STOP, "stopped");
	return OK;
}

int
held_verify(struct held *h, int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total), void *ctx,
    struct held_report *out, struct err *e)
{
	struct verifying v = { h, progress, ctx, 0 };
	struct audit what = { .get = audit_get, .entry = audit_entry, .progress = audit_progress, .ctx = &v,
	    .keys = &h->key, .n_keys = 1 };
	int rc = audit_run(&what, &out->audit, e);

	out->payloads = v.payloads;
	return rc;
}
