/* A dated event as the record of the member that files it. */
#include <string.h>

#include "base/text.h"
#include "play/events.h"

static void
put_text(struct json_out *o, const char *key, const char *text)
{
	if (text == NULL)
		return;
	jo_open(o, key, '[');
	jo_open(o, NULL, '{');
	jo_str(o, "lang", "en");
	jo_str(o, "text", text);
	jo_close(o, '}');
	jo_close(o, ']');
}

static void
put_if(struct json_out *o, const char *key, const char *text)
{
	if (text != NULL)
		jo_str(o, key, text);
}

static void
put_list(struct json_out *o, const char *key, const struct yaml *list)
{
	if (list != NULL && list->type == YAML_LIST && list->count > 0)
		tree_json(o, key, list);
}

static void
put_sources(const struct events *all, const struct event *ev, struct json_out *o)
{
	jo_open(o, "sources", '[');
	for (const struct yaml *s = ev->sources->child; s != NULL; s = s->next) {
		const struct yaml *at = yaml_get(s, "at"), *text = all->texts == NULL ? NULL : all->texts->child, *name, *lang;
		size_t len = strcspn(at->str, ":");
		uint64_t line;

		while (text != NULL && !(strlen(text->key) == len && strncmp(text->key, at->str, len) == 0))
			text = text->next;
		name = yaml_get(text, "name");
		lang = yaml_get(text, "lang");
		jo_open(o, NULL, '{');
		jo_str(o, "name", name == NULL || name->type != YAML_SCALAR ? at->str : name->str);
		jo_str(o, "id", at->str);
		if (at->str[len] == ':' && dec_u64(at->str + len + 1, strlen(at->str + len + 1), 1000000, &line))
			jo_int(o, "line", (int64_t)line);
		if (lang != NULL && lang->type == YAML_SCALAR)
			jo_str(o, "lang", lang->str);
		jo_str(o, "quote", yaml_get(s, "quote")->str);
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

static void
put_incident(const struct event *ev, struct json_out *o)
{
	const struct yaml *a = ev->sides == NULL ? NULL : ev->sides->child;

	jo_str(o, "class", ev->type);
	jo_str(o, "stage", "OCCURRED");
	put_text(o, "title", ev->title);
	jo_open(o, "when", '{');
	jo_str(o, "occurred_from", ev->date);
	put_if(o, "occurred_to", ev->until);
	jo_close(o, '}');
	if (ev->place != NULL) {
		jo_open(o, "where", '{');
		put_text(o, "place", ev->place);
		jo_close(o, '}');
	}
	if (a != NULL) {
		jo_str(o, "side_a", a->str);
		if (a->next != NULL)
			jo_str(o, "side_b", a->next->str);
	}
	put_text(o, "assessment", ev->note);
}

static void
put_meeting(const struct event *ev, struct json_out *o)
{
	jo_str(o, "type", ev->type);
	put_text(o, "title", ev->title);
	jo_str(o, "start", ev->date);
	put_if(o, "end", ev->until);
	put_text(o, "place", ev->place);
	put_if(o, "host", ev->host);
	put_list(o, "participants", ev->took_part);
	put_list(o, "absent", ev->stayed_away);
	put_text(o, "outcome", ev->note);
}

static void
put_report(const struct event *ev, struct json_out *o)
{
	jo_str(o, "type", ev->type);
	put_text(o, "title", ev->title);
	put_if(o, "date", ev->date);
	put_text(o, "place", ev->place);
	put_list(o, "participants", ev->took_part);
	put_text(o, "text", ev->note);
}

static void
put_roles(struct json_out *o, const struct yaml *list, const char *role)
{
	for (const struct yaml *y = list == NULL ? NULL : list->child; y != NULL; y = y->next) {
		jo_open(o, NULL, '{');
		jo_str(o, "member", y->str);
		jo_str(o, "role", role);
		jo_close(o, '}');
	}
}

static void
put_operation(const struct event *ev, struct json_out *o)
{
	put_text(o, "title", ev->title);
	jo_str(o, "type", ev->type);
	put_if(o, "start", ev->date);
	put_if(o, "end", ev->until);
	put_text(o, "place", ev->place);
	put_text(o, "summary", ev->note);
	jo_open(o, "participation", '[');
	put_roles(o, ev->took_part, "CONTRIBUTOR");
	put_roles(o, ev->stayed_away, "NOT_PARTICIPATING");
	jo_close(o, ']');
}

static void
put_action(const struct event *ev, const char *member, struct json_out *o)
{
	jo_str(o, "instrument", ev->parties == NULL ? "" : ev->parties);
	jo_str(o, "participant", member);
	jo_str(o, "act", ev->type);
	jo_str(o, "act_date", ev->date);
	put_text(o, "text", ev->title);
}

static void
put_body(const struct events *all, const struct event *ev, const char *member, struct json_out *o)
{
	jo_open(o, "body", '{');
	switch (ev->kind) {
	case KIND_INCIDENT: put_incident(ev, o); break;
	case KIND_MEETING: put_meeting(ev, o); break;
	case KIND_OPERATION: put_operation(ev, o); break;
	case KIND_ACTION: put_action(ev, member, o); break;
	default: put_report(ev, o); break;
	}
	put_sources(all, ev, o);
	jo_close(o, '}');
}

/* What has happened is closed; an act that a participant tells itself is claimed until the depositary confirms it. */
static const char *
state_of(enum kind k)
{
	switch (k) {
	case KIND_MEETING: case KIND_OPERATION: return "CLOSED";
	case KIND_ACTION: return "CLAIMED";
	case KIND_INCIDENT: return "OPEN";
	default: return "FILED";
	}
}

static void
put_envelope(const struct events *all, const struct event *ev, struct json_out *o)
{
	const char *colon = strchr(all->basis, ':');

	put_if(o, "channel", ev->channel);
	jo_str(o, "state", state_of(ev->kind));
	jo_open(o, "basis", '[');
	if (!ev->public) {
		jo_open(o, NULL, '{');
		jo_strn(o, "instrument", all->basis, (size_t)(colon - all->basis));
		jo_str(o, "article", colon + 1);
		jo_close(o, '}');
	}
	jo_close(o, ']');
	jo_open(o, "purpose", '[');
	jo_str(o, NULL, ev->purpose == NULL ? "P13" : ev->purpose);
	jo_close(o, ']');
	jo_open(o, "audience", '{');
	jo_str(o, "base", ev->public ? "PUBLIC" : "PARTIES");
	put_if(o, "of", ev->parties);
	jo_close(o, '}');
	jo_str(o, "tlp", ev->public ? "CLEAR" : "AMBER");
	jo_str(o, "pd", "NONE");
}

void
event_write(const struct events *all, const struct event *ev, const char *member, struct buf *out)
{
	struct json_out o = { out, false };

	jo_open(&o, NULL, '{');
	jo_str(&o, "kind", kind_code(ev->kind));
	put_envelope(all, ev, &o);
	put_body(all, ev, member, &o);
	jo_close(&o, '}');
	buf_byte(out, '\n');
}
