#include "play/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"

#define EVENT_KEYS "id, date, until, title, what, place, took part, stayed away, host, filed by, as, sides, to, channel, " \
	"purpose, note, sources"

struct reading {
	struct arena *a;
	const char *file;
	struct events *out;
	struct err *e;
};

/* A line of text that may be absent. */
static int
read_line(struct reading *r, const struct yaml *y, const char *key, const char **out)
{
	const struct yaml *v = yaml_get(y, key);

	*out = NULL;
	if (v == NULL)
		return OK;
	if (v->type != YAML_SCALAR || v->len == 0)
		return tree_err(r->file, v, r->e, "%s is a line of text", key);
	*out = v->str;
	return OK;
}

static int
read_date(struct reading *r, const struct yaml *y, const char *key, const char **out)
{
	struct pdate d;
	int rc = read_line(r, y, key, out);

	if (rc == OK && *out != NULL && !pdate_parse(*out, strlen(*out), &d))
		return tree_err(r->file, yaml_get(y, key), r->e, "%s is a date as known: 2018, 2018-05 or 2018-05-28", key);
	return rc;
}

/* A list of words. */
static int
read_list(struct reading *r, const struct yaml *y, const char *key, const struct yaml **out)
{
	const struct yaml *v = yaml_get(y, key);

	*out = v;
	if (v == NULL || v->type == YAML_SCALAR)
		return OK;
	for (const struct yaml *c = v->child; c != NULL; c = c->next)
		if (v->type != YAML_LIST || c->type != YAML_SCALAR || c->len == 0)
			return tree_err(r->file, v, r->e, "%s is a list of words", key);
	return OK;
}

/* "incident SHOOTING" */
static int
read_as(struct reading *r, const struct yaml *y, struct event *ev)
{
	static const enum kind kinds[] = { KIND_INCIDENT, KIND_MEETING, KIND_REPORT, KIND_OPERATION, KIND_ACTION };
	const struct yaml *as = yaml_get(y, "as");
	const char *space = as == NULL || as->type != YAML_SCALAR ? NULL : strchr(as->str, ' ');

	ev->kind = space == NULL ? KIND_NONE : kind_from(as->str, (size_t)(space - as->str));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i] == ev->kind) {
			ev->type = space + 1;
			return OK;
		}
	return tree_err(r->file, as == NULL ? y : as, r->e,
	    "as is a kind and its type: incident, meeting, report, operation or action, and "
	    "a word of `diwan kinds`");
}

static int
read_to(struct reading *r, const struct yaml *y, struct event *ev)
{
	static const char prefix[] = "parties of ";
	const struct yaml *to = yaml_get(y, "to");

	ev->public = tree_is(to, "public");
	if (ev->public && (ev->channel != NULL || ev->purpose != NULL))
		return tree_err(r->file, to, r->e, "what is public names no channel and no purpose");
	if (ev->public)
		return OK;
	if (to == NULL || to->type != YAML_SCALAR || strncmp(to->str, prefix, sizeof prefix - 1) != 0)
		return tree_err(r->file, to == NULL ? y : to, r->e, "to is \"public\" or \"parties of <instrument>\"");
	if (ev->channel == NULL || ev->purpose == NULL)
		return tree_err(r->file, to, r->e, "what goes to the parties names its channel and purpose");
	ev->parties = to->str + sizeof prefix - 1;
	return OK;
}

static int
read_sources(struct reading *r, const struct yaml *y, struct event *ev)
{
	const struct yaml *list = ev->sources = yaml_get(y, "sources"), *at;
	char text[16];
	int rc;

	if (list == NULL || list->type != YAML_LIST || list->count == 0)
		return tree_err(r->file, y, r->e, "an event names its sources: [{at: \"s3:6\", quote: ...}]");
	for (const struct yaml *s = list->child; s != NULL; s = s->next) {
		if ((rc = tree_only(r->file, s, "a source", "at, quote", r->e)) != OK)
			return rc;
		at = yaml_get(s, "at");
		if (at == NULL || at->type != YAML_SCALAR || yaml_get(s, "quote") == NULL || yaml_get(s,
		    "quote")->type != YAML_SCALAR)
			return tree_err(r->file, s, r->e, "a source says where and what: {at: \"s3:6\", quote: ...}");
		if (strcspn(at->str, ":") >= sizeof text)
			return tree_err(r->file, at, r->e, "at names one of the texts and its line: s3:6");
		memcpy(text, at->str, strcspn(at->str, ":"));
		text[strcspn(at->str, ":")] = '\0';
		if (yaml_get(r->out->texts, text) == NULL)
			return tree_err(r->file, at, r->e, "\"%s\" is none of the texts above", text);
	}
	return OK;
}

