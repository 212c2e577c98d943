/*
 * The third part of the suite: epochs of logs, erasures, witnessed checkpoints, fork proofs.
 */
#ifndef TESTS_STORE_CONFORM_TRUST_H
#define TESTS_STORE_CONFORM_TRUST_H

#include "store/conform_blobs.h"

/* ---- epochs ------------------------------------------------------------------------------------------------------ */

static struct log_row
an_epoch(int member, uint32_t epoch, const char *code)
{
	struct log_row row = a_log(LOG_NO(member, epoch), code, epoch);

	row.epoch = epoch;
	row.own = false;
	snprintf(row.origin, sizeof row.origin, "example.org/tashkent-2000/%s/%u", code, epoch);
	return row;
}

static void
conform_epochs(struct store *s)
{
	struct log_row second = an_epoch(0, 2, "kz"), fourth = an_epoch(0, 4, "kz"), bad = an_epoch(0, 3, "kz"), got;
	struct store_reader *v = store_view(s);
	struct err err;

	ok(LOG_NO(0, 1) == 1 && LOG_NO(5, 1) == 6 && LOG_NO(5, 3) == 6 + 2 * LOG_EPOCH_STEP, "epoch: numbers of logs");
	ok(LOG_MEMBER(LOG_NO(5, 3)) == 5 && LOG_EPOCH(LOG_NO(5, 3)) == 3 && LOG_MEMBER(LOG_NO(1023, 2)) == 1023 &&
	    LOG_EPOCH(LOG_NO(1023, 2)) == 2 && LOG_EPOCH(STORE_LOG_MAX) == 8192, "epoch: and back");
	MUST(store_begin(s, NULL));
	is(store_log_put(s, &fourth, &err), OK, "epoch: a later one of a member that has one");
	is(store_log_put(s, &second, &err), OK, "epoch: and one in between");
	is(store_log_find(v, "tashkent-2000", "kz", 0, &got, &err), OK, "epoch: 0 asks for the newest");
	ok(got.no == LOG_NO(0, 4) && got.epoch == 4 && strcmp(got.origin, fourth.origin) == 0, "epoch: which is the fourth");
	is(store_log_find(v, "tashkent-2000", "kz", 2, &got, &err), OK, "epoch: a given one");
	ok(got.no == LOG_NO(0, 2) && got.size == 2, "epoch: is that one");
	is(store_log_find(v, "tashkent-2000", "kz", 1, &got, &err), OK, "epoch: the first");
	is(got.no, 1, "epoch: is still there");
	is(store_log_find(v, "tashkent-2000", "kz", 3, &got, &err), ERR_NOTFOUND, "epoch: one that never was");
	ok(strstr(err.text, "epoch 3") != NULL, "epoch: the error names it");
	is(store_log_find(v, "tashkent-2000", "kg", 0, &got, &err), OK, "epoch: another member");
	is(got.epoch, 1, "epoch: has its first only");
	is(store_log_get(v, LOG_NO(0, 2), &got, &err), OK, "epoch: by number");
	is(got.epoch, 2, "epoch: comes back");
	store_rollback(s);
	is(store_log_find(v, "tashkent-2000", "kz", 0, &got, &err), OK, "epoch: after the rollback");
	is(got.epoch, 1, "epoch: the first is the newest again");

	bad.epoch = 2;
	REFUSED(store_log_put(s, &bad, e), ERR_INPUT, "epoch: another than the number says is refused");
	bad.epoch = 0;
	REFUSED(store_log_put(s, &bad, e), ERR_INPUT, "epoch: 0 is refused");
	bad = an_epoch(8, 1, "kz");
	REFUSED(store_log_put(s, &bad, e), ERR_CONFLICT, "epoch: the same one under another number is refused");
}

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

static int
see_erasure(void *ctx, const struct erasure *x)
{
	struct seen *seen = ctx;

	seen->pos[seen->n++] = x->pos;
	return seen->n == seen->stop_after ? 42 : 0;
}

