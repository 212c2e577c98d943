/* Filling the register, members first: every row is checked against what is there, so that asking never has to. */
#include "law/registry.h"

#include <string.h>

#include "law/registry_rows.h"

int
registry_room(struct arena *a, void **rows, uint32_t count, size_t size, uint32_t max, struct err *e)
{
	void *wider;

	if (count >= max)
		return err_set(e, ERR_LIMIT, "register: more than %u entries of one list; split the mechanism", max);
	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return OK;	/* capacity is 4 at first and doubles at every power of two */
	if ((wider = arena_alloc(a, (count == 0 ? 4 : (size_t)count * 2) * size)) == NULL)
		return registry_no_memory(e);
	if (count > 0)
		memcpy(wider, *rows, count * size);
	*rows = wider;
	return OK;
}

int
registry_no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "register: no memory for another row; raise the memory bound or close other work");
}

static bool
code_ok(const char *s)
{
	size_t n = s == NULL ? 0 : strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return n > 0 && n <= LAW_CODE_MAX;
}

int
registry_new_code(const char *what, const char *code, int existing, struct err *e)
{
	if (!code_ok(code))
		return err_set(e, ERR_INPUT, "%s code \"%.80s\": a code is 1 to %d of a-z, 0-9 and '-'; choose another",
		    what, code == NULL ? "" : code, LAW_CODE_MAX);
	if (existing != LAW_NONE)
		return err_set(e, ERR_CONFLICT,
		    "%s \"%s\" is already in the register; codes are unique, choose another", what, code);
	return OK;
}

int
registry_check_span(struct span s, struct err *e)
{
	char from[DATE_LEN], until[DATE_LEN];

	if (s.from < s.until)
		return OK;
	date_format(from, s.from);
	date_format(until, s.until);
	return err_set(e, ERR_INPUT, "interval from %s until %s is empty; the end must come after the beginning", from,
	    until);
}

int
registry_overlap(const char *what, const char *who, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "%s of %s: two rows cover the same day; end one before the other begins", what,
	    who);
}

int
registry_check_index(int index, uint32_t count, const char *what, struct err *e)
{
	if (index >= 0 && (uint32_t)index < count)
		return OK;
	return err_set(e, ERR_NOTFOUND, "register: no %s number %d; add it first", what, index);
}

struct registry *
registry_new(struct arena *a, const char *code)
{
	struct registry *r;

	if (!code_ok(code) || (r = arena_alloc(a, sizeof *r)) == NULL)
		return NULL;
	r->arena = a;
	r->mechanism = arena_str(a, code);
	return r->mechanism == NULL ? NULL : r;
}

/* Check index and interval of a row about a member. */
static int
member_row(const struct registry *r, int member, struct span span, struct err *e)
{
	int rc = registry_check_index(member, r->members_count, "member", e);

	return rc != OK ? rc : registry_check_span(span, e);
}

static const char *
copy_source(struct registry *r, const char *source)
{
	return arena_str(r->arena, source == NULL ? "" : source);
}

int
registry_add_member(struct registry *r, const char *code, struct err *e)
{
	void *rows = r->members;
	struct law_member *m;
	int rc = registry_new_code("member", code, code == NULL ? LAW_NONE : registry_member(r, code, strlen(code)), e);

	if (rc != OK || (rc = registry_room(r->arena, &rows, r->members_count, sizeof *m, LAW_MEMBERS_MAX, e)) != OK)
		return rc;
	r->members = rows;
	m = &r->members[r->members_count];
	memset(m, 0, sizeof *m);
	for (int i = 0; i < PD_COUNT; i++)
		m->retention_days[i] = INT32_MAX;
	if ((m->code = arena_str(r->arena, code)) == NULL)
		return registry_no_memory(e);
	return (int)r->members_count++;
}

int
registry_name(struct registry *r, int member, const char *lang, const char *text, struct err *e)
{
	int rc = registry_check_index(member, r->members_count, "member", e);
	struct law_member *m = rc == OK ? &r->members[member] : NULL;
	void *rows = rc == OK ? m->names : NULL;
	struct name_row row;

	if (rc != OK || (rc = registry_room(r->arena, &rows, m->names_count, sizeof row, 256, e)) != OK)
		return rc;
	row = (struct name_row){ arena_str(r->arena, lang), arena_str(r->arena, text) };
	if (row.lang == NULL || row.text == NULL)
		return registry_no_memory(e);
	m->names = rows;
	m->names[m->names_count++] = row;
	return OK;
}

