/* Filling the register: instruments, bodies, authorities, channels, naming sets. */
#include <string.h>

#include "law/registry_rows.h"

/* Index of the new thing, or an error; ${slot} is zeroed and not counted yet. */
#define NEW_ROOM(r, list, what, code, find, e) \
	new_room((r)->arena, &rows, (r)->list##_count, sizeof *(r)->list, what, code, \
	    (code) == NULL ? LAW_NONE : find((r), (code), strlen(code)), (e))

static int
new_room(struct arena *a, void **rows, uint32_t count, size_t size, const char *what, const char *code, int existing,
    struct err *e)
{
	int rc = registry_new_code(what, code, existing, e);

	return rc != OK ? rc : registry_room(a, rows, count, size, LAW_THINGS_MAX, e);
}

int
registry_add_instrument(struct registry *r, const char *code, const char *title, int32_t adopted, struct err *e)
{
	void *rows = r->instruments;
	struct law_instrument *i;
	int rc = NEW_ROOM(r, instruments, "instrument", code, registry_instrument, e);

	if (rc != OK)
		return rc;
	r->instruments = rows;
	i = &r->instruments[r->instruments_count];
	*i = (struct law_instrument){ .code = arena_str(r->arena, code), .title = arena_str(r->arena, title == NULL ?
	    "" : title),
		.adopted = adopted, .caps = { CLASS_MAX, PD_SPECIAL, KINDS_ALL }, .survival = SURVIVAL_NONE };
	if (i->code == NULL || i->title == NULL)
		return registry_no_memory(e);
	return (int)r->instruments_count++;
}

int
registry_caps(struct registry *r, int instrument, const struct law_caps *caps, struct err *e)
{
	int rc = registry_check_index(instrument, r->instruments_count, "instrument", e);

	if (rc != OK)
		return rc;
	if (caps->class_level < 0 || caps->class_level > CLASS_MAX || (unsigned)caps->pd >= PD_COUNT ||
	    (caps->kinds & ~KINDS_ALL) != 0)
		return err_set(e, ERR_UNKNOWN, "data caps of \"%s\": a class, pd or kind this version does not know",
		    r->instruments[instrument].code);
	r->instruments[instrument].caps = *caps;
	return OK;
}

int
registry_survival(struct registry *r, int instrument, enum survival s, int32_t days, struct err *e)
{
	int rc = registry_check_index(instrument, r->instruments_count, "instrument", e);

	if (rc != OK)
		return rc;
	if ((unsigned)s >= SURVIVAL_COUNT || days < 0)
		return err_set(e, ERR_INPUT, "survival clause of \"%s\": none, a number of days from 0 up, or until"
		    " delete_by", r->instruments[instrument].code);
	r->instruments[instrument].survival = s;
	r->instruments[instrument].survival_days = days;
	return OK;
}

int
registry_binding(struct registry *r, int instrument, int member, enum binding b, struct span span, const char *source,
    struct err *e)
{
	int rc = registry_check_index(instrument, r->instruments_count, "instrument", e);
	struct law_instrument *i = rc == OK ? &r->instruments[instrument] : NULL;
	void *rows = rc == OK ? i->bindings : NULL;
	struct binding_row row = { span, member, b, NULL };

	if (rc != OK || (rc = registry_check_index(member, r->members_count, "member", e)) != OK ||
	    (rc = registry_check_span(span, e)) != OK)
		return rc;
	if ((unsigned)b >= BINDING_COUNT)
		return err_set(e, ERR_UNKNOWN, "binding %d under \"%s\" is not one this version knows", (int)b,
		    i->code);
	for (uint32_t k = 0; k < i->bindings_count; k++)
		if (i->bindings[k].member == member && span_overlap(i->bindings[k].span, span))
			return registry_overlap(i->code, r->members[member].code, e);
	if ((rc = registry_room(r->arena, &rows, i->bindings_count, sizeof row, LAW_ROWS_MAX, e)) != OK)
		return rc;
	if ((row.source = arena_str(r->arena, source == NULL ? "" : source)) == NULL)
		return registry_no_memory(e);
	i->bindings = rows;
	i->bindings[i->bindings_count++] = row;
	return OK;
}

