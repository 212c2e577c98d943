/* Somebody who pulls from a simulated peer (peer.h) into a store of his own, and whether what he holds is true. */
#ifndef TESTS_EXCHANGE_PULLER_H
#define TESTS_EXCHANGE_PULLER_H

#include "exchange/pull.h"
#include "peer.h"

#define COPY_LOG 7			/* the log's number in the puller's store */

/* What the last keep was asked to write. It is written late, when the next call comes: so long its items must stay valid. */
struct late {
	const struct pulled *items;
	size_t count;
	uint64_t from, next;
	bool due;
};

struct puller {
	struct store *s;
	struct peer_sim *peer;
	struct pull pull;
	struct buf proof;		/* what ${forked} was given */
	int forks, keeps;
	size_t largest_keep, largest_weight;
	struct late late;
	bool ahead;
	int ahead_rc, ahead_status;
	struct buf ahead_body;
	struct err ahead_err;
};

static int
puller_get(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct puller *u = ctx;

	return peer_get(u->peer, path, max_bytes, status, out, e);
}

/* As the writer does: in a transaction, and sometimes twice, the first time for nothing. */
static int
puller_write(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e)
{
	struct puller *u = ctx;
	int rc;

	if (weight > u->largest_weight)
		u->largest_weight = weight;
	if (weight % 2 == 0) {
		peer_must(store_begin(u->s, e), e);
		(void)run(arg, u->s, e);
		store_rollback(u->s);
	}
	peer_must(store_begin(u->s, e), e);
	if ((rc = run(arg, u->s, e)) != OK) {
		store_rollback(u->s);
		return rc;
	}
	return store_commit(u->s, e);
}

static int
puller_kept(void *ctx, struct err *e)
{
	struct puller *u = ctx;
	struct late k = u->late;
	struct log_row row;
	size_t bytes = 0;

	if (!k.due)
		return OK;
	u->late.due = false;
	peer_must(store_begin(u->s, e), e);
	peer_must(store_log_get(store_view(u->s), COPY_LOG, &row, e), e);
	if (row.payloads_next != k.from || k.next <= k.from || k.next > row.size) {
		store_rollback(u->s);
		return err_set(e, ERR_CONFLICT, "keep %" PRIu64 "..%" PRIu64 " where %" PRIu64 " was due", k.from, k.next,
		    row.payloads_next);
	}
	for (size_t i = 0; i < k.count; i++) {
		const struct pulled *x = &k.items[i];

		bytes += x->len;
		if (x->index < k.from || x->index >= k.next)
			peer_must(err_set(e, ERR_CONFLICT, "payload %" PRIu64 " is out of its range", x->index), e);
		peer_must(store_payload_put(u->s, POS(COPY_LOG, x->index), x->nonce, x->bytes, x->len, e), e);
	}
	if (bytes > u->largest_keep)
		u->largest_keep = bytes;
	row.payloads_next = k.next;
	peer_must(store_log_put(u->s, &row, e), e);
	return store_commit(u->s, e);
}

static int
puller_keep(void *ctx, const struct pulled *items, size_t count, uint64_t from, uint64_t next, struct err *e)
{
	struct puller *u = ctx;
	int rc = puller_kept(ctx, e);

	u->keeps++;
	u->late = (struct late){ items, count, from, next, rc == OK };
	return rc;
}

/* Fetching ahead: the answer is made when it is begun, and handed over when it is finished. */
static int
puller_begin(void *ctx, const char *path, size_t max_bytes, struct err *e)
{
	struct puller *u = ctx;

	(void)e;
	if (u->ahead)
		peer_must(err_set(e, ERR_CONFLICT, "two fetches were begun at once"), e);
	u->ahead = true;
	u->ahead_rc = peer_get(u->peer, path, max_bytes, &u->ahead_status, &u->ahead_body, &u->ahead_err);
	return OK;
}

static int
puller_finish(void *ctx, int *status, struct buf *out, struct err *e)
{
	struct puller *u = ctx;

	if (!u->ahead)
		peer_must(err_set(e, ERR_CONFLICT, "a fetch was finished that was not begun"), e);
	u->ahead = false;
	*status = u->ahead_status;
	buf_add(out, u->ahead_body.data, u->ahead_body.len);
	buf_reset(&u->ahead_body);
	*e = u->ahead_err;
	return u->ahead_rc;
}

static void
puller_forked(void *ctx, const struct buf *proof)
{
	struct puller *u = ctx;

	u->forks++;
	buf_reset(&u->proof);
	buf_add(&u->proof, proof->data, proof->len);
}

