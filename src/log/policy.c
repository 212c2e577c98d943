#include "log/policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* One line and what is left of it. */
struct reader {
	struct log_policy *p;
	const char *at, *end;
	bool have_quorum;
	bool used[LOG_POLICY_WITNESSES_MAX + LOG_POLICY_GROUPS_MAX];	/* is a member of a group */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next item of the line; false if there is none. */
static bool
next(struct reader *r, struct log_policy_name *item)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	item->s = r->at;
	while (r->at < r->end && !is_blank(*r->at))
		r->at++;
	item->len = (size_t)(r->at - item->s);
	return item->len > 0;
}

static bool
same(const struct log_policy_name *a, const struct log_policy_name *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

static bool
find(const struct log_policy *p, const struct log_policy_name *name, log_policy_ref *ref)
{
	for (size_t i = 0; i < p->n_witnesses; i++)
		if (same(&p->witness[i], name)) {
			*ref = (log_policy_ref)i;
			return true;
		}
	for (size_t i = 0; i < p->n_groups; i++)
		if (same(&p->group[i].name, name)) {
			*ref = (log_policy_ref)(LOG_POLICY_WITNESSES_MAX + i);
			return true;
		}
	return false;
}

static int
new_name(struct reader *r, struct log_policy_name *name, struct err *e)
{
	log_policy_ref ref;

	if (!next(r, name))
		return err_set(e, ERR_INPUT, "a name is missing");
	if (text_eq(name->s, name->len, "none"))
		return err_set(e, ERR_INPUT, "\"none\" cannot be defined; it is a quorum's name for no cosignatures");
	if (find(r->p, name, &ref))
		return err_set(e, ERR_INPUT, "this name is defined on a line before this one");
	return OK;
}

/* A vkey of ${type} and an optional URL, as key number ${at}. */
static int
read_key(struct reader *r, size_t at, uint8_t type, struct err *e)
{
	struct log_policy_name item;
	int rc;

	if (!next(r, &item))
		return err_set(e, ERR_INPUT, "a vkey is missing");
	if ((rc = vkey_parse(&r->p->key[at], item.s, item.len, e)) != OK)
		return rc;
	if (r->p->key[at].type != type)
		return err_set(e, ERR_INPUT, "the key %s is of type %02x; a log's must be 01 and a witness's 04",
		    r->p->key[at].name, r->p->key[at].type);
	if (!next(r, &r->p->url[at]))
		r->p->url[at].len = 0;
	return vkey_distinct(r->p->key, r->p->n_logs + r->p->n_witnesses + 1, e);
}

static int
read_log(struct reader *r, struct err *e)
{
	struct log_policy *p = r->p;
	struct vkey key;
	struct log_policy_name url;
	int rc;

	if (p->n_logs == LOG_POLICY_LOGS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d logs", LOG_POLICY_LOGS_MAX);
	if ((rc = read_key(r, p->n_logs + p->n_witnesses, VKEY_ED25519, e)) != OK)
		return rc;
	/* Logs and witnesses may be listed in any order; logs come first here. */
	key = p->key[p->n_logs + p->n_witnesses];
	url = p->url[p->n_logs + p->n_witnesses];
	memmove(&p->key[p->n_logs + 1], &p->key[p->n_logs], p->n_witnesses * sizeof *p->key);
	memmove(&p->url[p->n_logs + 1], &p->url[p->n_logs], p->n_witnesses * sizeof *p->url);
	p->key[p->n_logs] = key;
	p->url[p->n_logs++] = url;
	return OK;
}

static int
read_witness(struct reader *r, struct err *e)
{
	struct log_policy *p = r->p;
	struct log_policy_name name;
	int rc;

	if (p->n_witnesses == LOG_POLICY_WITNESSES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d witnesses", LOG_POLICY_WITNESSES_MAX);
	if ((rc = new_name(r, &name, e)) != OK || (rc = read_key(r, p->n_logs + p->n_witnesses, VKEY_COSIGN, e)) != OK)
		return rc;
	p->witness[p->n_witnesses++] = name;
	return OK;
}

static int
read_members(struct reader *r, struct log_policy_group *g, struct err *e)
{
	struct log_policy_name item;

	while (next(r, &item)) {
		log_policy_ref ref;

		/* Names are any octets, so a message tells which by its number. */
		if (!find(r->p, &item, &ref))
			return err_set(e, ERR_INPUT, "member %d of the group is not defined on a line before this one", g->n + 1);
		if (r->used[ref])
			return err_set(e, ERR_INPUT, "member %d of the group is a member already, here or of another group, and "
			    "would count twice", g->n + 1);
		r->used[ref] = true;
		g->member[g->n++] = ref;	/* each name once, so there is room */
	}
	return g->n > 0 ? OK : err_set(e, ERR_INPUT, "a group needs at least one member");
}

static int
read_group(struct reader *r, struct err *e)
{
	struct log_policy_group *g = &r->p->group[r->p->n_groups];
	struct log_policy_name threshold;
	uint64_t k = 0;
	int rc;

	if (r->p->n_groups == LOG_POLICY_GROUPS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d groups", LOG_POLICY_GROUPS_MAX);
	if ((rc = new_name(r, &g->name, e)) != OK)
		return rc;
	if (!next(r, &threshold))
		return err_set(e, ERR_INPUT, "after the group's name comes \"all\", \"any\" or a number");
	if ((rc = read_members(r, g, e)) != OK)
		return rc;
	if (text_eq(threshold.s, threshold.len, "all"))
		k = g->n;
	else if (text_eq(threshold.s, threshold.len, "any"))
		k = 1;
	else if (!dec_u64(threshold.s, threshold.len, g->n, &k) || k == 0)
		return err_set(e, ERR_INPUT, "the group's threshold must be \"all\", \"any\" or a decimal of 1 to %d, the "
		    "number of its members", g->n);
	g->k = (uint8_t)k;
	r->p->n_groups++;
	return OK;
}

static int
read_quorum(struct reader *r, struct err *e)
{
	struct log_policy_name name;

	if (r->have_quorum)
		return err_set(e, ERR_INPUT, "a second quorum; there is exactly one");
	if (!next(r, &name))
		return err_set(e, ERR_INPUT, "after \"quorum\" comes the name of a witness or group, or \"none\"");
	if (text_eq(name.s, name.len, "none"))
		r->p->quorum = LOG_POLICY_NONE;
	else if (!find(r->p, &name, &r->p->quorum))
		return err_set(e, ERR_INPUT, "the quorum's name is not defined on a line before this one");
	r->have_quorum = true;
	return OK;
}

static int
read_line(struct reader *r, struct err *e)
{
	static const struct {
		const char *word;
		int (*read)(struct reader *r, struct err *e);
	} rows[] = { { "log", read_log }, { "witness", read_witness }, { "group", read_group }, { "quorum", read_quorum } };
	struct log_policy_name word, rest;
	int rc;

	for (const char *c = r->at; c < r->end; c++)
		if (((uint8_t)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return err_set(e, ERR_INPUT, "the octet %02x is not allowed", (unsigned)(uint8_t)*c);
	if (!next(r, &word) || word.s[0] == '#')
		return OK;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!text_eq(word.s, word.len, rows[i].word))
			continue;
		if ((rc = rows[i].read(r, e)) == OK && next(r, &rest))
			return err_set(e, ERR_INPUT, "more items than a %s line has", rows[i].word);
		return rc;
	}
	return err_set(e, ERR_UNKNOWN, "must begin with log, witness, group, quorum or '#'");
}

int
log_policy_parse(const char *text, size_t len, struct log_policy *out, struct err *e)
{
	struct reader r = { .p = out };
	const char *s = text, *end = text + len;
	int rc;

	memset(out, 0, sizeof *out);
	if (len > LOG_POLICY_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "policy: %zu bytes, at most %d are read", len, LOG_POLICY_MAX_BYTES);
	for (size_t number = 1; s < end; number++) {
		r.at = s;
		if ((r.end = memchr(s, '\n', (size_t)(end - s))) == NULL)
			return err_set(e, ERR_INPUT, "policy: line %zu: does not end in a newline; the file is cut off", number);
		s = r.end + 1;
		if ((rc = read_line(&r, e)) != OK) {
			err_at(e, "policy: line %zu", number);
			return rc;
		}
	}
	return r.have_quorum ? OK : err_set(e, ERR_INPUT, "policy: has no quorum line");
}

/* ---- evaluating -------------------------------------------------------------------------------------------------- */

bool
log_policy_satisfied(const struct log_policy *p, const struct note_mark *marks)
{
	bool have[LOG_POLICY_WITNESSES_MAX + LOG_POLICY_GROUPS_MAX] = { false };

	for (size_t i = 0; i < p->n_witnesses; i++)
		have[i] = marks[i].signed_by;
	/* Members stand before their groups, so one pass is enough. */
	for (size_t i = 0; i < p->n_groups; i++) {
		const struct log_policy_group *g = &p->group[i];
		unsigned count = 0;

		for (unsigned m = 0; m < g->n; m++)
			count += have[g->member[m]];
		have[LOG_POLICY_WITNESSES_MAX + i] = count >= g->k;
	}
	return p->quorum == LOG_POLICY_NONE || have[p->quorum];
}

int
log_policy_verify(struct arena *a, const struct log_policy *p, const void *bytes, size_t len,
    struct log_policy_result *out, struct err *e)
{
	struct note_mark marks[LOG_POLICY_KEYS_MAX];
	struct checkpoint *c = &out->checkpoint;
	struct note n;
	int rc;

	memset(out, 0, sizeof *out);
	if ((rc = note_parse(a, bytes, len, &n, e)) != OK || (rc = checkpoint_parse(c, n.text, n.text_len, e)) != OK)
		return rc;
	if ((rc = note_verify(&n, n.text, n.text_len, p->key, p->n_logs + p->n_witnesses, marks, e)) != OK) {
		err_at(e, "checkpoint of %s", c->origin);
		return rc;
	}
	while (out->log < p->n_logs && !(marks[out->log].signed_by && strcmp(p->key[out->log].name, c->origin) == 0))
		out->log++;
	if (out->log == p->n_logs)
		return err_set(e, ERR_VERIFY, "checkpoint of %s: not signed by a log of the policy with that name", c->origin);
	memcpy(out->mark, &marks[p->n_logs], p->n_witnesses * sizeof *marks);
	if (!log_policy_satisfied(p, out->mark))
		return err_set(e, ERR_VERIFY, "checkpoint of %s, size %" PRIu64 ": its cosignatures are not enough for the "
		    "policy's quorum", c->origin, c->size);
	return OK;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

int
log_policy_format(struct buf *out, const struct vkey *log, const struct vkey *witnesses, size_t n, size_t k, struct err *e)
{
	char text[VKEY_TEXT_MAX];
	size_t start = out->len;
	struct log_policy *check;
	int rc;

	vkey_format(text, log);
	buf_fmt(out, "log %s\n", text);
	for (size_t i = 0; i < n; i++) {
		vkey_format(text, &witnesses[i]);
		buf_fmt(out, "witness %s %s\n", witnesses[i].name, text);
	}
	if (k > 0) {
		buf_fmt(out, "group settled %zu", k);
		for (size_t i = 0; i < n; i++)
			buf_fmt(out, " %s", witnesses[i].name);
		buf_byte(out, '\n');
	}
	buf_fmt(out, "quorum %s\n", k > 0 ? "settled" : "none");
	if (out->failed || (check = malloc(sizeof *check)) == NULL)
		return err_set(e, ERR_NOMEM, "policy: out of memory");
	/* Everything that a policy may not hold is refused by the one who reads it. */
	rc = log_policy_parse((const char *)out->data + start, out->len - start, check, e);
	free(check);
	return rc;
}
