/*
 * A peer simulated in process: a log in its own store, filled through append_* and signed. Its answers are those of
 * docs/exchange.md 2 and 3, and can be spoiled on the way.
 */
#ifndef TESTS_EXCHANGE_PEER_H
#define TESTS_EXCHANGE_PEER_H

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "crypt/crypt.h"
#include "exchange/append.h"
#include "exchange/frame.h"
#include "log/checkpoint.h"
#include "tap.h"

#define MECHANISM "test"
#define MEMBER "kz"
#define ORIGIN "test.diwan/kz/1"
#define PEER_LOG 1			/* its number in the peer's store */

struct peer_sim {
	struct store *s;
	struct append *tail;
	struct log_row row;
	struct sign_key key;
	struct note_signer signer;
	struct buf note;		/* what "checkpoint" answers */
	uint64_t published;
	uint32_t salt;			/* another salt, another history */
	uint64_t salt_from;		/* from this index on */
	size_t text_len;		/* of each payload; 0: a short text */
	bool (*give)(uint64_t i);	/* NULL: every payload */

	/* Spoiling. */
	int requests, fail_at;		/* the request that fails (from 1), 0: none */
	int spoil_at;			/* the answer that ${spoil} may change */
	int (*spoil)(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e);
	uint32_t arg;			/* for ${spoil} */
	size_t largest_bound;		/* greatest max_bytes that was asked with */
	char path[200];			/* last one asked for */
};

static void
peer_must(int rc, const struct err *e)
{
	if (rc != OK) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
}

static struct log_row
empty_row(uint32_t no)
{
	struct log_row row = { .no = no, .epoch = 1 };
	struct digest empty;

	tree_empty(&empty);
	memcpy(row.root, empty.b, sizeof row.root);
	snprintf(row.mechanism, sizeof row.mechanism, MECHANISM);
	snprintf(row.member, sizeof row.member, MEMBER);
	snprintf(row.origin, sizeof row.origin, ORIGIN);
	return row;
}

/* ---- the peer's log ----------------------------------------------------------------------------------------------- */

/* Payload ${i}: its text replaces ${text}. */
static void
peer_payload(const struct peer_sim *p, uint64_t i, struct buf *text, uint8_t nonce[ENTRY_NONCE_BYTES])
{
	uint64_t of[2] = { i, i >= p->salt_from ? p->salt : 0 };
	struct digest h;

	hash_once(&h, of, sizeof of);
	memcpy(nonce, h.b, ENTRY_NONCE_BYTES);
	buf_reset(text);
	buf_fmt(text, "{\"n\":%" PRIu64 ",\"salt\":%" PRIu64 "}", of[0], of[1]);
	if (text->len < p->text_len && buf_room(text, p->text_len - text->len) != NULL) {
		memset(text->data + text->len, 'x', p->text_len - text->len);
		text->len = p->text_len;
	}
}

static void
peer_sign(struct peer_sim *p)
{
	struct checkpoint c = { .size = p->row.size };
	struct err e;

	snprintf(c.origin, sizeof c.origin, ORIGIN);
	memcpy(c.root.b, p->row.root, sizeof c.root.b);
	buf_reset(&p->note);
	peer_must(checkpoint_sign(&p->note, &c, &p->signer, &e), &e);
	p->published = p->row.size;
}

__attribute__((unused)) static void
peer_grow(struct peer_sim *p, uint64_t size)
{
	struct buf text = { 0 };
	struct digest c, root;
	struct err e;
	uint8_t nonce[ENTRY_NONCE_BYTES];

	peer_must(store_begin(p->s, &e), &e);
	for (uint64_t i = p->row.size; i < size; i++) {
		peer_payload(p, i, &text, nonce);
		entry_commit(&c, nonce, text.data, text.len);
		peer_must(append_entry(p->tail, p->s, &c, &e), &e);
	}
	peer_must(append_flush(p->tail, p->s, &e), &e);
	edge_root(&p->tail->edge, &root);
	p->row.size = p->row.payloads_next = size;
	memcpy(p->row.root, root.b, sizeof p->row.root);
	peer_must(store_log_put(p->s, &p->row, &e), &e);
	peer_must(store_commit(p->s, &e), &e);
	buf_free(&text);
	peer_sign(p);
}

