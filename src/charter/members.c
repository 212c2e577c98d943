/* Members: standing, seat, grants, calendar, retention, person data, node. */
#include <string.h>

#include "base/text.h"
#include "charter/read.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

#define HOST_MAX 253

/* "sha256//" and the base64 of 32 bytes, as curl writes a pinned public key. */
static bool
pin_ok(const char *s)
{
	uint8_t bytes[HASH_BYTES];

	return strncmp(s, "sha256//", 8) == 0 && strlen(s) == 8 + BASE64_LEN(HASH_BYTES) &&
	    base64_decode(bytes, sizeof bytes, s + 8, strlen(s + 8)) == HASH_BYTES;
}

/*
 * A verifier key of C2SP signed-note with an Ed25519 key: name+id+base64(1 || key), the id being the start of a hash of
 * the rest.
 */
static bool
vkey_ok(const char *s)
{
	const char *id = strchr(s, '+'), *key = id == NULL ? NULL : strchr(id + 1, '+');
	uint8_t bytes[1 + SIGN_PUBLIC_BYTES], given[4];
	struct hash h;
	struct digest d;

	if (key == NULL || id == s || key - id != 9 || !hex_decode(given, 4, id + 1, 8) ||
	    base64_decode(bytes, sizeof bytes, key + 1, strlen(key + 1)) != (long)sizeof bytes || bytes[0] != 1)
		return false;
	hash_start(&h);
	hash_add(&h, s, (size_t)(id - s));
	hash_add(&h, "\n", 1);
	hash_add(&h, bytes, sizeof bytes);
	hash_done(&h, &d);
	return memcmp(d.b, given, 4) == 0 && sign_public_ok(bytes + 1);
}

/* host:port or [v6]:port; the characters of names and addresses, the port from 1 to 65535. */
static bool
address_ok(const char *s)
{
	const char *colon = strrchr(s, ':');
	size_t host = colon == NULL ? 0 : (size_t)(colon - s);
	uint64_t port;
	bool v6 = host > 2 && s[0] == '[' && s[host - 1] == ']';

	if (host == 0 || host > HOST_MAX || !dec_u64(colon + 1, strlen(colon + 1), 65535, &port) || port == 0)
		return false;
	for (size_t i = v6 ? 1 : 0; i < (v6 ? host - 1 : host); i++) {
		bool alnum = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9');

		if (!alnum && s[i] != '.' && s[i] != (v6 ? ':' : '-'))
			return false;
	}
	return true;
}

static void
read_checked(struct reading *x, const struct yaml *v, const char **to, bool (*good)(const char *s), const char *want)
{
	read_text(x, v, to);
	if (v->type == YAML_SCALAR && v->len > 0 && !good(v->str))
		complain(x->c, v, "CH19", "\"%.60s\" is no %s", v->str, want);
}

static void
read_address(struct reading *x, const struct yaml *v, void *to)
{
	read_checked(x, v, to, address_ok, "address; write host:port or [IPv6]:port");
}

static void
read_log_key(struct reading *x, const struct yaml *v, void *to)
{
	read_checked(x, v, to, vkey_ok, "verifier key; paste the line that the member's node prints (name+id+key)");
}

static void
read_pin(struct reading *x, const struct yaml *v, void *to)
{
	read_checked(x, v, to, pin_ok, "pin; paste the line that the member's node prints (sha256//...)");
}

void
read_node(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("address", false, read_address, struct charter_node, address),
		FIELD("log key", false, read_log_key, struct charter_node, log_key),
		FIELD("tls pin", false, read_pin, struct charter_node, tls_pin),
	};

	READ_MAP(x, v, "a node", fields, to);
}

static void
read_seat_word(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "accepted", "contested", "vacant" };
	int n = read_word(x, v, words, SEAT_COUNT);

	if (n >= 0)
		*(enum seat *)to = (enum seat)n;
}

struct member_text {			/* what stands beside the struct: the short form of a standing */
	struct charter_member m;
	enum standing status;
	struct span span;
	bool has_status;
};

static void
read_status(struct reading *x, const struct yaml *v, void *to)
{
	struct member_text *t = to;

	t->has_status = true;
	read_standing(x, v, &t->status);
}

static void
read_history(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("status", true, read_standing, struct charter_status, standing),
		FIELD("from", false, read_from, struct charter_status, span.from),
		FIELD("to", false, read_to, struct charter_status, span.until),
		FIELD("source", false, read_text, struct charter_status, source),
	};
	const struct charter_status blank = { STANDING_NONE, SPAN_ALWAYS, NULL };
	const struct rows shape = ROWS("a status", fields, blank, offsetof(struct charter_status, span), ROWS_NO_AT);
	struct charter_member *m = to;
	void *rows = NULL;

	m->statuses_count = read_rows(x, v, &shape, &rows);
	m->statuses = rows;
}

static void
read_seats(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("seat", true, read_seat_word, struct charter_seat, seat),
		FIELD("from", false, read_from, struct charter_seat, span.from),
		FIELD("to", false, read_to, struct charter_seat, span.until),
		FIELD("source", false, read_text, struct charter_seat, source),
	};
	const struct charter_seat blank = { SEAT_ACCEPTED, SPAN_ALWAYS, NULL };
	const struct rows shape = ROWS("a seat", fields, blank, offsetof(struct charter_seat, span), ROWS_NO_AT);
	struct charter_member *m = to;
	void *rows = NULL;

	if (v->type != YAML_SCALAR) {
		m->seats_count = read_rows(x, v, &shape, &rows);
		m->seats = rows;
	} else if ((m->seats = read_room(x, 1, sizeof *m->seats)) != NULL) {
		m->seats[0] = blank;
		read_seat_word(x, v, &m->seats[0].seat);
		m->seats_count = 1;
	}
}