static void
conform_erasure_rules(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct erasure x = { .pos = POS(2, 1), .order_pos = POS(1, 6), .at_ms = 5 }, got;
	struct payload p;
	struct err err;

	REFUSED(store_payload_put(s, POS(1, 4), nonce_a, "text4", 5, e), ERR_CONFLICT,
	    "erasure: what was erased is not taken in again");
	REFUSED(store_payload_put(s, POS(1, 4), nonce_b, "other", 5, e), ERR_CONFLICT, "erasure: nor anything else in its place");
	REFUSED(store_erasure_put(s, &x, e), ERR_CONFLICT, "erasure: none beside a payload that is held");
	is(store_payload_get(v, POS(2, 1), &p, &err), OK, "erasure: which is unharmed");
	is(store_erasure_get(v, POS(2, 1), &got, &err), ERR_NOTFOUND, "erasure: and has none");
	MUST(store_begin(s, NULL));
	is(store_payload_erase(s, erasing(POS(1, 4)), &err), ERR_NOTFOUND, "erasure: a second time there is nothing to erase");
	x.pos = POS(1, 4);
	is(store_erasure_put(s, &x, &err), OK, "erasure: putting another one there is fine");
	MUST(store_erasure_get(v, POS(1, 4), &got, NULL));
	ok(got.order_pos == ERASED_LOCAL && got.at_ms == 1000, "erasure: and changes nothing");
	is(store_payload_erase(s, erasing(POS(1, 44)), &err), ERR_NOTFOUND, "erasure: of a payload that never was");
	is(store_erasure_get(v, POS(1, 44), &got, &err), ERR_NOTFOUND, "erasure: is not kept");
	MUST(store_commit(s, NULL));
}

/* What the store remembers of where nothing was erased is given up with each erasure. */
static void
conform_erased_gaps(struct store *s)
{
	struct erasure x = { .pos = POS(2, 201), .order_pos = ERASED_RETENTION };
	struct err err;

	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(2, 200), nonce_a, "text", 5, &err), OK, "erasure: a payload, with nothing erased behind it");
	MUST(store_erasure_put(s, &x, NULL));
	is(store_payload_put(s, POS(2, 202), nonce_a, "text", 5, &err), OK, "erasure: the one behind the erased one is fine");
	is(store_payload_put(s, POS(2, 201), nonce_a, "text", 5, &err), ERR_CONFLICT, "erasure: the erased one is refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(2, 201), nonce_a, "text", 5, &err), OK, "erasure: and taken once the erasure is undone");
	MUST(store_payload_erase(s, &x, NULL));
	is(store_payload_put(s, POS(2, 201), nonce_a, "text", 5, &err), ERR_CONFLICT, "erasure: nor is one that was here");
	store_rollback(s);
}

static void
conform_erasures(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct erasure x = { .seq = UINT32_MAX, .order_pos = POS(2, 9), .at_ms = -7 }, got;
	struct seen seen = { 0 };
	struct err err;

	memset(x.id, 0xff, sizeof x.id);
	conform_erasure_rules(s);
	conform_erased_gaps(s);
	MUST(store_begin(s, NULL));
	for (int i = 5; i > 0; i--) {		/* the first three of one record, the others of another */
		x.pos = POS(3 + i % 2, 100 + i);
		x.id[15] = (uint8_t)(i > 3);
		MUST(store_erasure_put(s, &x, NULL));
	}
	x.pos = POS(3, 99);			/* not understood */
	memset(x.id, 0, sizeof x.id);
	x.order_pos = ERASED_RETENTION;
	MUST(store_erasure_put(s, &x, NULL));
	MUST(store_commit(s, NULL));
	is(store_erasure_get(v, POS(4, 105), &got, &err), OK, "erasure: get");
	ok(got.pos == POS(4, 105) && got.id[0] == 0xff && got.id[15] == 1 && got.seq == UINT32_MAX &&
	    got.order_pos == POS(2, 9) && got.at_ms == -7, "erasure: every column comes back");
	is(store_erasure_each(v, NULL, see_erasure, &seen, &err), OK, "erasure: all");
	ok(seen.n >= 7 && seen.pos[0] == POS(1, 4), "erasure: the one of the payload too");
	for (int i = 1; i < seen.n; i++)
		if (seen.pos[i] <= seen.pos[i - 1])
			seen.n = -99;
	ok(seen.n > 0, "erasure: in the order of positions");
	seen = (struct seen){ 0 };
	memset(x.id, 0xff, sizeof x.id);
	x.id[15] = 0;
	is(store_erasure_each(v, x.id, see_erasure, &seen, &err), OK, "erasure: of one record");
	ok(seen.n == 3 && seen.pos[0] == POS(3, 102) && seen.pos[1] == POS(4, 101) && seen.pos[2] == POS(4, 103),
	    "erasure: its own three, in order");
	seen = (struct seen){ .stop_after = 2 };
	is(store_erasure_each(v, x.id, see_erasure, &seen, &err), 42, "erasure: a visit stops it");
	is(seen.n, 2, "erasure: then and there");
	seen = (struct seen){ 0 };
	x.id[15] = 9;
	is(store_erasure_each(v, x.id, see_erasure, &seen, &err), OK, "erasure: of a record without");
	is(seen.n, 0, "erasure: none");

	MUST(store_begin(s, NULL));
	MUST(store_payload_erase(s, erasing(POS(2, 1)), NULL));
	store_rollback(s);
	is(store_erasure_get(v, POS(2, 1), &got, &err), ERR_NOTFOUND, "erasure: gone after a rollback");
	seen = (struct seen){ 0 };
	MUST(store_erasure_each(v, erasing(0)->id, see_erasure, &seen, NULL));
	ok(seen.n >= 1 && seen.pos[seen.n - 1] != POS(2, 1), "erasure: by record too");
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(2, 1), nonce_a, "text1", 5, &err), OK, "erasure: and the payload is back");
	MUST(store_commit(s, NULL));
}