static int
read_event(struct reading *r, const struct yaml *y, struct event *ev)
{
	int rc = tree_only(r->file, y, "an event", EVENT_KEYS, r->e);

	if (rc != OK || (rc = read_line(r, y, "id", &ev->id)) != OK || (rc = read_line(r, y, "title", &ev->title)) != OK ||
	    (rc = read_date(r, y, "date", &ev->date)) != OK || (rc = read_date(r, y, "until", &ev->until)) != OK ||
	    (rc = read_line(r, y, "what", &ev->what)) != OK || (rc = read_line(r, y, "place", &ev->place)) != OK ||
	    (rc = read_line(r, y, "note", &ev->note)) != OK || (rc = read_line(r, y, "host", &ev->host)) != OK ||
	    (rc = read_line(r, y, "channel", &ev->channel)) != OK ||
	    (rc = read_line(r, y, "purpose", &ev->purpose)) != OK || (rc = read_list(r, y, "filed by", &ev->filed_by)) != OK ||
	    (rc = read_list(r, y, "took part", &ev->took_part)) != OK ||
	    (rc = read_list(r, y, "stayed away", &ev->stayed_away)) != OK || (rc = read_list(r, y, "sides", &ev->sides)) != OK ||
	    (rc = read_as(r, y, ev)) != OK || (rc = read_to(r, y, ev)) != OK)
		return rc;
	if (ev->id == NULL || ev->title == NULL || ev->filed_by == NULL)
		return tree_err(r->file, y, r->e, "an event has an id, a title and \"filed by\"");
	if (ev->date == NULL && ev->kind != KIND_REPORT)
		return tree_err(r->file, y, r->e, "only a report may be without a date");
	return read_sources(r, y, ev);
}

static int
read_all(struct reading *r, const struct yaml *root)
{
	const struct yaml *list = yaml_get(root, "list");
	struct event *events;
	uint32_t n = 0;
	int rc = tree_only(r->file, root, "a file of events", "events, basis, texts, list", r->e);

	if (rc != OK || (rc = read_line(r, root, "events", &r->out->mechanism)) != OK ||
	    (rc = read_line(r, root, "basis", &r->out->basis)) != OK)
		return rc;
	r->out->texts = yaml_get(root, "texts");
	if (r->out->mechanism == NULL || r->out->basis == NULL || strchr(r->out->basis, ':') == NULL || list == NULL ||
	    list->type != YAML_LIST)
		return tree_err(r->file, root, r->e,
		    "a file of events has: events (the mechanism), basis (\"<instrument>:<article>\"), "
		    "texts, list");
	if (list->count > EVENTS_MAX)
		return err_set(r->e, ERR_LIMIT, "%s: more than %d events", r->file, EVENTS_MAX);
	if ((events = arena_alloc(r->a, (list->count + 1) * sizeof *events)) == NULL)
		return err_set(r->e, ERR_NOMEM, "%s: no memory to read it", r->file);
	for (const struct yaml *y = list->child; y != NULL; y = y->next)
		if ((rc = read_event(r, y, &events[n++])) != OK)
			return rc;
	r->out->list = events;
	r->out->count = n;
	return OK;
}

static int
begin(struct reading *r, const char *file)
{
	memset(r->out, 0, sizeof *r->out);
	if ((r->file = r->out->file = arena_str(r->a, file)) == NULL)
		return err_set(r->e, ERR_NOMEM, "%s: no memory to read it", file);
	return OK;
}

int
events_parse(struct arena *a, const char *file, const char *text, size_t len, struct events *out, struct err *e)
{
	struct reading r = { a, NULL, out, e };
	const struct yaml *root;
	int rc;

	if ((rc = begin(&r, file)) != OK || (rc = tree_read(a, file, text, len, &root, e)) != OK)
		return rc;
	return read_all(&r, root);
}

int
events_load(struct arena *a, const char *path, struct events *out, struct err *e)
{
	struct reading r = { a, NULL, out, e };
	const struct yaml *root;
	int rc;

	if ((rc = begin(&r, path)) != OK || (rc = tree_load(a, path, &root, e)) != OK)
		return rc;
	return read_all(&r, root);
}

bool
event_filed_by(const struct event *ev, const char *member)
{
	if (ev->filed_by->type == YAML_SCALAR)
		return tree_is(ev->filed_by, member);
	for (const struct yaml *y = ev->filed_by->child; y != NULL; y = y->next)
		if (tree_is(y, member))
			return true;
	return false;
}
