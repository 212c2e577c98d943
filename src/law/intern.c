#include "law/intern.h"

#include <string.h>

#include "base/text.h"

struct intern {				/* what every step needs */
	const struct registry *reg;
	const struct record *r;
	struct arena *a;
	struct law_record *out;
	struct err *e;
};

static int
unknown(const struct intern *x, const char *field, const char *what, const char *s, uint32_t len)
{
	return err_set(x->e, ERR_UNKNOWN, "%s: the register of \"%s\" knows no %s \"%.*s\"; the record is set aside"
	    " until it does", field, x->reg->mechanism, what, (int)(len > LAW_CODE_MAX ? LAW_CODE_MAX : len), s);
}

/*
 * What each state means for visibility. Words are those of all kinds together; over: the state ends the circulation of
 * a NOTICE, REPLY or REPORT (G2), whereas a withdrawn draft decision or contribution stays part of the register's
 * history.
 */
static const struct {
	const char *word;
	enum state_class class;
} states[] = {
	{ "DRAFT", STATE_UNSENT }, { "PENDING_APPROVAL", STATE_UNSENT }, { "WITHDRAWN", STATE_OVER },
	    { "EXPIRED", STATE_OVER },
	{ "REFUSED", STATE_OVER }, { "BLOCKED", STATE_BLOCKED }, { "DELETED", STATE_DELETED },
	{ "ACCEPTED", 0 }, { "ACHIEVED", 0 }, { "ACKNOWLEDGED", 0 }, { "ACTIVE", 0 }, { "ADMITTED", 0 },
	    { "ADOPTED", 0 },
	{ "AGREED", 0 }, { "AMENDED", 0 }, { "ANSWERED", 0 }, { "CANCELLED", 0 }, { "CLAIMED", 0 }, { "CLOSED", 0 },
	{ "COMMITTED", 0 }, { "CONTESTED", 0 }, { "CONVENED", 0 }, { "CORRECTED", 0 }, { "DECLINED", 0 },
	    { "DELIVERED", 0 },
	{ "DEPLOYED", 0 }, { "DISBURSED", 0 }, { "DONE", 0 }, { "DROPPED", 0 }, { "ENDED", 0 }, { "FACTS_AGREED", 0 },
	{ "FACTS_DISPUTED", 0 }, { "FILED", 0 }, { "FLAGGED", 0 }, { "FORMER", 0 }, { "IN_EFFECT", 0 },
	    { "IN_FORCE", 0 },
	{ "IN_PROGRESS", 0 }, { "JOINT_INSPECTION", 0 }, { "LAPSED", 0 }, { "NEGOTIATED", 0 }, { "NOMINATED", 0 },
	{ "NOTIFIED", 0 }, { "NOT_ADOPTED", 0 }, { "OFFERED", 0 }, { "ONGOING", 0 }, { "OPEN", 0 }, { "OVERDUE", 0 },
	{ "PARTIAL", 0 }, { "PENDING_REVIEW", 0 }, { "PLANNED", 0 }, { "PLEDGED", 0 }, { "PROPOSED", 0 }, { "PUT", 0 },
	{ "RECORDED", 0 }, { "RECORD_ADOPTED", 0 }, { "REPEALED", 0 }, { "REPLACED", 0 }, { "RETURNED", 0 },
	    { "SENT", 0 },
	{ "SETTLED", 0 }, { "SPENT", 0 }, { "STOPPED", 0 }, { "SUPERSEDED", 0 }, { "SUSPENDED", 0 }, { "TABLED", 0 },
	{ "TERMINATED", 0 }, { "UNDER_SILENCE", 0 }, { "UNDER_WAY", 0 }, { "UNDETERMINED", 0 }, { "UPDATED", 0 },
};

enum state_class
law_state_class(enum kind kind, const char *s, size_t len)
{
	bool circulates = kind == KIND_NOTICE || kind == KIND_REPLY || kind == KIND_REPORT;

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (text_eq(s, len, states[i].word))
			return states[i].class == STATE_OVER && !circulates ? STATE_LIVE : states[i].class;
	return STATE_UNKNOWN;
}

static int
members(const struct intern *x, const struct json *list, const char *field, struct mset *out)
{
	memset(out, 0, sizeof *out);
	for (const struct json *j = list == NULL ? NULL : list->child; j != NULL; j = j->next) {
		int m = j->type == JSON_STRING ? registry_member(x->reg, j->str, j->len) : LAW_NONE;

		if (m == LAW_NONE)
			return unknown(x, field, "member", j->type == JSON_STRING ? j->str : "",
			    j->type == JSON_STRING ? j->len : 0);
		mset_add(out, m);
	}
	return OK;
}