int
registry_effect(struct registry *r, int instrument, int a, int b, const char *article, enum effect f, struct span span,
    struct err *e)
{
	int rc = registry_check_index(instrument, r->instruments_count, "instrument", e);
	struct law_instrument *i = rc == OK ? &r->instruments[instrument] : NULL;
	void *rows = rc == OK ? i->effects : NULL;
	struct effect_row row = { span, a, b, NULL, f };

	if (rc != OK || (rc = registry_check_index(a, r->members_count, "member", e)) != OK ||
	    (b != LAW_ANY && (rc = registry_check_index(b, r->members_count, "member", e)) != OK) ||
	    (rc = registry_check_span(span, e)) != OK)
		return rc;
	if ((unsigned)f >= EFFECT_COUNT)
		return err_set(e, ERR_UNKNOWN, "effect %d under \"%s\" is not one this version knows", (int)f, i->code);
	if ((rc = registry_room(r->arena, &rows, i->effects_count, sizeof row, LAW_ROWS_MAX, e)) != OK)
		return rc;
	if (article != NULL && (row.article = arena_str(r->arena, article)) == NULL)
		return registry_no_memory(e);
	i->effects = rows;
	i->effects[i->effects_count++] = row;
	return OK;
}

int
registry_mapping(struct registry *r, int instrument, int a, int b, struct span span, struct err *e)
{
	void *rows = r->mappings;
	int rc = registry_check_index(instrument, r->instruments_count, "instrument", e);

	if (rc != OK || (a != LAW_ANY && (rc = registry_check_index(a, r->members_count, "member", e)) != OK) ||
	    (b != LAW_ANY && (rc = registry_check_index(b, r->members_count, "member", e)) != OK) ||
	    (rc = registry_check_span(span, e)) != OK || (rc = registry_room(r->arena, &rows, r->mappings_count,
	    sizeof *r->mappings, LAW_ROWS_MAX, e)) != OK)
		return rc;
	r->mappings = rows;
	r->mappings[r->mappings_count++] = (struct mapping_row){ span, instrument, a, b };
	return OK;
}

int
registry_add_body(struct registry *r, const char *code, uint32_t standings, struct err *e)
{
	void *rows = r->bodies;
	struct law_body b = { .standings = standings };
	int rc = NEW_ROOM(r, bodies, "body", code, registry_body, e);

	if (rc != OK)
		return rc;
	if (standings >> STANDING_COUNT != 0)
		return err_set(e, ERR_UNKNOWN, "body \"%s\": a standing this version does not know", code);
	if ((b.code = arena_str(r->arena, code)) == NULL)
		return registry_no_memory(e);
	r->bodies = rows;
	r->bodies[r->bodies_count] = b;
	return (int)r->bodies_count++;
}

int
registry_body_member(struct registry *r, int body, int member, struct span span, struct err *e)
{
	int rc = registry_check_index(body, r->bodies_count, "body", e);
	struct law_body *b = rc == OK ? &r->bodies[body] : NULL;
	void *rows = rc == OK ? b->members : NULL;

	if (rc != OK || (rc = registry_check_index(member, r->members_count, "member", e)) != OK ||
	    (rc = registry_check_span(span, e)) != OK)
		return rc;
	for (uint32_t i = 0; i < b->members_count; i++)
		if (b->members[i].member == member && span_overlap(b->members[i].span, span))
			return registry_overlap(b->code, r->members[member].code, e);
	if ((rc = registry_room(r->arena, &rows, b->members_count, sizeof *b->members, LAW_ROWS_MAX, e)) != OK)
		return rc;
	b->members = rows;
	b->members[b->members_count++] = (struct composition_row){ span, member };
	return OK;
}

int
registry_add_authority(struct registry *r, const char *code, int member, enum authority_type t, struct span valid,
    struct err *e)
{
	void *rows = r->authorities;
	struct law_authority a = { .member = member, .type = t, .valid = valid };
	int rc = NEW_ROOM(r, authorities, "authority", code, registry_authority, e);

