/* From bytes to a checked struct record: JSON, envelope, then the body of the kind. */
#include "record/record.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/check.h"

static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };

#define ENV(s, f) SLOT(s, ENVELOPE, f)

static struct slice
slice_of(const struct json *j)
{
	return j != NULL ? (struct slice){ j->str, j->len } : (struct slice){ NULL, 0 };
}

static struct inst
inst_of(const struct slot *s)
{
	return s->j != NULL ? (struct inst){ s->v, s->offset_min } : (struct inst){ WHEN_NONE, 0 };
}

static int32_t
day_of(const struct slot *s)
{
	return s->j != NULL ? (int32_t)s->v : INT32_MAX;
}

static void
fill_audience(struct record *r, const struct json *audience)
{
	const struct json *base = json_get(audience, "base");

	r->base = (enum audience_base)tables_find_word(V_AUDIENCE_BASE, base->str, base->len);
	r->base_arg = slice_of(json_get(audience, "of"));
	r->base_list = json_get(audience, "members");
	r->exclude = json_get(audience, "exclude");
	r->roles = json_get(audience, "roles");
	r->persons = json_get(audience, "persons");
}

/* Copy a checked envelope into ${r}. Absent fields take their defaults here and nowhere else. */
static void
fill(struct record *r, const struct slot *s)
{
	const struct json *origin = ENV(s, origin).j, *class = ENV(s, class).j;
	bool decoded = hex_decode(r->id, sizeof r->id, ENV(s, id).j->str, ENV(s, id).j->len);

	r->kind = (enum kind)(ENV(s, kind).v + 1);
	r->seq = (uint32_t)ENV(s, seq).v;
	if (ENV(s, prev).j != NULL)
		decoded &= hex_decode(r->prev, sizeof r->prev, ENV(s, prev).j->str, ENV(s, prev).j->len);
	assert(decoded);		/* the type check has seen the digits */
	r->mechanism = slice_of(ENV(s, mechanism).j);
	r->channel = slice_of(ENV(s, channel).j);
	r->member = slice_of(json_get(origin, "member"));
	r->authority = slice_of(json_get(origin, "authority"));
	r->officer = slice_of(json_get(origin, "officer"));
	r->filed_at = inst_of(&ENV(s, filed_at));
	r->effective_from = inst_of(&ENV(s, effective_from));
	r->effective_until = inst_of(&ENV(s, effective_until));
	r->mode = (enum mode)ENV(s, mode).v;
	r->state = slice_of(ENV(s, state).j);
	r->purposes = (uint32_t)ENV(s, purpose).v << 1;		/* word 0 is P01, which is bit 1 */
	fill_audience(r, ENV(s, audience).j);
	r->delivery = ENV(s, delivery).j;
	r->onward = ENV(s, onward).j != NULL ? (enum onward)ENV(s, onward).v : ONWARD_NONE;
	r->handling = (uint8_t)ENV(s, handling).v;
	r->tlp = (enum tlp)ENV(s, tlp).v;
	r->pap = ENV(s, pap).j != NULL ? (enum tlp)ENV(s, pap).v : r->tlp;
	if (class != NULL) {
		r->class_level = (int)json_get(class, "level")->num;
		r->class_label = slice_of(json_get(class, "label"));
		r->class_mapping = slice_of(json_get(class, "mapping"));
	}
	r->pd = (enum pd)ENV(s, pd).v;
	r->review_by = day_of(&ENV(s, review_by));
	r->delete_by = day_of(&ENV(s, delete_by));
	r->announce = ENV(s, announce).v != 0;
	r->basis = ENV(s, basis).j;
	r->links = ENV(s, links).j;
	r->body = ENV(s, body).j;
}

static bool
is_word(const struct slot *s)
{
	return s->j != NULL && s->j->type == JSON_STRING;
}

/* The state belongs to the kind, and the version of the schema comes before everything else. */
static void
check_state(struct check *c, const struct slot *s)
{
	const struct kind_def *kind = &tables_kind[ENV(s, kind).v + 1];
	const struct json *state = ENV(s, state).j;

	if (is_word(&ENV(s, state)) && tables_find_word(kind->states, state->str, state->len) < 0)
		check_complain(c, ERR_UNKNOWN, NULL, "state", "\"%.*s\" is not a state of %s; this version cannot judge the record,"
		    " so it is kept in quarantine: correct the state, or upgrade this node",
		    (int)(state->len > 64 ? 64 : state->len), state->str, kind_code((enum kind)(ENV(s, kind).v + 1)));
}

static bool
check_schema(struct check *c, const struct json *root)
{
	const struct json *v = json_get(root, "diwan");

	if (v != NULL && v->type == JSON_INT && v->num > RECORD_SCHEMA)
		check_complain(c, ERR_UNKNOWN, NULL, "diwan", "is schema version %lld, this node reads version %d;"
		    " upgrade this node", (long long)v->num, RECORD_SCHEMA);
	return c->rc == OK;
}

static void
check_record(struct check *c, const struct json *root, struct record *r)
{
	static const struct at body_at = { NULL, "body", 4, 0 };
	/* check_struct clears the slots there are. */
	struct slot s[FIELDS_MAX] __attribute__((uninitialized)), body[FIELDS_MAX] __attribute__((uninitialized));

	check_struct(c, S_ENVELOPE, root, NULL, s);
	if (c->rc == ERR_UNKNOWN || !is_word(&ENV(s, kind)))
		return;
	check_state(c, s);
	if (c->rc == OK) {
		fill(r, s);
		c->pd = r->pd;
	}
	c->record = r;
	c->body = ENV(s, body).j;
	if (c->rc != ERR_UNKNOWN && c->body != NULL && c->body->type == JSON_OBJECT)
		check_struct(c, tables_kind[ENV(s, kind).v + 1].body, c->body, &body_at, body);
}

int
record_parse(struct arena *a, const void *bytes, size_t len, struct record *r, struct err *e)
{
	struct check c = { .arena = a, .err = e, .rc = OK, .pd = PD_SPECIAL };
	struct json *root;
	int rc;

	*r = (struct record){ .bytes = bytes, .size = len };
	if ((rc = json_parse(a, bytes, len, &limits, &root, e)) != OK)
		return rc;
	if (root->type != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "a record is a JSON object; see docs/format.md part 1");
	r->root = root;
	if (check_schema(&c, root))
		check_record(&c, root, r);
	if (c.rc != OK)
		*r = (struct record){ .bytes = bytes, .size = len };
	return c.rc;
}