static int
origin(const struct intern *x)
{
	const struct record *r = x->r;

	x->out->origin = registry_member(x->reg, r->member.s, r->member.len);
	if (x->out->origin == LAW_NONE)
		return unknown(x, "origin", "member", r->member.s, r->member.len);
	x->out->authority = registry_authority(x->reg, r->authority.s, r->authority.len);
	x->out->officer = r->officer;
	x->out->channel = LAW_NONE;
	if (r->channel.s == NULL)
		return OK;
	x->out->channel = registry_channel(x->reg, r->channel.s, r->channel.len);
	return x->out->channel == LAW_NONE ? unknown(x, "channel", "channel", r->channel.s, r->channel.len) : OK;
}

static int
roles(const struct intern *x)
{
	const struct json *list = x->r->roles;
	int *named;

	if (list == NULL || list->count == 0)
		return OK;
	if ((named = arena_alloc(x->a, list->count * sizeof *named)) == NULL)
		return err_set(x->e, ERR_NOMEM, "audience.roles: no memory; raise the memory bound");
	x->out->role_authorities = named;
	for (const struct json *j = list->child; j != NULL; j = j->next) {
		enum authority_type t = j->type == JSON_STRING ? authority_type_from(j->str, j->len) : AUTH_TYPE_COUNT;

		if (t != AUTH_TYPE_COUNT) {
			x->out->roles |= UINT32_C(1) << t;
			continue;
		}
		named[x->out->role_authorities_count] = j->type == JSON_STRING ?
		    registry_authority(x->reg, j->str, j->len) : LAW_NONE;
		if (named[x->out->role_authorities_count++] == LAW_NONE)
			return unknown(x, "audience.roles", "authority or type of authority", j->type == JSON_STRING ?
			    j->str : "", j->type == JSON_STRING ? j->len : 0);
	}
	return OK;
}

static int
persons(const struct intern *x)
{
	const struct json *list = x->r->persons;
	struct slice *out;

	if (list == NULL || list->count == 0)
		return OK;
	if (list->count > LAW_PERSONS_MAX)
		return err_set(x->e, ERR_LIMIT, "audience.persons: at most %d; address an authority instead",
		    LAW_PERSONS_MAX);
	if ((out = arena_alloc(x->a, list->count * sizeof *out)) == NULL)
		return err_set(x->e, ERR_NOMEM, "audience.persons: no memory; raise the memory bound");
	x->out->persons = out;
	for (const struct json *j = list->child; j != NULL; j = j->next) {
		if (j->type != JSON_STRING || j->len == 0)
			return err_set(x->e, ERR_INPUT,
			    "audience.persons: each is the pseudonym of a person, a string");
		out[x->out->persons_count++] = (struct slice){ j->str, j->len };
	}
	return OK;
}

static int
audience(const struct intern *x)
{
	const struct record *r = x->r;
	struct law_record *o = x->out;
	int rc;

	o->base = r->base;
	o->base_body = o->base_instrument = LAW_NONE;
	if (r->base == AUD_BODY && (o->base_body = registry_body(x->reg, r->base_arg.s, r->base_arg.len)) == LAW_NONE)
		return unknown(x, "audience.base", "body", r->base_arg.s, r->base_arg.len);
	if (r->base == AUD_PARTIES && (o->base_instrument = registry_instrument(x->reg, r->base_arg.s,
	    r->base_arg.len)) == LAW_NONE)
		return unknown(x, "audience.base", "instrument", r->base_arg.s, r->base_arg.len);
	if (r->base == AUD_LIST && (rc = members(x, r->base_list, "audience.base", &o->list)) != OK)
		return rc;
	if ((rc = members(x, r->exclude, "audience.exclude", &o->exclude)) != OK ||
	    (rc = members(x, r->delivery, "delivery", &o->delivery)) != OK ||
	    (rc = members(x, json_get(r->body, "concerned"), "concerned", &o->concerned)) != OK ||
	    (rc = roles(x)) != OK)
		return rc;
	if (r->base == AUD_PUBLIC && r->delivery == NULL)	/* a list that is left out leaves nobody out */
		o->delivery = law_resolve_audience(x->reg, o, o->filed_on);
	if (o->origin >= 0)
		mset_add(&o->delivery, o->origin);	/* the originator is always in */
	return persons(x);
}

