/*
 * When a signed checkpoint and what is held contradict each other. A contradiction becomes a proof only with two signed notes and,
 * for two sizes, the hashes between them; without these it is a reason to take nothing, and no conviction (log/fork.h).
 */
#include "exchange/pull_fork.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "exchange/stored.h"
#include "log/fork.h"

int
fork_open(const struct pull *p, const void *note, size_t len, struct checkpoint *cp, struct err *e)
{
	struct arena a = { 0 };
	struct note n;
	struct note_mark mark;
	int rc = ERR_VERIFY;

	for (size_t i = 0; i < p->n_keys && rc != OK; i++)	/* signed by one of them is enough */
		rc = checkpoint_open(&a, note, len, &p->key[i], 1, cp, &n, &mark, e);
	arena_free(&a);
	return rc == OK ? OK : err_at(e, "the checkpoint of %s", p->member);
}

int
pull_own_lines(const struct vkey *keys, size_t n_keys, const void *note, size_t len, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct note n;
	uint64_t taken = 0;		/* bit k: the line of key k; a second one says nothing (docs/log.md 5.5) */
	size_t found;
	int rc = note_parse(&a, note, len, &n, e);

	assert(n_keys <= 64);
	buf_reset(out);
	if (rc == OK)
		rc = note_begin(out, n.text, n.text_len, e);
	for (size_t i = 0; rc == OK && i < n.n_lines; i++) {
		rc = note_find_key(&n.line[i], keys, n_keys, &found, e);
		if (rc == OK && found < n_keys && (taken >> found & 1) == 0) {
			taken |= UINT64_C(1) << found;
			buf_add(out, n.line[i].raw, n.line[i].raw_len);
		}
	}
	arena_free(&a);
	return rc != OK ? rc : out->failed ? err_set(e, ERR_NOMEM, "no memory for a checkpoint") : OK;
}

struct sides {				/* what a proof is made of */
	const struct buf *one, *other;
	uint64_t size1, size2;		/* of the smaller and the larger tree */
	struct tree_source larger;	/* hashes of the larger one */
};

/* Put the proof together and verify it as anybody would; only then is it told. */
static int
tell_fork(const struct pull *p, const struct sides *s, struct err *e)
{
	struct digest hash[TREE_PROOF_MAX], other_root;
	struct fork_proof proof;
	struct fork_result result;
	struct arena a = { 0 };
	struct buf text = { 0 };
	size_t n = 0;
	int rc = OK;

	if (s->size1 != s->size2 && (rc = tree_root_from(&s->larger, s->size1, &other_root, e)) == OK)
		rc = tree_prove_consistency(&s->larger, s->size1, s->size2, hash, &n, e);
	if (rc == OK && (rc = fork_make(s->one->data, s->one->len, s->other->data, s->other->len, &other_root, hash, n, &proof,
	    e)) == OK &&
	    (rc = fork_verify(&a, &proof, p->key[0].name, p->key, p->n_keys, &result, e)) == OK &&
	    (rc = fork_format(&text, &proof, e)) == OK) {
		p->forked(p->ctx, &text);
		rc = err_set(e, ERR_VERIFY, "two histories: %s signed a tree of %" PRIu64 " entries, and one of %" PRIu64
		    " that contradicts it; its log is frozen here (`diwan fork show DIR %s`)", p->member, result.size[0],
		    result.size[1], p->member);
	}
	buf_free(&text);
	arena_free(&a);
	return rc;
}

/* A contradiction that the notes at hand do not prove. */
static int
unproven(const struct pull *p, const struct checkpoint *cp, struct err *e)
{
	return err_set(e, ERR_VERIFY, "%s shows a tree of %" PRIu64 " entries that what is held of its log is no part of, or the "
	    "other way round; no signed checkpoint that is held proves it, so nothing is taken and nothing is frozen. Ask the "
	    "member", p->member, cp->size);
}

int
fork_check_part(const struct pull *p, const struct log_row *log, const struct checkpoint *cp, const struct buf *note,
    struct err *e)
{
	struct stored_tree *tree = NULL;
	struct buf held = { 0 };
	struct digest root;
	struct sides s = { .one = note, .other = &held, .size1 = cp->size };
	int rc = stored_root(p->reader, log, cp->size, &root, e);

	if (rc != OK || hash_equal(&root, &cp->root))
		return rc;
	/* The newest note that is held: of this size, or of a larger tree that our hashes lead to. */
	rc = store_checkpoint_get(p->reader, log->no, UINT64_MAX, &s.size2, &held, e);
	if (rc == OK && (s.size2 < cp->size || s.size2 > log->size))
		rc = ERR_NOTFOUND;
	if (rc == OK && (rc = stored_tree_open(&tree, p->reader, log->no, s.size2, e)) == OK) {
		s.larger = stored_tree_source(tree);
		rc = tell_fork(p, &s, e);
	}
	stored_tree_close(tree);
	buf_free(&held);
	return rc == ERR_VERIFY ? rc : unproven(p, cp, e);
}

int
fork_by_tiles(const struct pull *p, const struct log_row *log, const struct checkpoint *cp, const struct buf *note,
    const struct tile_source *tiles, struct err *e)
{
	struct tile_reader *reader = calloc(1, sizeof *reader);
	struct buf held = { 0 };
	struct sides s = { .one = &held, .other = note, .size2 = cp->size };
	int rc;

	if (reader == NULL)
		return err_set(e, ERR_NOMEM, "no memory to prove two histories");
	tile_reader_init(reader, tiles, cp->size);
	s.larger = (struct tree_source){ tile_reader_get, reader };
	rc = store_checkpoint_get(p->reader, log->no, UINT64_MAX, &s.size1, &held, e);
	if (rc == OK && (s.size1 == 0 || s.size1 > cp->size))
		rc = ERR_NOTFOUND;
	if (rc == OK)
		rc = tell_fork(p, &s, e);
	free(reader);
	buf_free(&held);
	return rc == ERR_VERIFY ? rc : unproven(p, cp, e);
}

int
pull_judge(struct pull *p, const struct log_row *log, const void *note, size_t len, struct err *e)
{
	struct buf copy = { 0 };
	struct checkpoint cp = { .size = 0 };
	int rc = fork_open(p, note, len, &cp, e);

	if (rc == OK && cp.size > log->size)
		rc = err_set(e, ERR_INPUT, "the checkpoint is of %" PRIu64 " entries, %" PRIu64 " are held", cp.size, log->size);
	if (rc == OK && !buf_add(&copy, note, len))
		rc = err_set(e, ERR_NOMEM, "no memory for a checkpoint");
	if (rc == OK)
		rc = fork_check_part(p, log, &cp, &copy, e);
	p->checkpoint = cp;
	buf_free(&copy);
	return rc;
}

void
pull_end(struct pull *p)
{
	buf_free(&p->shown);
}
