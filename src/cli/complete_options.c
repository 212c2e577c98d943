/* Completion: what the command's options and the version to be updated say. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/complete.h"
#include "log/entry.h"
#include "view/query.h"

char *
complete_quoted(struct arena *a, const char *s, size_t len)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	char *copy;

	jo_strn(&o, NULL, s, len);
	copy = arena_strn(a, buf_cstr(&b), b.len);
	buf_free(&b);
	return copy;
}

/* "a,b" as ["a","b"]. */
char *
complete_list(struct arena *a, const char *s)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	char *copy;

	jo_open(&o, NULL, '[');
	for (size_t n; *s != 0; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		jo_strn(&o, NULL, s, n);
	}
	jo_close(&o, ']');
	copy = arena_strn(a, buf_cstr(&b), b.len);
	buf_free(&b);
	return copy;
}

unsigned
complete_row(const char *name)
{
	unsigned hint = 0;
	const struct field *f = tables_find_field(S_ENVELOPE, name, strlen(name), &hint);

	assert(f != NULL);
	return (unsigned)(f - &tables_field[tables_struct[S_ENVELOPE].first]);
}

/* ---- options ---- */

static const char *const wanting[] = {
	"kind", "channel", "to", "exclude", "authority", "purpose", "tlp", "handling", "basis", "mode", "state", "pd", "body",
	    "update",
	"complete", "print"
};

bool
complete_wanted(const struct cli *c)
{
	for (size_t i = 0; i < sizeof wanting / sizeof wanting[0]; i++)
		if (args_get(c, wanting[i]) != NULL)
			return true;
	return false;
}

/* "parties:treaty", "body:council", "list:kz,kg", "all", "public" as an audience object. */
static int
read_to(struct complete *k, const char *to, const char *exclude, struct err *e)
{
	static const struct { const char *prefix, *base, *member; } forms[] = {
		{ "parties:", "PARTIES", "of" }, { "body:", "BODY", "of" }, { "list:", "LIST", "members" }, { "all", "ALL_MEMBERS",
		    NULL },
		{ "public", "PUBLIC", NULL }
	};
	size_t i, n;
	char *rest = NULL;

	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		n = strlen(forms[i].prefix);
		if (forms[i].member == NULL ? strcmp(to, forms[i].prefix) == 0 : strncmp(to, forms[i].prefix, n) == 0 && to[n] != 0)
			break;
	}
	if (i == sizeof forms / sizeof forms[0])
		return err_set(e, ERR_USAGE, "--to: \"%s\" is none of parties:INSTRUMENT, body:CODE, list:MEMBER,MEMBER, all, "
		    "public", to);
	if (forms[i].member != NULL)
		rest = i == 2 ? complete_list(&k->boot, to + n) : complete_quoted(&k->boot, to + n, strlen(to + n));
	k->option[complete_row("audience")] = arena_fmt(&k->boot, "{\"base\":\"%s\"%s%s%s%s%s%s}", forms[i].base, rest == NULL ?
	    "" : ",\"",
	    rest == NULL ? "" : forms[i].member, rest == NULL ? "" : "\":", rest == NULL ? "" : rest, exclude == NULL ? "" :
	    ",\"exclude\":", exclude == NULL ? "" : complete_list(&k->boot, exclude));
	return OK;
}

static int
read_basis(struct complete *k, const char *basis, struct err *e)
{
	const char *colon = strchr(basis, ':');

	if (colon == NULL || colon == basis || colon[1] == 0)
		return err_set(e, ERR_USAGE, "--basis: \"%s\" cites no article; write INSTRUMENT:ARTICLE, such as treaty:7", basis);
	k->option[complete_row("basis")] = arena_fmt(&k->boot, "[{\"instrument\":%s,\"article\":%s}]",
	    complete_quoted(&k->boot, basis, (size_t)(colon - basis)), complete_quoted(&k->boot, colon + 1, strlen(colon + 1)));
	return OK;
}

static int
read_options(struct complete *k, struct err *e)
{
	static const char *const words[] = { "kind", "channel", "tlp", "mode", "state", "pd" };
	static const char *const lists[] = { "purpose", "handling" };
	const char *v, *exclude = args_get(k->cli, "exclude");
	int rc;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((v = args_get(k->cli, words[i])) != NULL)
			k->option[complete_row(words[i])] = complete_quoted(&k->boot, v, strlen(v));
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if ((v = args_get(k->cli, lists[i])) != NULL)
			k->option[complete_row(lists[i])] = complete_list(&k->boot, v);
	if ((v = args_get(k->cli, "basis")) != NULL && (rc = read_basis(k, v, e)) != OK)
		return rc;
	if ((v = args_get(k->cli, "to")) != NULL)
		return read_to(k, v, exclude, e);
	return exclude == NULL ? OK : err_set(e, ERR_USAGE, "--exclude goes with --to");
}

/* The newest version of own record ${name}: its envelope is what the next version starts from. */
static int
read_update(struct complete *k, struct store_reader *reader, const char *name, struct err *e)
{
	struct judge j = node_judge(k->node, reader);
	struct judged *d = arena_alloc(&k->boot, sizeof *d);
	struct digest commitment;
	int64_t pos;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read %s", name);
	if (query_find(&j, name, strlen(name), 0, &pos, e) != OK || judge_read(&j, pos, &k->boot, d, e) != OK)
		return err_at(e, "--update");
	if (!d->parsed || d->law.origin != j.own)
		return err_set(e, ERR_DENIED, "--update: %s is not this member's record; only its originator files a new version",
		    name);
	if (d->superseded)
		return err_set(e, ERR_CONFLICT, "--update: %s is not the newest version; name the record by its id", name);
	entry_commit(&commitment, d->nonce, d->rec.bytes, d->rec.size);
	hex_encode(k->prev, commitment.b, sizeof commitment.b);
	k->base = d->rec.root;
	k->base_text = (const char *)d->rec.bytes;
	k->next_seq = d->rec.seq + 1;
	return OK;
}

int
complete_start(struct complete *k, const struct cli *c, const struct node *n, struct store_reader *reader, struct err *e)
{
	const char *update = args_get(c, "update");
	int rc;

	assert(tables_fields(S_ENVELOPE) <= COMPLETE_FIELDS);
	k->cli = c;
	k->node = n;
	if ((rc = read_options(k, e)) != OK)
		return rc;
	return update == NULL ? OK : read_update(k, reader, update, e);
}

void
complete_end(struct complete *k)
{
	arena_free(&k->boot);
}