int
registry_standing(struct registry *r, int member, enum standing s, struct span span, const char *source, struct err *e)
{
	int rc = member_row(r, member, span, e);
	struct law_member *m = rc == OK ? &r->members[member] : NULL;
	void *rows = rc == OK ? m->standings : NULL;
	struct standing_row row = { span, s, NULL };

	if (rc != OK)
		return rc;
	if ((unsigned)s >= STANDING_COUNT)
		return err_set(e, ERR_UNKNOWN, "standing %d of %s is not one this version knows", (int)s, m->code);
	for (uint32_t i = 0; i < m->standings_count; i++)
		if (span_overlap(m->standings[i].span, span))
			return registry_overlap("standing", m->code, e);
	if ((rc = registry_room(r->arena, &rows, m->standings_count, sizeof row, LAW_ROWS_MAX, e)) != OK)
		return rc;
	if ((row.source = copy_source(r, source)) == NULL)
		return registry_no_memory(e);
	m->standings = rows;
	m->standings[m->standings_count++] = row;
	return OK;
}

int
registry_seat(struct registry *r, int member, enum seat s, struct span span, const char *source, struct err *e)
{
	int rc = member_row(r, member, span, e);
	struct law_member *m = rc == OK ? &r->members[member] : NULL;
	void *rows = rc == OK ? m->seats : NULL;
	struct seat_row row = { span, s, NULL };

	if (rc != OK)
		return rc;
	if ((unsigned)s >= SEAT_COUNT)
		return err_set(e, ERR_UNKNOWN, "seat %d of %s is not one this version knows", (int)s, m->code);
	for (uint32_t i = 0; i < m->seats_count; i++)
		if (span_overlap(m->seats[i].span, span))
			return registry_overlap("seat", m->code, e);
	if ((rc = registry_room(r->arena, &rows, m->seats_count, sizeof row, LAW_ROWS_MAX, e)) != OK)
		return rc;
	if ((row.source = copy_source(r, source)) == NULL)
		return registry_no_memory(e);
	m->seats = rows;
	m->seats[m->seats_count++] = row;
	return OK;
}

int
registry_grant(struct registry *r, int member, int body, uint32_t kinds, enum level level, struct span span,
    const char *source, struct err *e)
{
	int rc = member_row(r, member, span, e);
	struct law_member *m = rc == OK ? &r->members[member] : NULL;
	void *rows = rc == OK ? m->grants : NULL;
	struct grant_row row = { span, body, kinds, level, NULL };

	if (rc != OK || (body != LAW_ANY && (rc = registry_check_index(body, r->bodies_count, "body", e)) != OK))
		return rc;
	if ((unsigned)level > LEVEL_FULL || (kinds & ~KINDS_ALL) != 0)
		return err_set(e, ERR_UNKNOWN, "grant to %s: a level or kind this version does not know", m->code);
	if ((rc = registry_room(r->arena, &rows, m->grants_count, sizeof row, LAW_ROWS_MAX, e)) != OK)
		return rc;
	if ((row.source = copy_source(r, source)) == NULL)
		return registry_no_memory(e);
	m->grants = rows;
	m->grants[m->grants_count++] = row;
	return OK;
}

int
registry_retention(struct registry *r, int member, enum pd pd, int32_t days, struct err *e)
{
	int rc = registry_check_index(member, r->members_count, "member", e);

	if (rc != OK)
		return rc;
	if ((unsigned)pd >= PD_COUNT || days < 0 || (days > 3652425 && days != INT32_MAX))
		return err_set(e, ERR_INPUT, "retention of %s: 0 to 3652425 days for a known pd",
		    r->members[member].code);
	r->members[member].retention_days[pd] = days;
	return OK;
}

int
registry_calendar(struct registry *r, int member, const struct calendar *c, struct err *e)
{
	struct calendar own = *c;
	struct zone_step *zone;
	int32_t *holidays;
	int rc = registry_check_index(member, r->members_count, "member", e);

	if (rc != OK || (rc = calendar_check(c, e)) != OK)
		return rc;
	zone = arena_alloc(r->arena, ((size_t)c->zones + 1) * sizeof *zone);
	holidays = arena_alloc(r->arena, ((size_t)c->holidays_count + 1) * sizeof *holidays);
	if (zone == NULL || holidays == NULL)
		return registry_no_memory(e);
	if (c->zones > 0)
		memcpy(zone, c->zone, c->zones * sizeof *zone);
	if (c->holidays_count > 0)
		memcpy(holidays, c->holidays, c->holidays_count * sizeof *holidays);
	own.zone = zone;
	own.holidays = holidays;
	r->members[member].calendar = own;
	return OK;
}

int
registry_person_data(struct registry *r, int member, const struct law_person_data *p, struct err *e)
{
	struct law_person_data own = *p;
	int rc = registry_check_index(member, r->members_count, "member", e);

	if (rc != OK)
		return rc;
	if (p->reviewer != NULL && (own.reviewer = arena_str(r->arena, p->reviewer)) == NULL)
		return registry_no_memory(e);
	if (p->supervisor != NULL && (own.supervisor = arena_str(r->arena, p->supervisor)) == NULL)
		return registry_no_memory(e);
	r->members[member].person_data = own;
	return OK;
}
