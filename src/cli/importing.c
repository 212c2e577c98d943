#include "cli/importing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypt/hash.h"
#include "formats/country.h"
#include "view/query.h"

#define ID_DOMAIN "diwan-import-v1"

/* ---- whose events ---- */

/* The own country: as the option says, else from the member's English name in the charter. */
static int
find_country(struct importing *x, struct err *e)
{
	const struct registry *reg = node_registry(x->look.node);
	const struct law_member *own = &reg->members[node_own(x->look.node)];
	const char *given = args_get(x->cli, "country"), *iso3 = NULL;

	x->country.member = own->code;
	if (given != NULL) {
		if (!country_code_ok((struct slice){ given, (uint32_t)strlen(given) }))
			return err_set(e, ERR_USAGE, "--country: \"%s\" is no ISO 3166-1 alpha-3 code such as KAZ", given);
		x->country.iso3 = given;
		return OK;
	}
	for (uint32_t i = 0; i < own->names_count && iso3 == NULL; i++)
		iso3 = country_by_name((struct slice){ own->names[i].text, (uint32_t)strlen(own->names[i].text) });
	if (iso3 == NULL)
		return err_set(e, ERR_USAGE, "the charter's name of %s is no country known here: say whose events are "
		    "its own with --country ISO3",
		    own->code);
	x->country.iso3 = iso3;
	return OK;
}

/* ---- the envelope ---- */

static int
read_purposes(struct importing *x, const struct law_channel *ch, struct err *e)
{
	const char *s = args_get(x->cli, "purpose");

	for (size_t n; s != NULL && *s != 0; s += n + (s[n] == ',')) {
		int p;

		n = strcspn(s, ",");
		if ((p = tables_find_word(V_PURPOSE, s, n) + 1) == 0)
			return err_set(e, ERR_USAGE, "--purpose: \"%.*s\" is no purpose; they are P01 to P%d", (int)n,
			    s, PURPOSE_MAX);
		x->frame.purposes |= PURPOSE_BIT(p);
	}
	if (x->frame.purposes == 0 && __builtin_popcount(ch->purposes) == 1)
		x->frame.purposes = ch->purposes;
	if (x->frame.purposes == 0 && (ch->purposes & (PURPOSE_BIT(10) | PURPOSE_BIT(11))) != (PURPOSE_BIT(10) | PURPOSE_BIT(11)))
		return err_set(e, ERR_USAGE, "--purpose is needed: the channel %s has several, and not both of P10 "
		    "and P11 that imports propose",
		    ch->code);
	return OK;
}

static int
read_basis(struct importing *x, struct err *e)
{
	const char *s = args_get(x->cli, "basis"), *colon = strchr(s, ':');

	if (colon == NULL || colon == s || colon[1] == 0)
		return err_set(e, ERR_USAGE, "--basis: \"%s\" cites no article; write INSTRUMENT:ARTICLE, such as treaty:7", s);
	x->basis.instrument = arena_strn(&x->boot, s, (size_t)(colon - s));
	x->basis.article = colon + 1;
	x->frame.basis = &x->basis;
	x->frame.basis_count = 1;
	return OK;
}

/* parties:CODE (default: of the channel's instrument), body:CODE, all, public. */
static int
read_to(struct importing *x, const struct law_channel *ch, struct err *e)
{
	const char *to = args_get(x->cli, "to");

	if (to == NULL && ch->instrument >= 0) {
		x->frame.base = AUD_PARTIES;
		x->frame.base_arg = node_registry(x->look.node)->instruments[ch->instrument].code;
	} else if (to != NULL && strncmp(to, "parties:", 8) == 0) {
		x->frame.base = AUD_PARTIES;
		x->frame.base_arg = to + 8;
	} else if (to != NULL && strncmp(to, "body:", 5) == 0) {
		x->frame.base = AUD_BODY;
		x->frame.base_arg = to + 5;
	} else if (to != NULL && strcmp(to, "all") == 0) {
		x->frame.base = AUD_ALL_MEMBERS;
	} else if (to != NULL && strcmp(to, "public") == 0) {
		x->frame.base = AUD_PUBLIC;
	} else {
		return err_set(e, ERR_USAGE, "--to: give parties:INSTRUMENT, body:CODE, all or public");
	}
	return OK;
}

static int
read_words(struct importing *x, struct err *e)
{
	const char *tlp = args_get(x->cli, "tlp"), *geo = args_get(x->cli, "geo-status");
	int t = tlp == NULL ? TLP_CLEAR : tables_find_word(V_TLP, tlp, strlen(tlp));

	if (t < 0)
		return err_set(e, ERR_USAGE, "--tlp: \"%s\" is none of CLEAR, GREEN, AMBER, AMBER_STRICT, RED", tlp);
	if (tables_find_word(V_GEO_STATUS, geo, strlen(geo)) < 0)
		return err_set(e, ERR_USAGE, "--geo-status: \"%s\" is none of the words that `diwan kinds geo_status` lists", geo);
	x->frame.tlp = x->frame.pap = (enum tlp)t;
	x->options.geo_status = geo;
	x->options.no_headline = args_get(x->cli, "no-headlines") != NULL;
	return OK;
}

