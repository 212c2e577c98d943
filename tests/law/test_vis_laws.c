/*
 * V35 and its dual: for random records, viewers and knowledge, adding a caveat never raises the level, adding evidence
 * never lowers it, and a value outside the vocabulary gives NONE. The seed is fixed; DIWAN_SEED overrides it.
 */
#include "world.h"

static uint64_t state;

static uint32_t
below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % n;
}

static struct mset
some_members(void)
{
	return (struct mset){ { below(64), 0, 0, 0 } };
}

static const struct slice names[] = { S("p1"), S("p2"), S("a-p1") };

static struct law_record
any_record(void)
{
	struct law_record r = sent((enum kind)(1 + below(KIND_COUNT - 1)));

	r.origin = (int)below(6);
	r.mode = (enum mode)(below(8) ? 0 : below(3));
	r.state = (enum state_class)(below(8) ? 0 : below(STATE_UNKNOWN));
	r.base = (enum audience_base)below(5);
	r.base_body = r.base == AUD_BODY ? council : LAW_NONE;
	r.delivery = some_members();
	r.exclude = below(4) ? set("") : some_members();
	r.concerned = below(4) ? set("") : some_members();
	r.roles = below(8) ? 0 : 1u << AUTH_POLICE;
	r.persons = names;
	r.persons_count = below(8) ? 0 : 1 + below(2);
	r.basis[0].instrument = below(2) ? i1 : statute;
	r.purposes = PURPOSE_BIT(1) | (below(2) ? PURPOSE_BIT(13) : 0u);
	r.tlp = (enum tlp)below(5);
	r.pap = (enum tlp)below(5);
	r.class_level = below(4) ? 0 : (int)below(5);
	r.class_mapping = sec;
	r.pd = (enum pd)below(5);
	r.announce = below(2) != 0;
	r.person_notice = r.kind == KIND_NOTICE && below(2) != 0;
	r.review_by = below(4) ? INT32_MAX : SENT + (int32_t)below(20);
	r.delete_by = below(4) ? INT32_MAX : SENT + (int32_t)below(20);
	return r;
}

static struct viewer
any_viewer(void)
{
	static const enum role roles[] = { ROLE_OFFICER, ROLE_OFFICER, ROLE_OFFICER, ROLE_REVIEWER, ROLE_ADMIN,
	    ROLE_PROTECTION_OFFICER,
		ROLE_NODE, ROLE_PUBLIC };
	const int authorities[] = { a_police, b_police, c_police, d_police, e_desk, f_police };
	struct viewer v = { .member = (int)below(6), .role = roles[below(8)] };

	v.authority = below(8) ? authorities[v.member] : LAW_NONE;
	v.person = names[below(3)];
	v.purpose = below(4) ? 1 : (int)below(15);
	v.clearance = (int)below(5);
	v.pd_right = (enum pd_right)below(3);
	v.view = (enum view)(below(8) ? 0 : below(3));
	if (v.role == ROLE_PUBLIC)
		v.member = v.authority = LAW_NONE;
	return v;
}

static struct caveats
any_knowledge(const struct law_record *newest)
{
	struct caveats c = { .integrity = below(8) ? INTEGRITY_VERIFIED : (enum integrity)below(4) };

	c.flags = below(2) ? 0 : below(CAVEAT_ALL + 1);
	c.restricted_purposes = below(2) ? PURPOSES_ALL : PURPOSE_BIT(1);
	c.feared = below(2) ? set("") : some_members();
	c.recalled = below(4) ? set("") : some_members();
	c.newest = below(4) ? NULL : newest;
	c.review = (enum receiver_review)below(4);
	c.retention_reviewed = below(2) != 0;
	c.kept = below(2) != 0;
	c.held = below(2) != 0;
	c.held_on = SENT + (int32_t)below(10);
	return c;
}