/* ---- witnessed checkpoints, fork proofs -------------------------------------------------------------------------- */

static int
see_witnessed(void *ctx, const struct witnessed *w)
{
	char *out = ctx;
	size_t n = strlen(out);

	snprintf(out + n, 256 - n, "%s %llu;", w->origin, (unsigned long long)w->size);
	return w->size == 77 ? 42 : 0;
}

static struct witnessed
a_witnessed(const char *origin, uint64_t size, uint64_t time_s)
{
	struct witnessed w = { .size = size, .time_s = time_s };

	snprintf(w.origin, sizeof w.origin, "%s", origin);
	memset(w.root, (int)size, sizeof w.root);
	return w;
}

static void
conform_witness_rules(struct store *s)
{
	struct witnessed w = a_witnessed("log.example/a", 11, 2000);
	static char note[STORE_NOTE_MAX + 1];

	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_CONFLICT, "witness: a size that falls is refused");
	w = a_witnessed("log.example/a", 12, 2000);
	w.root[31] ^= 1;
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_CONFLICT, "witness: another root for the same size is refused");
	w = a_witnessed("log.example/a", 13, 1999);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_CONFLICT, "witness: a time that goes back is refused");
	w = a_witnessed("log.example/a", 13, (uint64_t)1 << 63);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_LIMIT, "witness: a time beyond all times is refused");
	w = a_witnessed("log.example/a", (uint64_t)1 << 63, 3000);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_LIMIT, "witness: a size beyond all sizes is refused");
	w = a_witnessed("log.example/a", 13, 3000);
	REFUSED(store_witness_put(s, &w, "", 0, e), ERR_LIMIT, "witness: no note is refused");
	REFUSED(store_witness_put(s, &w, note, sizeof note, e), ERR_LIMIT, "witness: too long a note is refused");
	w = a_witnessed("", 1, 1);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_LIMIT, "witness: an empty origin is refused");
	w = a_witnessed("two words", 1, 1);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_INPUT, "witness: a blank in an origin is refused");
	memset(w.origin, 'x', sizeof w.origin);
	REFUSED(store_witness_put(s, &w, "n", 1, e), ERR_LIMIT, "witness: an origin without end is refused");
}

static void
conform_witness(struct store *s)
{
	struct witnessed b = a_witnessed("log.example/b", 77, 5), a = a_witnessed("log.example/a", 10, 1000), got;
	struct store_reader *v = store_view(s);
	struct buf note = { 0 };
	char all[256] = "";
	struct err err;

	MUST(store_begin(s, NULL));
	is(store_witness_put(s, &b, "note of b", 9, &err), OK, "witness: put");
	is(store_witness_put(s, &a, "note of a", 9, &err), OK, "witness: put another");
	is(store_witness_put(s, &a, "note of a, again", 16, &err), OK, "witness: the same size, root and time again");
	a = a_witnessed("log.example/a", 12, 1000);
	is(store_witness_put(s, &a, "longer", 6, &err), OK, "witness: grows within one second");
	a.time_s = 2000;
	is(store_witness_put(s, &a, "later", 5, &err), OK, "witness: cosigned again later");
	MUST(store_commit(s, NULL));
	is(store_witness_get(v, "log.example/a", &got, &note, &err), OK, "witness: get");
	ok(strcmp(got.origin, "log.example/a") == 0 && got.size == 12 && got.time_s == 2000 &&
	    memcmp(got.root, a.root, 32) == 0 && strcmp(buf_cstr(&note), "later") == 0, "witness: the last that was put");
	is(store_witness_get(v, "log.example/b", &got, NULL, &err), OK, "witness: without the note");
	is(store_witness_get(v, "log.example/c", &got, &note, &err), ERR_NOTFOUND, "witness: never");
	is(store_witness_each(v, see_witnessed, all, &err), 42, "witness: each, and a visit stops it");
	is_str(all, "log.example/a 12;log.example/b 77;", "witness: in the order of origins");
	conform_witness_rules(s);
	MUST(store_begin(s, NULL));
	a = a_witnessed("log.example/a", 99, 3000);
	MUST(store_witness_put(s, &a, "not to be", 9, NULL));
	store_rollback(s);
	MUST(store_witness_get(v, "log.example/a", &got, &note, NULL));
	ok(got.size == 12 && got.time_s == 2000 && strcmp(buf_cstr(&note), "later") == 0, "witness: as before after a rollback");
	buf_free(&note);
}