	if (rc != OK || (rc = registry_check_index(member, r->members_count, "member", e)) != OK ||
	    (rc = registry_check_span(valid, e)) != OK)
		return rc;
	if ((unsigned)t >= AUTH_TYPE_COUNT)
		return err_set(e, ERR_UNKNOWN, "authority \"%s\": type %d is not one this version knows", code, (int)t);
	if ((a.code = arena_str(r->arena, code)) == NULL)
		return registry_no_memory(e);
	r->authorities = rows;
	r->authorities[r->authorities_count] = a;
	return (int)r->authorities_count++;
}

int
registry_competence(struct registry *r, int authority, uint32_t purposes, uint32_t kinds, uint8_t may, struct span span,
    struct err *e)
{
	int rc = registry_check_index(authority, r->authorities_count, "authority", e);
	struct law_authority *a = rc == OK ? &r->authorities[authority] : NULL;
	void *rows = rc == OK ? a->competences : NULL;

	if (rc != OK || (rc = registry_check_span(span, e)) != OK)
		return rc;
	if ((purposes & ~PURPOSES_ALL) != 0 || (kinds & ~KINDS_ALL) != 0 || may > 15)
		return err_set(e, ERR_UNKNOWN,
		    "competence of \"%s\": a purpose, kind or right this version does not know", a->code);
	if ((rc = registry_room(r->arena, &rows, a->competences_count, sizeof *a->competences, LAW_ROWS_MAX, e)) != OK)
		return rc;
	a->competences = rows;
	a->competences[a->competences_count++] = (struct competence_row){ span, purposes, kinds, may };
	return OK;
}

int
registry_add_channel(struct registry *r, const char *code, int instrument, uint32_t kinds, uint32_t purposes,
    struct err *e)
{
	void *rows = r->channels;
	struct law_channel c = { NULL, instrument, kinds, purposes };
	int rc = NEW_ROOM(r, channels, "channel", code, registry_channel, e);

	if (rc != OK || (rc = registry_check_index(instrument, r->instruments_count, "instrument", e)) != OK)
		return rc;
	if ((purposes & ~PURPOSES_ALL) != 0 || (kinds & ~KINDS_ALL) != 0)
		return err_set(e, ERR_UNKNOWN, "channel \"%s\": a purpose or kind this version does not know", code);
	if ((c.code = arena_str(r->arena, code)) == NULL)
		return registry_no_memory(e);
	r->channels = rows;
	r->channels[r->channels_count] = c;
	return (int)r->channels_count++;
}

static int
find_naming(const struct registry *r, const char *code, size_t len)
{
	for (uint32_t i = 0; i < r->namings_count; i++)
		if (strlen(r->namings[i].code) == len && memcmp(r->namings[i].code, code, len) == 0)
			return (int)i;
	return LAW_NONE;
}

int
registry_add_naming(struct registry *r, const char *code, const struct mset *audience, struct err *e)
{
	void *rows = r->namings;
	struct law_naming n = { .audience = *audience };
	int rc = NEW_ROOM(r, namings, "naming set", code, find_naming, e);

	if (rc != OK)
		return rc;
	if ((n.code = arena_str(r->arena, code)) == NULL)
		return registry_no_memory(e);
	r->namings = rows;
	r->namings[r->namings_count] = n;
	return (int)r->namings_count++;
}

int
registry_term(struct registry *r, int naming, const char *subject, const char *denomination, const char *footnote,
    struct err *e)
{
	int rc = registry_check_index(naming, r->namings_count, "naming set", e);
	struct law_naming *n = rc == OK ? &r->namings[naming] : NULL;
	void *rows = rc == OK ? n->terms : NULL;
	struct term_row t;

	if (rc != OK || (rc = registry_room(r->arena, &rows, n->terms_count, sizeof t, LAW_ROWS_MAX, e)) != OK)
		return rc;
	for (uint32_t i = 0; i < n->terms_count; i++)
		if (strcmp(n->terms[i].subject, subject) == 0)
			return err_set(e, ERR_CONFLICT, "naming set \"%s\" names \"%s\" twice; keep one", n->code,
			    subject);
	t = (struct term_row){ arena_str(r->arena, subject), arena_str(r->arena, denomination),
		arena_str(r->arena, footnote == NULL ? "" : footnote) };
	if (t.subject == NULL || t.denomination == NULL || t.footnote == NULL)
		return registry_no_memory(e);
	n->terms = rows;
	n->terms[n->terms_count++] = t;
	return OK;
}
