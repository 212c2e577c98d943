#include "law/file.h"

#include <string.h>

#include "base/text.h"

struct check {
	const struct filing *f;
	const struct law_record *l;
	const struct registry *reg;
	struct err *e;
};

static const char *
member_code(const struct check *c, int m)
{
	return m >= 0 && (uint32_t)m < c->reg->members_count ? c->reg->members[m].code : "?";
}

static const char *
instrument_code(const struct check *c, int i)
{
	return i >= 0 && (uint32_t)i < c->reg->instruments_count ? c->reg->instruments[i].code : "unknown decision";
}

/*
 * A statement to the public: nobody is addressed, nothing is marked, no person is identified. It rests on no
 * instrument, so a state that is outside the mechanism may publish in its own log too.
 */
static bool
published(const struct law_record *l)
{
	return l->base == AUD_PUBLIC && l->tlp == TLP_CLEAR && l->pd <= PD_COUNTS && l->class_level == 0;
}

/* Filed by the node itself, for what it has received or carried out: no officer, no competence. */
static bool
by_node(const struct check *c)
{
	const struct slice *a = &c->f->record->authority;
	enum act act = act_of(c->f->record);

	return act == ACT_RECEIPT || ((act == ACT_DELETE_DONE || act == ACT_FORK || act == ACT_EPOCH || act == ACT_KEY_CHANGE) &&
	    text_eq(a->s == NULL ? "" : a->s, a->len, "node"));
}

static int
check_origin(const struct check *c)
{
	const struct record *r = c->f->record;

	if (c->l->origin != c->f->own)
		return err_set(c->e, ERR_LAW, "origin: %s cannot file for %s: a member writes only its own log; file as"
		    " %s", member_code(c, c->f->own), member_code(c, c->l->origin), member_code(c, c->f->own));
	if (!text_eq(r->mechanism.s, r->mechanism.len, c->reg->mechanism))
		return err_set(c->e, ERR_LAW, "mechanism: \"%.*s\" is not \"%s\": a log belongs to one mechanism; file"
		    " it in its own", (int)r->mechanism.len, r->mechanism.s == NULL ? "" : r->mechanism.s,
		    c->reg->mechanism);
	if (mset_has(&c->l->exclude, c->l->origin))
		return err_set(c->e, ERR_LAW, "audience.exclude: %s excludes itself: the originator is always in; drop"
		    " it there", member_code(c, c->l->origin));
	return OK;
}

static int
check_version(const struct check *c)
{
	const struct law_record *p = c->f->previous, *l = c->l;

	if (p == NULL && l->seq > 1 && c->f->received)
		return OK;
	if ((p == NULL) != (l->seq == 1))
		return err_set(c->e, ERR_CONFLICT,
		    "seq: version %u %s: versions follow one another; file on top of the newest one", l->seq,
		    p == NULL ? "has no previous version here" : "is a first version, but the id is taken");
	if (p == NULL)
		return OK;
	if (memcmp(p->id, l->id, RECORD_ID_BYTES) != 0 || p->seq + 1 != l->seq)
		return err_set(c->e, ERR_CONFLICT,
		    "seq: version %u does not follow version %u; file on top of the newest one", l->seq, p->seq);
	if (p->origin != l->origin || p->kind != l->kind)
		return err_set(c->e, ERR_LAW, "kind, origin: never change from version to version; file a new record"
		    " and link it");
	if (p->mode != l->mode)
		return err_set(c->e, ERR_LAW, "mode: %s cannot become %s: the mode never changes for an id (V23); file"
		    " a new record", mode_word(p->mode), mode_word(l->mode));
	return OK;
}

static int
check_standing(const struct check *c)
{
	enum standing s = registry_standing_on(c->reg, c->l->origin, c->l->filed_on, NULL);
	enum seat seat = registry_seat_on(c->reg, c->l->origin, c->l->filed_on);

	if (seat != SEAT_ACCEPTED && c->l->kind != KIND_CONTROL)
		return err_set(c->e, ERR_LAW, "origin: the seat of %s is %s: it may file acts on records (control) only"
		    " until its seat is decided", member_code(c, c->l->origin), seat_word(seat));
	if (s == STANDING_MEMBER || c->l->kind == KIND_CONTROL || published(c->l))
		return OK;
	if (s == STANDING_ACCEDING && c->l->kind == KIND_ACTION)
		return OK;	/* how an accession is declared */
	return err_set(c->e, ERR_LAW, "origin: the standing of %s is %s: only a member files %s records; what is open"
	    " to it is %s", member_code(c, c->l->origin), standing_word(s), kind_code(c->l->kind),
	    s == STANDING_ACCEDING ? "action and control" : "control");
}

