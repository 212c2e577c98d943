/*
 * Dated events as data: what happened when, by which source, and at whose node it is filed. The file is YAML
 * (charters/tashkent-2000.events.yaml explains itself); records come out as `diwan file --complete` takes them.
 */
#ifndef PLAY_EVENTS_H
#define PLAY_EVENTS_H

#include "play/tree.h"
#include "record/record.h"

#define EVENTS_MAX 10000

struct event {
	/* NULL where the file says nothing; dates may be partial */
	const char *id, *title, *date, *until, *what, *place, *host, *note;
	enum kind kind;
	const char *type;		/* word of the kind's type or class */
	bool public;			/* else to the parties of ${parties} */
	const char *parties, *channel, *purpose;
	const struct yaml *filed_by, *took_part, *stayed_away, *sides, *sources;	/* lists; NULL where absent */
};

struct events {
	const char *file, *mechanism, *basis;	/* basis: "<instrument>:<article>" */
	const struct yaml *texts;	/* by short name: name, lang */
	const struct event *list;
	uint32_t count;
};

/*
 * events_parse(a, file, text, len, out, err):
 * Strict. ERR_INPUT with file, line and column; ERR_LIMIT, ERR_NOMEM. Everything lives in ${a}; ${text} need not outlive the call.
 */
int events_parse(struct arena *a, const char *file, const char *text, size_t len, struct events *out, struct err *e);
/* The same of a file. ERR_IO, ERR_NOTFOUND too. */
int events_load(struct arena *a, const char *path, struct events *out, struct err *e);

/* Does ${member} file ${ev}? */
bool event_filed_by(const struct event *ev, const char *member);

/* The record of ${ev} as ${member} files it: one line of JSON with LF. */
void event_write(const struct events *all, const struct event *ev, const char *member, struct buf *out);

#endif
