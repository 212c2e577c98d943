/* Putting cosignatures into a note (note.h): a note is a text and a set of lines, and sets have one order here. */
#include <string.h>

#include "log/note.h"

/* The best line so far of one key. */
struct best {
	const struct note_line *line;
	uint64_t time_s;
};

static bool
better(const struct best *have, const struct note_line *l, uint64_t time_s)
{
	if (have->line == NULL || time_s != have->time_s)
		return have->line == NULL || time_s > have->time_s;
	return memcmp(l->sig, have->line->sig, l->sig_len) < 0;	/* both verified, so of one length */
}

/* Verify ${l}, a line by ${key}, and keep it if it is better. */
static int
consider(struct best *have, const struct note *base, const struct note_line *l, const struct vkey *key,
    uint64_t max_time_s, struct err *e)
{
	uint64_t time_s;
	int rc;

	if ((rc = vkey_verify(key, base->text, base->text_len, l->sig, l->sig_len, &time_s, e)) != OK)
		return rc;
	if (time_s > max_time_s)
		return err_set(e, ERR_VERIFY, "cosignature of %s: its time lies in the future; compare the clocks of the two "
		    "nodes", key->name);
	if (better(have, l, time_s))
		*have = (struct best){ l, time_s };
	return OK;
}

static bool
same_key(const struct note_line *l, const struct note_line *m)
{
	return l->id == m->id && l->name_len == m->name_len && memcmp(l->name, m->name, l->name_len) == 0;
}

/* Order by name, then by key id. */
static bool
before(const struct note_line *l, const struct note_line *m)
{
	size_t len = l->name_len < m->name_len ? l->name_len : m->name_len;
	int order = memcmp(l->name, m->name, len);

	if (order != 0)
		return order < 0;
	return l->name_len != m->name_len ? l->name_len < m->name_len : l->id < m->id;
}

/* Keep ${l}, the line of a key that is not merged, unless there is one of that key already. */
static void
keep_other(const struct note_line **kept, size_t *n, const struct note_line *l)
{
	for (size_t i = 0; i < *n; i++)
		if (same_key(kept[i], l))
			return;
	kept[(*n)++] = l;
}

/* Append what was found to ${kept}, which has ${n} lines that come first. */
static void
sort_in(const struct note_line **kept, size_t *n, const struct best *best, size_t n_keys)
{
	size_t first = *n;

	for (size_t k = 0; k < n_keys; k++) {
		size_t at = *n;

		if (best[k].line == NULL)
			continue;
		for (; at > first && before(best[k].line, kept[at - 1]); at--)
			kept[at] = kept[at - 1];
		kept[at] = best[k].line;
		(*n)++;
	}
}

static int
write_merged(struct buf *out, const struct note *base, const struct note_line **kept, size_t n, struct err *e)
{
	size_t total = base->text_len + 1;
	bool good = buf_add(out, base->text, base->text_len) && buf_byte(out, '\n');

	for (size_t i = 0; i < n; i++) {
		total += kept[i]->raw_len;
		good = good && buf_add(out, kept[i]->raw, kept[i]->raw_len);
	}
	if (n > NOTE_MAX_LINES || total > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "note: would have %zu signature lines and %zu bytes; at most %d and %d are "
		    "read", n, total, NOTE_MAX_LINES, NOTE_MAX_BYTES);
	return good ? OK : err_set(e, ERR_NOMEM, "note: out of memory");
}

int
note_merge(struct arena *a, struct buf *out, const void *note, size_t len, const void *lines, size_t lines_len,
    const struct vkey *keys, size_t n_keys, uint64_t max_time_s, struct err *e)
{
	struct note base, more;
	const struct note_line **kept;
	struct best *best;
	size_t n = 0, known = 0, k;
	int rc;

	if ((rc = note_parse(a, note, len, &base, e)) != OK || (rc = note_parse_lines(a, lines, lines_len, &more, e)) != OK)
		return rc;
	kept = arena_alloc(a, (base.n_lines + n_keys) * sizeof *kept);
	best = arena_alloc(a, (n_keys + 1) * sizeof *best);
	if (kept == NULL || best == NULL)
		return err_set(e, ERR_NOMEM, "note: out of memory");
	for (size_t i = 0; i < base.n_lines && rc == OK; i++) {
		const struct note_line *l = &base.line[i];

		/* The bound on time is for what comes in: a line that is there was taken by this clock before. */
		if ((rc = note_find_key(l, keys, n_keys, &k, e)) == OK && k == n_keys)
			keep_other(kept, &n, l);
		else if (rc == OK)
			rc = consider(&best[k], &base, l, &keys[k], VKEY_MAX_TIME_S, e);
	}
	for (size_t i = 0; i < more.n_lines && rc == OK; i++) {
		const struct note_line *l = &more.line[i];

		if ((rc = note_find_key(l, keys, n_keys, &k, e)) != OK || k == n_keys)
			continue;
		known++;
		rc = consider(&best[k], &base, l, &keys[k], max_time_s, e);
	}
	if (rc != OK)
		return rc;
	if (known == 0)
		return err_set(e, ERR_VERIFY, "cosignatures: no line by a key that was asked; are the witness's keys those of "
		    "today?");
	sort_in(kept, &n, best, n_keys);
	return write_merged(out, &base, kept, n, e);
}
