/*
 * What `diwan play` and `diwan demo` show and how they print it: text for people, TAP for test runners, JSON for programs, and a
 * report in Markdown to keep.
 */
#ifndef PLAY_PROGRAM_H
#define PLAY_PROGRAM_H

#include <signal.h>
#include <stdio.h>

#include "play/stage.h"

enum program_form { PROGRAM_TEXT, PROGRAM_TAP, PROGRAM_JSON };

struct program {
	enum program_form form;
	bool verbose, colour;
	int16_t offset_min;		/* of the scenario's clock, for printing */
	FILE *report;			/* NULL: none */
	struct json_out json;		/* PROGRAM_JSON: one array of plays */
	struct buf json_text;
	unsigned points;		/* TAP: so far, over all files */
};

void program_begin(struct program *p);
/* A play begins; each of its steps (for stage.tell); it ends. */
void program_play(struct program *p, const struct scenario *s);
void program_step(void *ctx, const struct outcome *o);
void program_done(struct program *p, const struct stage *st, int64_t took_us);
/* A play that could not be played. */
void program_failed(struct program *p, const char *file, const struct err *e);
void program_end(struct program *p, unsigned plays, unsigned failed);

/* Text from nodes and files for a terminal: control characters become "?". At most ${cap} - 1 bytes. */
void program_clean(char *out, size_t cap, const char *s);

/* ---- folders.c: where nodes live while they are played ---- */

/* A new folder below $TMPDIR (or /tmp), into ${out}. */
int folder_temporary(char out[3800], struct err *e);
/* Make ${path} if need be; it must be empty. ERR_CONFLICT. */
int folder_empty(const char *path, struct err *e);
/* Remove ${path} and all below it. */
int folder_remove(const char *path, struct err *e);

#endif
