/* What the demonstration files: dated events, and incidents from a file, each at the node of the member that they belong to. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "play/demo.h"

struct told {				/* of the lines of `diwan file --json` */
	unsigned filed;
	char first[400];		/* first refusal */
};

static void
read_told(const struct buf *out, struct told *t)
{
	static const struct json_limits limits = { 65536, 8, 200 };
	struct arena a = { 0 };
	struct json *root;
	const char *line = buf_cstr(out);

	for (size_t n; *line != '\0'; line += n + (line[n] == '\n')) {
		const struct json *v;

		n = strcspn(line, "\n");
		arena_reset(&a);
		if (n == 0 || json_parse(&a, line, n, &limits, &root, NULL) != OK)
			continue;
		v = json_get(root, "ok");
		if (v != NULL && v->type == JSON_TRUE) {
			t->filed++;
			continue;
		}
		if ((v = json_get(root, "detail")) == NULL)
			v = json_get(json_get(root, "error"), "detail");
		if (t->first[0] == '\0' && v != NULL && v->type == JSON_STRING)
			snprintf(t->first, sizeof t->first, "%.*s", (int)v->len, v->str);
	}
	arena_free(&a);
}

static int
file_events(struct demo *d, unsigned who, struct err *e)
{
	static const char *const args[] = { "-", "--complete", NULL };
	const char *code = d->cast->actor[who].code;
	struct buf text = { 0 }, out = { 0 };
	struct told t = { 0 };
	unsigned due = 0;
	int exit, rc = OK;

	for (uint32_t i = 0; i < d->list.count; i++)
		if (event_filed_by(&d->list.list[i], code)) {
			event_write(&d->list, &d->list.list[i], code, &text);
			due++;
		}
	if (due > 0 && (rc = cast_run(d->cast, who, "file", args, buf_cstr(&text), text.len, &exit, &out, e)) == OK)
		read_told(&out, &t);
	buf_free(&text);
	buf_free(&out);
	if (rc == OK && t.filed < due) {
		char words[sizeof t.first];

		program_clean(words, sizeof words, t.first);
		printf("%s: %u of %u dated events filed; %s\n", code, t.filed, due, words);
		d->bad++;
	}
	return rc;
}

/* A channel that carries incidents between the parties of an instrument that binds ${who} today, or LAW_NONE. */
static int
incident_channel(const struct demo *d, unsigned who)
{
	const struct registry *reg = d->cast->reg;
	int m = registry_member(reg, d->cast->actor[who].code, strlen(d->cast->actor[who].code));
	int32_t today = ms_to_days(cast_now_ms(d->cast), 0);

	for (uint32_t i = 0; i < reg->channels_count; i++)
		if (reg->channels[i].kinds & KIND_BIT(KIND_INCIDENT) && reg->channels[i].purposes & PURPOSE_BIT(5) &&
		    binding_binds(registry_bound(reg, reg->channels[i].instrument, m, today)))
			return (int)i;
	return LAW_NONE;
}

static int
tell_import(struct demo *d, unsigned who, const struct buf *out, struct err *e)
{
	static const struct json_limits limits = { 1 << 20, 8, 10000 };
	struct arena a = { 0 };
	struct json *root;
	const struct json *filed, *refused;
	int rc = json_parse(&a, buf_cstr(out), out->len, &limits, &root, e);

	if (rc != OK)
		return err_at(e, "`diwan import` at %s: %.300s", d->cast->actor[who].code, buf_cstr(out));
	filed = json_get(root, "filed");
	refused = json_get(root, "refused");
	if (filed == NULL || refused == NULL || filed->type != JSON_INT || refused->type != JSON_INT)
		rc = err_set(e, ERR_INPUT, "`diwan import` at %s does not say what it filed", d->cast->actor[who].code);
	else if (refused->num > 0)
		printf("%s%s: %lld incidents imported, %lld rows refused; `diwan import` there says why.\n", d->tty ? "\r\033[K" :
		    "",
		    d->cast->actor[who].code, (long long)filed->num, (long long)refused->num);
	arena_free(&a);
	return rc;
}

static int
import_incidents(struct demo *d, unsigned who, struct err *e)
{
	int channel = incident_channel(d, who);
	const char *args[] = { d->incidents, "--channel", channel < 0 ? "" : d->cast->reg->channels[channel].code, "--basis",
	    d->list.basis,
		"--geo-status", "CLAIMED_A", "--purpose", "P05", "--tlp", "AMBER", NULL };
	struct buf out = { 0 };
	int exit = 0, rc;

	if (channel < 0)
		return OK;		/* outside: it has nothing to tell the parties */
	rc = cast_run(d->cast, who, "import", args, NULL, 0, &exit, &out, e);
	/* 1: some rows were refused, which public data give cause for; anything else is a failure. */
	if (rc == OK && exit != 0 && exit != 1)
		rc = err_set(e, ERR_INPUT, "`diwan import` at %s: %.500s", d->cast->actor[who].code, buf_cstr(&out));
	if (rc == OK)
		rc = tell_import(d, who, &out, e);
	buf_free(&out);
	return rc;
}

int
demo_file_all(struct demo *d, struct err *e)
{
	char what[80];
	int rc = OK;

	d->filing_us = monotonic_us();
	for (unsigned i = 0; i < d->cast->count && rc == OK; i++) {
		demo_bar(d, "filing dated events", i, d->cast->count);
		if ((rc = file_events(d, i, e)) == OK)
			rc = demo_stop_asked(e);
	}
	demo_bar(d, "filing dated events", d->cast->count, d->cast->count);
	for (unsigned i = 0; i < d->cast->count && rc == OK && d->incidents != NULL; i++) {
		snprintf(what, sizeof what, "importing incidents of %s", d->cast->actor[i].code);
		demo_bar(d, what, i, d->cast->count);
		if ((rc = import_incidents(d, i, e)) == OK)
			rc = demo_stop_asked(e);
	}
	if (d->incidents != NULL && rc == OK)
		demo_bar(d, "importing incidents", d->cast->count, d->cast->count);
	return rc;
}