__attribute__((unused)) static void
puller_start(struct puller *u, struct peer_sim *peer, bool compress, bool ahead)
{
	struct log_row row = empty_row(COPY_LOG);
	struct err e;

	memset(u, 0, sizeof *u);
	u->peer = peer;
	peer_must(store_open_mem(&u->s, &e), &e);
	peer_must(store_begin(u->s, &e), &e);
	peer_must(store_log_put(u->s, &row, &e), &e);
	peer_must(store_commit(u->s, &e), &e);
	u->pull = (struct pull){ .mechanism = MECHANISM, .member = MEMBER, .key = { peer->signer.vkey },
		.n_keys = 1, .log_no = COPY_LOG, .compress = compress, .max_entries = 1000000, .ctx = u,
		.get = puller_get, .write = puller_write, .keep = puller_keep, .kept = puller_kept, .forked = puller_forked };
	if (ahead) {
		u->pull.begin = puller_begin;
		u->pull.finish = puller_finish;
	}
	peer_must(store_reader_open(u->s, &u->pull.reader, &e), &e);
}

__attribute__((unused)) static void
puller_end(struct puller *u)
{
	store_reader_close(u->pull.reader);
	store_close(u->s);
	buf_free(&u->proof);
	pull_end(&u->pull);
	buf_free(&u->ahead_body);
}

/* Log and payloads, as a node does. */
__attribute__((unused)) static int
puller_run(struct puller *u, struct err *e)
{
	int rc = pull_log(&u->pull, NULL, 0, e);

	if (rc == OK)
		rc = pull_payloads(&u->pull, e);
	if (u->late.due || u->ahead)
		peer_must(err_set(e, ERR_CONFLICT, "something was begun and not finished"), e);
	return rc;
}

/* ---- comparing ---------------------------------------------------------------------------------------------------------- */

__attribute__((unused)) static struct log_row
puller_row(struct puller *u)
{
	struct log_row row;
	struct err e;

	peer_must(store_log_get(u->pull.reader, COPY_LOG, &row, &e), &e);
	return row;
}

/* Each tile of ${level} (or bundle) of the copy is a prefix of the peer's. */
static bool
same_tiles(struct puller *u, int level, uint64_t size)
{
	struct buf mine = { 0 }, its = { 0 };
	uint8_t at = level == STORE_BUNDLE ? 0 : (uint8_t)level;
	size_t each = level == STORE_BUNDLE ? 2 + ENTRY_BYTES : HASH_BYTES;
	bool same = true;

	for (uint64_t n = 0; n < tile_count(at, size) && same; n++)
		same = store_tile_get(u->pull.reader, COPY_LOG, level, n, &mine, NULL) == OK &&
		    store_tile_get(store_view(u->peer->s), PEER_LOG, level, n, &its, NULL) == OK &&
		    mine.len == tile_width(at, n, size) * each && mine.len <= its.len && memcmp(mine.data, its.data, mine.len) == 0;
	same = same && store_tile_get(u->pull.reader, COPY_LOG, level, tile_count(at, size), &mine, NULL) == ERR_NOTFOUND;
	buf_free(&mine);
	buf_free(&its);
	return same;
}

/* What is held is a true prefix of the peer's log and nothing else; payloads are held exactly where they were given. */
__attribute__((unused)) static bool
puller_true(struct puller *u)
{
	struct log_row row = puller_row(u);
	struct append *a = malloc(sizeof *a);
	struct buf text = { 0 };
	struct payload held;
	uint8_t nonce[ENTRY_NONCE_BYTES];
	bool good = append_load(a, u->pull.reader, &row, NULL) == OK && same_tiles(u, STORE_BUNDLE, row.size);

	for (int level = 0; level < 4 && good; level++)
		good = same_tiles(u, level, row.size);
	for (uint64_t i = 0; i <= row.size && good; i++) {
		bool want = i < row.payloads_next && (u->peer->give == NULL || u->peer->give(i));
		int rc = store_payload_get(u->pull.reader, POS(COPY_LOG, i), &held, NULL);

		good = rc == (want ? OK : ERR_NOTFOUND);
		if (good && want) {
			peer_payload(u->peer, i, &text, nonce);
			good = held.len == text.len && memcmp(held.bytes, text.data, text.len) == 0 && memcmp(held.nonce, nonce,
			    32) == 0;
		}
	}
	buf_free(&text);
	free(a);
	return good;
}

/* All of it: size, root, note, payloads decided to the end. */
__attribute__((unused)) static bool
puller_current(struct puller *u)
{
	struct log_row row = puller_row(u);
	struct buf note = { 0 };
	bool good = row.size == u->peer->row.size && memcmp(row.root, u->peer->row.root, sizeof row.root) == 0 &&
	    row.payloads_next == row.size;

	if (good && row.size > 0)
		good = store_checkpoint_get(u->pull.reader, COPY_LOG, row.size, NULL, &note, NULL) == OK &&
		    note.len == u->peer->note.len && memcmp(note.data, u->peer->note.data, note.len) == 0;
	buf_free(&note);
	return good && puller_true(u);
}

#endif