__attribute__((unused)) static void
peer_start(struct peer_sim *p, uint64_t size)
{
	uint8_t seed[SIGN_SEED_BYTES] = "a peer that is simulated in here";
	struct err e;

	peer_must(crypt_init(&e), &e);
	sign_from_seed(&p->key, seed);
	peer_must(vkey_signer(&p->signer, ORIGIN, VKEY_ED25519, &p->key, &e), &e);
	peer_must(store_open_mem(&p->s, &e), &e);
	p->row = empty_row(PEER_LOG);
	p->row.own = true;
	p->tail = calloc(1, sizeof *p->tail);
	peer_must(append_load(p->tail, store_view(p->s), &p->row, &e), &e);
	peer_grow(p, size);
}

__attribute__((unused)) static void
peer_end(struct peer_sim *p)
{
	store_close(p->s);
	free(p->tail);
	buf_free(&p->note);
	memset(p, 0, sizeof *p);
}

/* ---- its answers ---------------------------------------------------------------------------------------------------- */

static int
answer_payloads(struct peer_sim *p, const char *query, struct buf *out, struct err *e)
{
	struct frame_writer w;
	struct buf text = { 0 };
	uint8_t nonce[ENTRY_NONCE_BYTES];
	char check[200];
	uint64_t from, to;
	bool z = strstr(query, "&z=1") != NULL, room = true;

	if (sscanf(query, "from=%" SCNu64 "&to=%" SCNu64, &from, &to) != 2)
		return err_set(e, ERR_INPUT, "not a query: %s", query);
	snprintf(check, sizeof check, "from=%" PRIu64 "&to=%" PRIu64 "%s", from, to, z ? "&z=1" : "");
	if (strcmp(check, query) != 0 || to > p->published || from > to)
		return err_set(e, ERR_INPUT, "out of bounds: %s", query);
	frame_begin(&w, out, from, to, z);
	for (uint64_t i = from; i < to && room; i++) {
		if (p->give != NULL && !p->give(i)) {
			room = frame_withheld(&w);
			continue;
		}
		peer_payload(p, i, &text, nonce);
		room = frame_payload(&w, nonce, text.data, text.len);
	}
	buf_free(&text);
	return frame_end(&w, e);
}

/* 200 with a body, or 404: as the http room answers. */
static int
peer_answer(struct peer_sim *p, const char *path, struct buf *out, struct err *e)
{
	static const char log[] = "/log/" MECHANISM "/" MEMBER "/", payloads[] = "/x1/" MECHANISM "/payloads?";
	struct tile t;

	if (strncmp(path, payloads, sizeof payloads - 1) == 0)
		return answer_payloads(p, path + sizeof payloads - 1, out, e) == OK ? 200 : 400;
	if (strncmp(path, log, sizeof log - 1) != 0)
		return 404;
	path += sizeof log - 1;
	if (strcmp(path, "checkpoint") == 0) {
		buf_add(out, p->note.data, p->note.len);
		return 200;
	}
	if (tile_parse(&t, path, strlen(path), e) != OK || !tile_exists(&t, p->published) ||
	    store_tile_get(store_view(p->s), PEER_LOG, t.level == TILE_ENTRIES ? STORE_BUNDLE : t.level, t.n, out, e) != OK)
		return 404;
	out->len = (size_t)t.width * (t.level == TILE_ENTRIES ? 2 + ENTRY_BYTES : HASH_BYTES);
	return 200;
}

__attribute__((unused)) static int
peer_get(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct peer_sim *p = ctx;
	struct buf body = { 0 };
	int rc = OK;

	snprintf(p->path, sizeof p->path, "%s", path);
	if (max_bytes > p->largest_bound)
		p->largest_bound = max_bytes;
	if (++p->requests == p->fail_at)
		return err_set(e, ERR_IO, "the connection was lost");
	*status = peer_answer(p, path, &body, e);
	if (p->requests == p->spoil_at)
		rc = p->spoil(p, path, max_bytes, status, &body, e);
	if (rc == OK && body.len > max_bytes)
		rc = err_set(e, ERR_LIMIT, "the answer is longer than %zu bytes", max_bytes);
	if (rc == OK)
		buf_add(out, body.data, body.len);
	buf_free(&body);
	return rc;
}

#endif