static void
read_level(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "none", "exists", "meta", "redacted", "full" };
	int n = read_word(x, v, words, LEVEL_FULL + 1);

	if (n >= 0)
		*(enum level *)to = (enum level)n;
}

static void
read_grants(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("body", false, read_code, struct charter_grant, body),
		FIELD("kinds", true, read_kinds, struct charter_grant, kinds),
		FIELD("level", true, read_level, struct charter_grant, level),
		FIELD("from", false, read_from, struct charter_grant, span.from),
		FIELD("to", false, read_to, struct charter_grant, span.until),
		FIELD("source", false, read_text, struct charter_grant, source),
	};
	const struct charter_grant blank = { NULL, 0, LEVEL_NONE, SPAN_ALWAYS, NULL, NULL };
	const struct rows shape = ROWS("a grant", fields, blank, offsetof(struct charter_grant, span),
	    offsetof(struct charter_grant, at));
	struct charter_member *m = to;
	void *rows = NULL;

	m->grants_count = read_rows(x, v, &shape, &rows);
	m->grants = rows;
}

static void
read_days(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_duration d = { 0, false };

	read_duration(x, v, &d);
	if (d.months)
		complain(x->c, v, "CH08", "a retention is counted in days; write 365 days");
	*(int32_t *)to = d.n;
}

static void
read_retention(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		{ "none", false, read_days, PD_NONE * sizeof(int32_t) },
		{ "counts", false, read_days, PD_COUNTS * sizeof(int32_t) },
		{ "pseudonym", false, read_days, PD_PSEUDONYM * sizeof(int32_t) },
		{ "identifying", false, read_days, PD_IDENTIFYING * sizeof(int32_t) },
		{ "special", false, read_days, PD_SPECIAL * sizeof(int32_t) },
	};

	READ_MAP(x, v, "retention", fields, to);
}

static void
read_months(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_duration d = { 0, true };

	read_duration(x, v, &d);
	if (!d.months || d.n == 0 || d.n > 120)
		complain(x->c, v, "CH08", "a review period is 1 to 120 months; write 12 months");
	*(uint16_t *)to = d.n;
}

static void
read_person_data(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("reviewer", true, read_code, struct law_person_data, reviewer),
		FIELD("supervisor", true, read_text, struct law_person_data, supervisor),
		FIELD("review every", true, read_months, struct law_person_data, review_months),
	};

	READ_MAP(x, v, "person data", fields, to);
}

/* One status for all time between from and to, in the short form. */
static void
short_status(struct reading *x, const struct yaml *at, struct member_text *t)
{
	if (t->m.statuses_count > 0 || yaml_get(at, "history") != NULL) {
		if (t->has_status)
			complain(x->c, at, "CH21", "both \"status\" and \"history\"; keep one");
		return;
	}
	if (!t->has_status) {
		complain(x->c, at, "CH06", "a member needs \"status\" or \"history\"; add one");
		return;
	}
	check_span(x, at, t->span);
	if ((t->m.statuses = read_room(x, 1, sizeof *t->m.statuses)) == NULL)
		return;
	t->m.statuses[0] = (struct charter_status){ t->status, t->span, t->m.source };
	t->m.statuses_count = 1;
}

void
read_members(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("name", true, read_names, struct member_text, m.names),
		{ "status", false, read_status, 0 },
		FIELD("from", false, read_from, struct member_text, span.from),
		FIELD("to", false, read_to, struct member_text, span.until),
		{ "history", false, read_history, 0 },
		{ "seat", false, read_seats, 0 },
		{ "grants", false, read_grants, 0 },
		FIELD("zone", false, read_calendar_zone, struct member_text, m.calendar),
		FIELD("weekend", false, read_calendar_weekend, struct member_text, m.calendar),
		FIELD("holidays", false, read_calendar_holidays, struct member_text, m.calendar),
		FIELD("retention", false, read_retention, struct member_text, m.retention_days),
		FIELD("person data", false, read_person_data, struct member_text, m.person_data),
		FIELD("node", false, read_node, struct member_text, m.node),
		FIELD("note", false, read_text, struct member_text, m.note),
		FIELD("source", false, read_text, struct member_text, m.source),
	};
	struct err e = { 0 };

	(void)to;
	if (!is_map(x, v) || (x->ch->members = read_room(x, v->count, sizeof *x->ch->members)) == NULL)
		return;
	if (v->count > LAW_MEMBERS_MAX)
		complain(x->c, v, "CH02", "more than %d members; split the mechanism", LAW_MEMBERS_MAX);
	for (const struct yaml *k = v->child; k != NULL && x->ch->members_count < LAW_MEMBERS_MAX; k = k->next) {
		struct member_text t = { .m = { .code = k->key, .at = k }, .span = SPAN_ALWAYS };

		for (int i = 0; i < PD_COUNT; i++)
			t.m.retention_days[i] = INT32_MAX;
		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (!READ_MAP(x, k, "a member", fields, &t))
			continue;
		short_status(x, k, &t);
		if (calendar_check(&t.m.calendar, &e) != OK)
			complain(x->c, k, "CH08", "%.200s", e.text);
		x->ch->members[x->ch->members_count++] = t.m;
	}
}