/* One more caveat than ${c} holds. */
static struct caveats
worse(struct caveats c, const struct law_record *newest)
{
	struct mset more = some_members();

	switch (below(6)) {
	case 0:
	case 1:
		if ((c.flags & CAVEAT_RESTRICTED) == 0)
			c.restricted_purposes = PURPOSE_BIT(1 + below(PURPOSE_MAX));
		c.flags |= 1u << below(6);
		break;
	case 2:
		c.feared.w[0] |= more.w[0];
		c.flags |= CAVEAT_PROTECTED;
		break;
	case 3:
		c.recalled.w[0] |= more.w[0];
		break;
	case 4:
		c.restricted_purposes &= ~PURPOSE_BIT(1 + below(PURPOSE_MAX));
		break;
	default:
		c.newest = c.newest == NULL ? newest : c.newest;
	}
	return c;
}

static struct caveats
better(struct caveats c, struct consent *k, const struct law_record *r)
{
	c.integrity = INTEGRITY_VERIFIED;
	c.review = c.review == REVIEW_FLAGGED ? c.review : REVIEW_CLEARED;
	c.retention_reviewed = true;
	c.kept = true;
	if (!c.held)
		c.held_on = SENT;
	c.held = true;
	*k = (struct consent){ .by = r->origin, .targets = { { 63, 0, 0, 0 } }, .purposes = PURPOSES_ALL,
	    .until = INT32_MAX };
	c.consents = k;
	c.consents_count = 1;
	return c;
}

/* Put one enumeration of ${r}, ${v} or ${c} outside its vocabulary. */
static void
spoil(struct law_record *r, struct viewer *v, struct caveats *c)
{
	switch (below(12)) {
	case 0: r->kind = KIND_COUNT; break;
	case 1: r->mode = (enum mode)3; break;
	case 2: r->state = STATE_UNKNOWN; break;
	case 3: r->tlp = (enum tlp)5; break;
	case 4: r->pd = (enum pd)9; break;
	case 5: r->handling = 16; break;
	case 6: r->class_level = 5; break;
	case 7: r->onward = (enum onward)4; break;
	case 8: r->purposes |= UINT32_C(1) << 15; break;
	case 9: v->view = (enum view)7; break;
	case 10: c->flags |= 1u << 6; break;
	default: c->integrity = (enum integrity)4; break;
	}
}

int
main(void)
{
	const char *seed = getenv("DIWAN_SEED");
	uint64_t start = seed == NULL ? 20000421 : strtoull(seed, NULL, 10);
	uint32_t seen[5] = { 0 }, raised = 0, lowered = 0, shown = 0, lost = 0;

	state = start | 1;
	world();
	for (int i = 0; i < 200000; i++) {
		struct law_record r = any_record(), later = any_record();
		struct viewer v = any_viewer();
		struct consent k;
		struct caveats c, w, b;
		struct why y;
		enum level before;
		int32_t as_of = SENT + (int32_t)below(25);

		later.origin = r.origin;
		later.seq = 2;
		c = any_knowledge(&later);
		w = worse(c, &later);
		b = better(c, &k, &r);
		before = vis(&r, &v, reg, &c, as_of, &y);
		seen[before]++;
		raised += vis(&r, &v, reg, &w, as_of, NULL) > before;
		lowered += vis(&r, &v, reg, &b, as_of, NULL) < before;
		lost += before < LEVEL_FULL && y.count == 0;
		spoil(&r, &v, &c);
		shown += vis(&r, &v, reg, &c, as_of, NULL) != LEVEL_NONE;
	}
	printf("# seed %llu: levels %u %u %u %u %u\n", (unsigned long long)start, seen[0], seen[1], seen[2], seen[3],
	    seen[4]);
	is(raised, 0, "V35 adding a caveat never raises");
	is(lowered, 0, "adding evidence never lowers");
	is(shown, 0, "an unknown value gives NONE");
	is(lost, 0, "every lowered level comes with a reason");
	for (int l = LEVEL_NONE; l <= LEVEL_FULL; l++)
		ok(seen[l] > 20, "the random cases reach level %s", level_word((enum level)l));
	world_end();
	return tap_done();
}
