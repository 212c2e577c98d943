/*
 * A scenario as text: what happens, step by step, and what must hold (docs/scenarios.md). Parsing knows the grammar and
 * nothing of charters: whether a member exists, or may file what it files, shows when the scenario is played.
 *
 * Strict: an unknown key or sentence is an error with file, line and column and the list of what is allowed.
 */
#ifndef PLAY_SCENARIO_H
#define PLAY_SCENARIO_H

#include <stdint.h>

#include "base/when.h"
#include "play/tree.h"

#define SCENARIO_MEMBERS_MAX 16		/* each is a process */
#define SCENARIO_STEPS_MAX 500
#define SCENARIO_RECORDS_MAX 1000000u	/* filed by one step */
#define SCENARIO_CODE_MAX 32

enum sentence {
#define SENTENCE(name, pattern, params, what) DO_##name,
#include "play/sentences.def"
#undef SENTENCE
	SENTENCE_COUNT
};

struct hidden {				/* "tm: G3": hidden from tm, by gate 3 */
	const char *member;
	int gate;			/* 0: whatever the reason */
};

struct expectation {
	const char *const *seen_by, *const *not_seen_by, *const *waiting_for;
	const struct hidden *hidden_from;
	uint32_t seen_count, not_seen_count, waiting_count, hidden_count;
	int receipts;			/* members that gave one; -1: not asked */
	int settled;			/* its entry is (1) or is not (0), by the originator's status; -1: not asked */
	bool exercise_only;		/* hidden in the live view, shown in the exercise view */
};

struct step {
	enum sentence what;
	uint32_t line, col;
	const char *text;		/* the sentence as written */
	const char *member, *other;	/* codes */
	const char *name;		/* of a record, a clone, a key; a word of a text */
	uint64_t n;			/* <n>; records of a bulk filing; bytes a second of a slow link, 0: unlimited */
	uint64_t ms;			/* AFTER; delay of a slow link */
	uint64_t seed;			/* of KILLED_FILING */
	const struct yaml *params;	/* the block as read: filings are made from it when they are played */
	struct expectation expect;
	const char *because;		/* MAY_NOT_FILE, MAY_NOT_KEEP ...: words that the refusal must hold; "" for any */
};

struct scenario {
	const char *file;		/* as given */
	const char *title, *charter;
	struct inst starts;
	const char *const *members;	/* in the order of the file; none: all of the charter */
	uint32_t members_count;
	const struct yaml *filings;	/* what all filings share, or NULL */
	const struct step *steps;
	uint32_t steps_count;
};

/*
 * scenario_parse(a, file, text, len, out, err):
 * Everything in ${out} lives in ${a} or in ${text}, which are kept by the caller as long as it is used. ERR_INPUT
 * ("file:line:col: ..."), ERR_LIMIT, ERR_NOMEM.
 */
int scenario_parse(struct arena *a, const char *file, const char *text, size_t len, struct scenario *out, struct err *e);

/* scenario_load: the same of a file. ERR_IO, ERR_NOTFOUND too. */
int scenario_load(struct arena *a, const char *path, struct scenario *out, struct err *e);

/* The pattern of a sentence, for messages and docs. */
const char *sentence_pattern(enum sentence s);
/* What follows from it, in words. */
const char *sentence_help(enum sentence s);

#endif