static int
one_basis(const struct intern *x, const struct json *j)
{
	const struct json *inst = json_get(j, "instrument"), *art = json_get(j, "article");
	const struct json *dec = json_get(j, "decision"), *con = json_get(j, "consent");
	const struct json *ref = dec != NULL ? dec : con;
	struct law_basis *b = &x->out->basis[x->out->basis_count];
	char hex[2 * RECORD_ID_BYTES + 1];

	b->instrument = LAW_NONE;
	if (inst != NULL && inst->type == JSON_STRING) {
		b->type = BASIS_INSTRUMENT;
		if ((b->instrument = registry_instrument(x->reg, inst->str, inst->len)) == LAW_NONE)
			return unknown(x, "basis", "instrument", inst->str, inst->len);
		if (art != NULL && art->type == JSON_STRING)
			b->article = (struct slice){ art->str, art->len };
	} else if (ref != NULL && ref->type == JSON_STRING && ref_parse(ref->str, ref->len, &b->ref)) {
		b->type = dec != NULL ? BASIS_DECISION : BASIS_CONSENT;
		hex_encode(hex, b->ref.id, RECORD_ID_BYTES);
		if (dec != NULL)
			b->instrument = registry_instrument(x->reg, hex, sizeof hex - 1);
	} else {
		return err_set(x->e, ERR_UNKNOWN,
		    "basis[%u]: neither instrument, decision nor consent; the record is set aside",
		    x->out->basis_count);
	}
	x->out->basis_count++;
	return OK;
}

static int
bases(const struct intern *x)
{
	int rc = OK;

	if (x->r->basis != NULL && x->r->basis->count > LAW_BASIS_MAX)
		return err_set(x->e, ERR_LIMIT, "basis: at most %d; cite those that carry the record", LAW_BASIS_MAX);
	for (const struct json *j = x->r->basis == NULL ? NULL : x->r->basis->child; j != NULL && rc == OK; j = j->next)
		rc = one_basis(x, j);
	return rc;
}

static int
markings(const struct intern *x)
{
	const struct record *r = x->r;
	struct law_record *o = x->out;

	o->purposes = r->purposes;
	o->onward = r->onward;
	o->handling = r->handling;
	o->tlp = r->tlp;
	o->pap = r->pap;
	o->class_level = r->class_level;
	o->pd = r->pd;
	o->review_by = r->review_by;
	o->delete_by = r->delete_by;
	o->announce = r->announce;
	o->class_mapping = LAW_NONE;
	if (r->class_mapping.s != NULL && (o->class_mapping = registry_instrument(x->reg, r->class_mapping.s,
	    r->class_mapping.len)) == LAW_NONE)
		return unknown(x, "class.mapping", "instrument", r->class_mapping.s, r->class_mapping.len);
	return OK;
}

/* A notice about a living or missing person, or any notice whose data identify one. */
static bool
is_person_notice(const struct record *r)
{
	const struct json *type = json_get(r->body, "type");

	if (r->kind != KIND_NOTICE)
		return false;
	return r->pd >= PD_IDENTIFYING || json_is(type, "MISSING_PERSON") || json_is(type, "PERSON_LOCATE") ||
	    json_is(type, "PERSON_ARREST") || json_is(type, "PERSON_WARN");
}

int
law_intern(const struct registry *reg, const struct record *r, struct arena *a, struct law_record *out, struct err *e)
{
	const struct intern x = { reg, r, a, out, e };
	int rc;

	memset(out, 0, sizeof *out);
	memcpy(out->id, r->id, sizeof out->id);
	out->seq = r->seq;
	out->kind = r->kind;
	out->mode = r->mode;
	out->filed_ms = r->filed_at.ms;
	out->filed_on = ms_to_days(r->filed_at.ms, 0);
	out->person_notice = is_person_notice(r);
	out->state = law_state_class(r->kind, r->state.s, r->state.len);
	if (out->state == STATE_UNKNOWN)
		return err_set(e, ERR_UNKNOWN,
		    "state: \"%.*s\" is not a state this version knows; the record is set aside",
		    (int)(r->state.len > LAW_CODE_MAX ? LAW_CODE_MAX : r->state.len), r->state.s == NULL ? "" :
		    r->state.s);
	if ((rc = origin(&x)) != OK || (rc = audience(&x)) != OK || (rc = bases(&x)) != OK)
		return rc;
	return markings(&x);
}