static int
check_authority(const struct check *c)
{
	const struct slice *a = &c->f->record->authority;

	if (by_node(c))
		return OK;
	if (c->l->authority < 0 || c->reg->authorities[c->l->authority].member != c->l->origin)
		return err_set(c->e, ERR_LAW, "origin.authority: \"%.*s\" is not an authority of %s in the register;"
		    " let %s name it (authority record) or file through a named one", (int)a->len, a->s == NULL ? "" :
		    a->s, member_code(c, c->l->origin), member_code(c, c->l->origin));
	if (c->l->purposes == 0)
		return err_set(c->e, ERR_LAW, "purpose: none given; name at least one of P01 to P%02d", PURPOSE_MAX);
	for (int p = 1; p <= PURPOSE_MAX; p++)
		if ((c->l->purposes & PURPOSE_BIT(p)) != 0 &&
		    !registry_may(c->reg, c->l->authority, p, c->l->kind, MAY_FILE, c->l->filed_on))
			return err_set(c->e, ERR_LAW,
			    "origin.authority: %s may not file %s records for purpose P%02d (MAY_FILE); file through a"
			    " competent authority or drop the purpose", c->reg->authorities[c->l->authority].code,
			    kind_code(c->l->kind), p);
	return OK;
}

static bool
cites(const struct law_record *l, int instrument)
{
	for (uint32_t i = 0; i < l->basis_count; i++)
		if (l->basis[i].type == BASIS_INSTRUMENT && l->basis[i].instrument == instrument)
			return true;
	return false;
}

/* A record that names no channel is held against all of them: one at least must be able to carry it. */
static int
check_some_channel(const struct check *c)
{
	if (c->l->kind == KIND_CONTROL || published(c->l))
		return OK;	/* acts on records go the way of their target, publications go everywhere */
	for (uint32_t i = 0; i < c->reg->channels_count; i++) {
		const struct law_channel *ch = &c->reg->channels[i];

		if ((ch->kinds & KIND_BIT(c->l->kind)) != 0 && (c->l->purposes & ~ch->purposes) == 0 &&
		    cites(c->l, ch->instrument))
			return OK;
	}
	return err_set(c->e, ERR_LAW, "channel: none given, and none of the charter's carries %s records for these"
	    " purposes under the cited basis; name a channel and cite its instrument", kind_code(c->l->kind));
}

static int
check_channel(const struct check *c)
{
	const struct law_channel *ch;
	uint32_t outside;

	if (c->l->channel < 0)
		return check_some_channel(c);
	ch = &c->reg->channels[c->l->channel];
	if ((ch->kinds & KIND_BIT(c->l->kind)) == 0 && c->l->kind != KIND_CONTROL)
		return err_set(c->e, ERR_LAW, "channel: \"%s\" does not carry %s records; use a channel that does",
		    ch->code, kind_code(c->l->kind));
	if ((outside = c->l->purposes & ~ch->purposes) != 0)
		return err_set(c->e, ERR_LAW, "purpose: P%02d is not a purpose of channel \"%s\"; drop it or use"
		    " another channel", __builtin_ctz(outside), ch->code);
	if (!cites(c->l, ch->instrument))
		return err_set(c->e, ERR_LAW, "basis: channel \"%s\" rests on \"%s\", which the record does not cite;"
		    " add it to the basis", ch->code, instrument_code(c, ch->instrument));
	return OK;
}

static int
check_basis(const struct check *c)
{
	enum binding b = BINDING_NOT_PARTY;
	int which = LAW_NONE;

	/* An act rests on what its target rests on, and is still owed when that binds nobody any more. */
	if (c->l->basis_count == 0 && (c->l->kind == KIND_CONTROL || published(c->l)))
		return OK;
	for (uint32_t i = 0; i < c->l->basis_count; i++) {
		if (c->l->basis[i].type == BASIS_CONSENT)
			return OK;	/* the receivers' gate G4 looks whether the consent stands */
		which = c->l->basis[i].instrument;
		b = registry_bound(c->reg, which, c->l->origin, c->l->filed_on);
		if (binding_binds(b))
			return OK;
	}
	if (c->l->basis_count == 0)
		return err_set(c->e, ERR_LAW, "basis: none given; cite the instrument and article that the record rests"
		    " on");
	return err_set(c->e, ERR_LAW, "basis: \"%s\" does not bind %s on the filing day (%s); cite an instrument in"
	    " force for it", instrument_code(c, which), member_code(c, c->l->origin), binding_word(b));
}

