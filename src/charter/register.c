/* A checked charter as a register. */
#include <string.h>

#include "charter/charter.h"

struct filling {
	const struct charter *ch;
	struct registry *reg;
	struct err *e;
};

static int
member(const struct filling *f, const char *code)
{
	return charter_member_index(f->ch, code);
}

static int
instrument(const struct filling *f, const char *code)
{
	return registry_instrument(f->reg, code, strlen(code));
}

static int
fill_member(const struct filling *f, const struct charter_member *m)
{
	int rc = registry_add_member(f->reg, m->code, f->e), i = rc;

	for (uint32_t k = 0; rc >= 0 && k < m->names.count; k++)
		rc = registry_name(f->reg, i, m->names.rows[k].lang, m->names.rows[k].text, f->e);
	for (uint32_t k = 0; rc >= 0 && k < m->statuses_count; k++)
		rc = registry_standing(f->reg, i, m->statuses[k].standing, m->statuses[k].span, m->statuses[k].source,
		    f->e);
	for (uint32_t k = 0; rc >= 0 && k < m->seats_count; k++)
		rc = registry_seat(f->reg, i, m->seats[k].seat, m->seats[k].span, m->seats[k].source, f->e);
	for (int pd = 0; rc >= 0 && pd < PD_COUNT; pd++)
		rc = registry_retention(f->reg, i, (enum pd)pd, m->retention_days[pd], f->e);
	if (rc >= 0)
		rc = registry_calendar(f->reg, i, &m->calendar, f->e);
	return rc >= 0 ? registry_person_data(f->reg, i, &m->person_data, f->e) : rc;
}

static int
fill_grants(const struct filling *f, int i)
{
	const struct charter_member *m = &f->ch->members[i];
	int rc = OK;

	for (uint32_t k = 0; rc >= 0 && k < m->grants_count; k++) {
		const struct charter_grant *g = &m->grants[k];
		int body = g->body == NULL ? LAW_ANY : registry_body(f->reg, g->body, strlen(g->body));

		rc = registry_grant(f->reg, i, body, g->kinds, g->level, g->span, g->source, f->e);
	}
	return rc;
}

static int
fill_effects(const struct filling *f, int i, const struct charter_reservation *r)
{
	int rc = OK, by = member(f, r->by);

	if (r->towards.count == 0)
		return registry_effect(f->reg, i, by, LAW_ANY, r->article, r->effect, r->span, f->e);
	for (uint32_t k = 0; rc >= 0 && k < r->towards.count; k++)
		rc = registry_effect(f->reg, i, by, member(f, r->towards.codes[k]), r->article, r->effect, r->span,
		    f->e);
	return rc;
}

static int
fill_instrument(const struct filling *f, const struct charter_instrument *in)
{
	const char *title = in->names.count > 0 ? in->names.rows[0].text : in->code;
	int rc = registry_add_instrument(f->reg, in->code, title, in->adopted.first == in->adopted.last ?
	    in->adopted.first : INT32_MIN, f->e);
	int i = rc;

	if (rc < 0 || (rc = registry_caps(f->reg, i, &in->caps, f->e)) < 0 ||
	    (rc = registry_survival(f->reg, i, in->survival, in->survival_days, f->e)) < 0)
		return rc;
	for (uint32_t m = 0; m < f->ch->members_count; m++) {
		struct charter_binding rows[CHARTER_BINDINGS_MAX];
		uint32_t n = charter_bindings(in, f->ch->members[m].code, rows);

		for (uint32_t k = 0; rc >= 0 && k < n; k++)
			rc = registry_binding(f->reg, i, (int)m, rows[k].status, rows[k].span, rows[k].source, f->e);
	}
	for (uint32_t k = 0; rc >= 0 && k < in->reservations_count; k++)
		rc = fill_effects(f, i, &in->reservations[k]);
	return rc;
}

static int
fill_body(const struct filling *f, const struct charter_body *b)
{
	int rc = registry_add_body(f->reg, b->code, b->standings, f->e), i = rc;

	for (uint32_t k = 0; rc >= 0 && k < b->members.count; k++)
		rc = registry_body_member(f->reg, i, member(f, b->members.codes[k]), SPAN_ALWAYS, f->e);
	return rc;
}

static int
fill_authority(const struct filling *f, const struct charter_authority *a)
{
	int rc = registry_add_authority(f->reg, a->code, member(f, a->member), a->type, a->valid, f->e), i = rc;

	for (uint32_t k = 0; rc >= 0 && k < a->competences_count; k++)
		rc = registry_competence(f->reg, i, a->competences[k].purposes, a->competences[k].kinds,
		    a->competences[k].may, SPAN_ALWAYS, f->e);
	return rc;
}

static int
fill_mapping(const struct filling *f, const struct charter_mapping *m)
{
	bool pair = m->between.count == 2;

	return registry_mapping(f->reg, instrument(f, m->under), pair ? member(f, m->between.codes[0]) : LAW_ANY, pair ?
	    member(f, m->between.codes[1]) : LAW_ANY, m->span, f->e);
}

static int
fill_naming(const struct filling *f, const struct charter_naming *n)
{
	struct mset audience = { { 0 } };
	int rc, i;

	for (uint32_t k = 0; k < n->audience.count; k++)
		mset_add(&audience, member(f, n->audience.codes[k]));
	i = rc = registry_add_naming(f->reg, n->code, &audience, f->e);
	for (uint32_t k = 0; rc >= 0 && k < n->terms_count; k++)
		rc = registry_term(f->reg, i, n->terms[k].subject, n->terms[k].denomination, n->terms[k].footnote,
		    f->e);
	return rc;
}

int
charter_registry(const struct charter *ch, struct arena *a, struct registry **reg, struct err *e)
{
	const struct filling f = { ch, registry_new(a, ch->mechanism), e };
	int rc = OK;

	if (f.reg == NULL)
		return err_set(e, ERR_NOMEM, "register of \"%s\": no memory; raise the memory bound", ch->mechanism);
	for (uint32_t i = 0; rc >= 0 && i < ch->members_count; i++)
		rc = fill_member(&f, &ch->members[i]);
	for (uint32_t i = 0; rc >= 0 && i < ch->instruments_count; i++)
		rc = fill_instrument(&f, &ch->instruments[i]);
	for (uint32_t i = 0; rc >= 0 && i < ch->bodies_count; i++)
		rc = fill_body(&f, &ch->bodies[i]);
	for (uint32_t i = 0; rc >= 0 && i < ch->members_count; i++)
		rc = fill_grants(&f, (int)i);
	for (uint32_t i = 0; rc >= 0 && i < ch->authorities_count; i++)
		rc = fill_authority(&f, &ch->authorities[i]);
	for (uint32_t i = 0; rc >= 0 && i < ch->mappings_count; i++)
		rc = fill_mapping(&f, &ch->mappings[i]);
	for (uint32_t i = 0; rc >= 0 && i < ch->channels_count; i++)
		rc = registry_add_channel(f.reg, ch->channels[i].code, instrument(&f, ch->channels[i].under),
		    ch->channels[i].kinds, ch->channels[i].purposes, e);
	for (uint32_t i = 0; rc >= 0 && i < ch->namings_count; i++)
		rc = fill_naming(&f, &ch->namings[i]);
	if (rc < 0)
		return rc;
	*reg = f.reg;
	return OK;
}