static int
make_frame(struct importing *x, struct err *e)
{
	const struct registry *reg = node_registry(x->look.node);
	const char *code = args_get(x->cli, "channel"), *authority = args_get(x->cli, "authority");
	int channel = registry_channel(reg, code, strlen(code)), rc;
	uint32_t purposes;

	if (channel == LAW_NONE)
		return err_set(e, ERR_USAGE, "--channel: the charter has no channel \"%s\"", code);
	compose_start(&x->frame, KIND_INCIDENT);
	x->frame.mechanism = node_mechanism(x->look.node);
	x->frame.channel = code;
	x->frame.member = node_member(x->look.node);
	if ((rc = read_purposes(x, &reg->channels[channel], e)) != OK || (rc = read_basis(x, e)) != OK ||
	    (rc = read_to(x, &reg->channels[channel], e)) != OK || (rc = read_words(x, e)) != OK)
		return rc;
	purposes = x->frame.purposes != 0 ? x->frame.purposes : PURPOSE_BIT(10) | PURPOSE_BIT(11);
	x->frame.filed_at = (struct inst){ clock_now_ms(&x->cli->clock) + x->skew_ms, 0 };
	x->frame.authority = authority != NULL ? authority : complete_authority(reg, node_own(x->look.node),
	    KIND_INCIDENT, purposes,
	    ms_to_days(x->frame.filed_at.ms, 0));
	if (x->frame.authority == NULL)
		return err_set(e, ERR_LAW, "the charter gives %s no authority that is valid today", x->frame.member);
	return OK;
}

/* The members that the audience names today, once for all records: from a first record with the own member alone on its list. */
static int
resolve_delivery(struct importing *x, const struct record *r, struct err *e)
{
	const struct registry *reg = node_registry(x->look.node);
	struct arena a = { 0 };
	struct law_record *law = arena_alloc(&a, sizeof *law);
	struct mset to;
	const char **codes;
	size_t n = 0;
	int rc;

	if (law == NULL)
		return err_set(e, ERR_NOMEM, "no memory to import");
	if ((rc = law_intern(reg, r, &a, law, e)) == OK) {
		to = law_resolve_audience(reg, law, law->filed_on);
		codes = arena_alloc(&x->boot, LAW_MEMBERS_MAX * sizeof *codes);
		for (int m = codes == NULL ? LAW_NONE : mset_next(&to, 0); m >= 0; m = mset_next(&to, m + 1))
			codes[n++] = reg->members[m].code;
		x->frame.delivery = (struct draft_list){ codes, n };
	}
	arena_free(&a);
	return rc;
}

/* ---- one record ---- */

/* The same event gives the same id in every edition of its data set; another member's record of it has another. */
static void
derive_id(struct importing *x, const struct import_event *ev)
{
	struct digest d;

	buf_reset(&x->key);
	buf_fmt(&x->key, "%s\n%s\n%s\n", ID_DOMAIN, x->frame.mechanism, x->frame.member);
	incident_key(&x->key, ev);
	hash_once(&d, x->key.data, x->key.len);
	memcpy(x->id, d.b, sizeof x->id);
}

int
importing_record(struct importing *x, const struct import_event *ev, struct err *e)
{
	const char *own[1] = { x->frame.member };
	struct arena a = { 0 };
	struct record r;
	bool first = x->frame.delivery.count == 0;
	int rc;

	derive_id(x, ev);
	memcpy(x->frame.id, x->id, sizeof x->id);
	buf_reset(&x->record);
	if (first)
		x->frame.delivery = (struct draft_list){ own, 1 };
	rc = incident_record(&x->record, ev, &x->options, &x->frame, e);
	if (first) {
		x->frame.delivery = (struct draft_list){ NULL, 0 };
		if (rc == OK && (rc = record_parse(&a, x->record.data, x->record.len, &r, e)) == OK)
			rc = resolve_delivery(x, &r, e);
		arena_free(&a);
		buf_reset(&x->record);
		if (rc == OK)
			rc = incident_record(&x->record, ev, &x->options, &x->frame, e);
	}
	return rc;
}

bool
importing_known(const struct importing *x)
{
	struct judge j = node_judge(x->look.node, x->look.reader);
	char id[2 * RECORD_ID_BYTES + 1];
	struct err ignored;
	int64_t pos;

	hex_encode(id, x->id, sizeof x->id);
	/* Only our own entry counts: another member may write any id into its log. */
	return query_find(&j, id, 2 * RECORD_ID_BYTES, 0, &pos, &ignored) == OK && LOG_MEMBER(POS_LOG(pos)) == j.own;
}

/* ---- ---- */

int
importing_open(struct importing *x, const char *dir, struct err *e)
{
	const char *format = args_get(x->cli, "format");
	int rc;

	if (format != NULL && strcmp(format, "auto") != 0)
		return err_set(e, ERR_USAGE, "--format: only auto: the header of the file says what it is (docs/formats.md)");
	if ((rc = args_u64(x->cli, "limit", UINT32_MAX, &x->limit, e)) != OK || (rc = local_work(&x->work, x->cli, dir, e)) != OK ||
	    (rc = local_read(&x->look, x->cli, dir, e)) != OK || (rc = find_country(x, e)) != OK)
		return rc;
	if (x->work.node == NULL && (rc = local_status(&x->work, NULL, &x->skew_ms, e)) != OK)
		return rc;
	return make_frame(x, e);
}

void
importing_close(struct importing *x)
{
	import_free(x->im);
	submit_end(&x->submit);
	local_close(&x->look);
	local_close(&x->work);
	arena_free(&x->boot);
	buf_free(&x->key);
	buf_free(&x->record);
	buf_free(&x->said);
}