static int
check_caps(const struct check *c)
{
	for (uint32_t i = 0; i < c->l->basis_count; i++) {
		const struct law_instrument *x;

		if (c->l->basis[i].type == BASIS_CONSENT || c->l->basis[i].instrument < 0)
			continue;
		x = &c->reg->instruments[c->l->basis[i].instrument];
		if (c->l->pd > x->caps.pd)
			return err_set(c->e, ERR_LAW,
			    "pd: %s is more than \"%s\" allows (%s, V34); leave the person data out or cite another"
			    " basis", pd_word(c->l->pd), x->code, pd_word(x->caps.pd));
		if (c->l->class_level > x->caps.class_level)
			return err_set(c->e, ERR_LAW,
			    "class: level %d is more than \"%s\" allows (%d); lower it or cite another basis",
			    c->l->class_level, x->code, x->caps.class_level);
		if ((x->caps.kinds & KIND_BIT(c->l->kind)) == 0 && c->l->kind != KIND_CONTROL)
			return err_set(c->e, ERR_LAW,
			    "kind: \"%s\" does not provide for %s records; cite another basis", x->code,
			    kind_code(c->l->kind));
	}
	if (c->l->class_level > 0 && c->l->class_mapping < 0)
		return err_set(c->e, ERR_LAW, "class.mapping: a classified record names the security agreement under"
		    " which its level is understood; add it or use level 0");
	return OK;
}

/* The first member that is in one set and not in the other. */
static int
first_difference(const struct mset *a, const struct mset *b)
{
	struct mset x = mset_minus(a, b), y = mset_minus(b, a);
	int m = mset_next(&x, 0);

	return m >= 0 ? m : mset_next(&y, 0);
}

static int
check_delivery(const struct check *c)
{
	struct mset want = law_resolve_audience(c->reg, c->l, c->l->filed_on);
	int m;

	if (mset_equal(&want, &c->l->delivery))
		return OK;
	m = first_difference(&want, &c->l->delivery);
	return err_set(c->e, ERR_LAW, "delivery: %s is %s the list, but on the filing day the audience %s it; resolve"
	    " the audience anew", member_code(c, m), mset_has(&want, m) ? "missing from" : "in", mset_has(&want, m) ?
	    "includes" : "does not include");
}

static int
check_retention(const struct check *c)
{
	int32_t longest = c->reg->members[c->l->origin].retention_days[c->l->pd];
	char last[DATE_LEN];

	if (c->l->delete_by != INT32_MAX && c->l->delete_by < c->l->filed_on)
		return err_set(c->e, ERR_LAW, "delete_by: lies before the filing day; give a later date");
	if (c->l->pd >= PD_IDENTIFYING && c->l->delete_by == INT32_MAX)
		return err_set(c->e, ERR_LAW, "delete_by: missing; a record with person data says when it is deleted");
	if (c->l->review_by != INT32_MAX && c->l->review_by > c->l->delete_by)
		return err_set(c->e, ERR_LAW, "review_by: lies after delete_by; review before deletion");
	if (longest == INT32_MAX || (int64_t)c->l->delete_by <= (int64_t)c->l->filed_on + longest)
		return OK;
	date_format(last, c->l->filed_on + longest);
	return err_set(c->e, ERR_LAW, "delete_by: %s keeps %s data %d days at most; give a date up to %s",
	    member_code(c, c->l->origin), pd_word(c->l->pd), (int)longest, last);
}

static int
check_person_notice(const struct check *c)
{
	const struct law_person_data *p = &c->reg->members[c->l->origin].person_data;
	const struct slice *officer = &c->l->officer;

	if (!c->l->person_notice)
		return OK;
	if (p->reviewer == NULL || p->supervisor == NULL || p->review_months == 0)
		return err_set(c->e, ERR_LAW, "kind: notices about persons are off for %s until the charter names its"
		    " compliance reviewer, its supervisory body's contact and a review period; file a notice about a"
		    " thing, or configure person_data", member_code(c, c->l->origin));
	if (text_eq(officer->s == NULL ? "" : officer->s, officer->len, p->reviewer))
		return err_set(c->e, ERR_LAW, "origin.officer: the compliance reviewer does not file what it reviews;"
		    " let another officer file");
	if (c->l->review_by == INT32_MAX)
		return err_set(c->e, ERR_LAW, "review_by: missing; a notice about a person is reviewed within %u"
		    " months", p->review_months);
	if (c->l->review_by > date_add_months(c->l->filed_on, p->review_months))
		return err_set(c->e, ERR_LAW, "review_by: later than the review period of %u months; give an earlier"
		    " date", p->review_months);
	return OK;
}

/* Who may do what to whose record; asked where the caller has looked up the target (view/target.h). */
static int
check_act(const struct check *c)
{
	if (c->l->kind != KIND_CONTROL || c->f->target == NULL)
		return OK;
	return act_check(c->f->record, c->l, c->f->target, c->reg, c->e);
}

int
law_may_file(const struct filing *f, const struct registry *reg, struct err *e)
{
	static int (*const checks[])(const struct check *c) = { check_origin, check_version, check_act, check_standing,
	    check_authority,
		check_channel, check_basis, check_caps, check_delivery, check_retention, check_person_notice };
	const struct check c = { f, f->law, reg, e };
	int rc = OK;

	for (size_t i = 0; i < sizeof checks / sizeof *checks && rc == OK; i++)
		rc = checks[i](&c);
	return rc;
}
