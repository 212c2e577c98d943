/* From a record back to a draft: the next version of it. */
#include <string.h>

#include "record/compose.h"

struct copy {
	struct arena *arena;
	bool full;
};

static const char *
str(struct copy *c, struct slice s)
{
	char *p;

	if (s.s == NULL)
		return NULL;
	if ((p = arena_strn(c->arena, s.s, s.len)) == NULL)
		c->full = true;
	return p;
}

static const char *
member(struct copy *c, const struct json *o, const char *key)
{
	const struct json *j = json_get(o, key);

	return j != NULL ? str(c, (struct slice){ j->str, j->len }) : NULL;
}

static void *
room(struct copy *c, size_t count, size_t size)
{
	void *p = count > 0 ? arena_alloc(c->arena, count * size) : NULL;

	c->full |= count > 0 && p == NULL;
	return p;
}

static struct draft_list
list(struct copy *c, const struct json *array)
{
	size_t n = array != NULL ? array->count : 0, i = 0;
	const char **words = room(c, n, sizeof *words);

	if (words == NULL)
		return (struct draft_list){ NULL, 0 };
	for (const struct json *j = array->child; j != NULL; j = j->next)
		words[i++] = str(c, (struct slice){ j->str, j->len });
	return (struct draft_list){ words, n };
}

static void
copy_basis(struct copy *c, const struct record *r, struct draft *d)
{
	struct draft_basis *basis = room(c, r->basis->count, sizeof *basis);
	size_t n = 0;

	if (basis == NULL)
		return;
	for (const struct json *j = r->basis->child; j != NULL; j = j->next, n++)
		basis[n] = (struct draft_basis){ member(c, j, "instrument"), member(c, j, "article"), member(c, j, "decision"),
		    member(c, j, "consent") };
	d->basis = basis;
	d->basis_count = n;
}

static void
copy_links(struct copy *c, const struct record *r, struct draft *d)
{
	struct draft_link *links = room(c, r->links != NULL ? r->links->count : 0, sizeof *links);
	size_t n = 0;

	if (links == NULL)
		return;
	for (const struct json *j = r->links->child; j != NULL; j = j->next, n++)
		links[n] = (struct draft_link){ member(c, j, "ref"), member(c, j, "rel") };
	d->links = links;
	d->links_count = n;
}

static void
copy_markings(struct copy *c, const struct record *r, struct draft *d)
{
	const struct json *grade = json_get(r->root, "grade"), *handling = json_get(r->root, "handling");

	d->onward = r->onward;
	d->handling = r->handling;
	for (const struct json *j = handling != NULL ? handling->child : NULL; j != NULL; j = j->next)
		if (j->type == JSON_OBJECT)
			d->h3 = member(c, j, "H3");
	d->tlp = r->tlp;
	d->pap = r->pap;
	d->class_level = r->class_level;
	d->class_label = str(c, r->class_label);
	d->class_mapping = str(c, r->class_mapping);
	d->grade_scheme = member(c, grade, "scheme");
	d->grade_source = member(c, grade, "source");
	d->grade_info = member(c, grade, "info");
	d->pd = r->pd;
	d->review_by = r->review_by;
	d->delete_by = r->delete_by;
	d->announce = r->announce;
}

int
compose_next(struct arena *a, const struct record *r, const uint8_t prev[RECORD_HASH_BYTES], struct draft *d, struct err *e)
{
	struct copy c = { a, false };

	compose_start(d, r->kind);
	memcpy(d->id, r->id, sizeof d->id);
	memcpy(d->prev, prev, sizeof d->prev);
	d->seq = r->seq + 1;
	d->mechanism = str(&c, r->mechanism);
	d->channel = str(&c, r->channel);
	d->member = str(&c, r->member);
	d->authority = str(&c, r->authority);
	d->officer = str(&c, r->officer);
	d->effective_from = r->effective_from;
	d->effective_until = r->effective_until;
	d->mode = r->mode;
	d->state = str(&c, r->state);
	copy_basis(&c, r, d);
	d->purposes = r->purposes;
	d->base = r->base;
	d->base_arg = str(&c, r->base_arg);
	d->members = list(&c, r->base_list);
	d->exclude = list(&c, r->exclude);
	d->roles = list(&c, r->roles);
	d->persons = list(&c, r->persons);
	d->delivery = list(&c, r->delivery);
	copy_markings(&c, r, d);
	d->naming = member(&c, r->root, "naming");
	copy_links(&c, r, d);
	return c.full ? err_set(e, ERR_LIMIT, "no memory for the next version of this record") : OK;
}