static int
see_fork(void *ctx, const char *origin, int64_t found_ms)
{
	char *out = ctx;
	size_t n = strlen(out);

	snprintf(out + n, 256 - n, "%s %lld;", origin, (long long)found_ms);
	return found_ms == 7 ? 42 : 0;
}

static void
conform_forks(struct store *s)
{
	static uint8_t proof[STORE_PROOF_MAX + 1];
	struct store_reader *v = store_view(s);
	struct buf out = { 0 };
	char all[256] = "";
	int64_t found = 0;
	struct err err;

	memset(proof, 'p', sizeof proof);
	MUST(store_begin(s, NULL));
	is(store_fork_put(s, "log.example/z", 7, proof, STORE_PROOF_MAX, &err), OK, "fork: the longest proof");
	is(store_fork_put(s, "log.example/a", 5, "two notes", 9, &err), OK, "fork: another log's");
	is(store_fork_put(s, "log.example/a", 6, "two notes", 9, &err), OK, "fork: the same again is fine");
	MUST(store_commit(s, NULL));
	is(store_fork_get(v, "log.example/a", &found, &out, &err), OK, "fork: get");
	ok(found == 5 && strcmp(buf_cstr(&out), "two notes") == 0, "fork: as it was found first");
	is(store_fork_get(v, "log.example/z", &found, &out, &err), OK, "fork: the long one");
	ok(out.len == STORE_PROOF_MAX && memcmp(out.data, proof, out.len) == 0, "fork: all its bytes");
	is(store_fork_get(v, "log.example", &found, &out, &err), ERR_NOTFOUND, "fork: none");
	is(store_fork_each(v, see_fork, all, &err), 42, "fork: each, and a visit stops it");
	is_str(all, "log.example/a 5;log.example/z 7;", "fork: in the order of origins");
	REFUSED(store_fork_put(s, "log.example/a", 5, "two others", 10, e), ERR_CONFLICT, "fork: another proof is refused");
	REFUSED(store_fork_put(s, "log.example/a", 5, "two nodes", 9, e), ERR_CONFLICT, "fork: of the same length too");
	REFUSED(store_fork_put(s, "log.example/b", 5, "", 0, e), ERR_LIMIT, "fork: an empty one is refused");
	REFUSED(store_fork_put(s, "log.example/b", 5, proof, sizeof proof, e), ERR_LIMIT, "fork: too long a one is refused");
	REFUSED(store_fork_put(s, "log example", 5, "x", 1, e), ERR_INPUT, "fork: a blank in an origin is refused");
	MUST(store_begin(s, NULL));
	MUST(store_fork_put(s, "log.example/b", 5, "x", 1, NULL));
	store_rollback(s);
	is(store_fork_get(v, "log.example/b", &found, &out, &err), ERR_NOTFOUND, "fork: gone after a rollback");
	buf_free(&out);
}

/* What one half of a visit does to the reader it came from: asks it, and writes elsewhere. */
static int
nested_erasure(void *ctx, const struct erasure *x)
{
	struct store *s = ctx;
	struct erasure got;

	if (store_erasure_get(store_view(s), x->pos, &got, NULL) != OK || got.at_ms != x->at_ms)
		return -98;
	return store_meta_put(s, "seen", &x->pos, sizeof x->pos, NULL);
}

static void
conform_trust(struct store *s)
{
	struct err err;

	conform_epochs(s);
	conform_erasures(s);
	conform_witness(s);
	conform_forks(s);
	conform_blobs(s);
	conform_blob_erase(s);
	MUST(store_begin(s, NULL));
	is(store_erasure_each(store_view(s), NULL, nested_erasure, s, &err), OK, "erasure: a visit may ask, and write elsewhere");
	store_rollback(s);
}

#endif
