/*
 * A scenario on stage: the cast, what was filed under which name, and what came of each step. Steps are played in order; a
 * step that cannot be played, or an expectation that does not hold within its time, is noted and the play goes on, so that
 * one run shows all of it.
 */
#ifndef PLAY_STAGE_H
#define PLAY_STAGE_H

#include "play/cast.h"
#include "play/form.h"
#include "play/liar.h"
#include "play/scenario.h"

#define STAGE_NAMES_MAX 200
#define STAGE_PATIENCE_MS 30000		/* an expectation must hold by then, if nothing else is said */
#define STAGE_POLL_MS 40

struct place {				/* of an entry */
	unsigned of;			/* in whose log: the actor that filed it */
	uint32_t epoch;
	uint64_t index;
};

struct named {				/* a record that the scenario calls by name */
	const char *name;
	struct place at;		/* of its newest version */
	char id[33];
	uint32_t seq;
	const struct yaml *block[FORM_BLOCKS_MAX];
	unsigned blocks;
	bool exercise;
	char act[33];			/* id of the last act on it; "" while there is none */
	unsigned act_by;
};

struct receipts {			/* of one member for another's log: which entries it has said it has */
	uint64_t seen;			/* entries of the giver's log looked through */
	struct buf has;			/* a byte an entry: 1 has */
};

struct outcome {			/* of one step */
	const struct step *step;
	bool good;
	int64_t took_us, at_ms;		/* at_ms: scenario time when it ended */
	char detail[900];		/* what held or did not */
};

struct stage {
	const struct scenario *s;
	struct cast *cast;
	struct named named[STAGE_NAMES_MAX];
	unsigned names;
	struct receipts receipts[CAST_MAX][CAST_MAX];	/* [giver][whose log] */
	uint64_t acknowledged[CAST_MAX];	/* entries that a killed filing was told are safe */
	int64_t lie_since_ms[CAST_MAX];
	int patience_ms;
	double speed;			/* waits of the scenario in real time: 0 none, 1 live */
	struct outcome *outcome;	/* a row a step, and one for the end */
	unsigned failed;
	/* Told of each step before (o->detail empty, o->took_us -1) and after. May be NULL. */
	void (*tell)(void *ctx, const struct outcome *o);
	void *ctx;
};

/* Play all steps. OK when every step could be tried; st->failed counts those that did not hold. */
int stage_play(struct stage *st, struct err *e);
void stage_free(struct stage *st);	/* not the cast */

/* ---- act.c: steps that do something ---- */
int act_step(struct stage *st, const struct step *s, struct outcome *o, struct err *e);

/* ---- act_file.c: those that file records ---- */
int act_filing(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e);
/* The record that the scenario calls ${name}, or NULL. */
struct named *stage_named(struct stage *st, const char *name);

/* ---- act_order.c: acts on records ---- */
int act_order(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e);

/* ---- act_node.c: what operators do with nodes: backups, clones, epochs, keys ---- */
int act_node(struct stage *st, const struct step *s, unsigned who, unsigned other, struct outcome *o, struct err *e);

/* ---- expect.c: steps that look ---- */
int expect_step(struct stage *st, const struct step *s, struct outcome *o, struct err *e);
/* Index of member ${code} in the cast: an error names the step's place. */
int stage_member(const struct stage *st, const struct step *s, const char *code, unsigned *who, struct err *e);

/* ---- look.c: questions to one node ---- */

struct self_view {			/* of `diwan status`: the node */
	char guard[16], why[512];	/* its guard's state ("open": it may sign), and what is in the way */
	uint64_t size, settled;
};
struct peer_view {			/* a peer of it */
	char state[16], trouble[512], cosign_trouble[256];
	uint64_t size, payloads_next, settled, cosigned;
	int64_t last_try_ms;
};
/* What ${who} says of itself (${self} may be NULL) and of its peer ${of} (${view} may be NULL). */
int look_status(struct cast *c, unsigned who, unsigned of, struct self_view *self, struct peer_view *view, struct err *e);
int look_size(struct cast *c, unsigned who, uint64_t *size, struct err *e);	/* of its own log */
/* Is the text of entry ${at} in the store of ${who}? */
int look_holds(struct cast *c, unsigned who, const struct place *at, bool *holds, struct err *e);
/* Does an officer of ${who} see it, in view "live" or "exercise"? */
int look_sees(struct cast *c, unsigned who, const struct place *at, const char *view, bool *sees, struct err *e);
/* How many payloads of ${of} does ${who} hold, receipts not counted? */
int look_count(struct cast *c, unsigned who, unsigned of, uint64_t *count, struct err *e);
/* Call ${each} with each row of `diwan list` of what ${who} holds of ${of}, newest first; a non-zero return ends it. */
int look_list(struct cast *c, unsigned who, unsigned of, int (*each)(void *ctx, const struct json *row), void *ctx, struct err *e);
/* Which gate withholds entry ${at} from ${who}, by the originator's own `diwan why`? 0: none, it may have it. */
int look_gate(struct cast *c, unsigned who, const struct place *at, const char *view, int *gate, struct err *e);
/* Has ${giver} receipted entry ${at}, as ${asked} knows it, its originator or the giver? */
int look_receipt(struct cast *c, struct receipts *r, unsigned asked, unsigned giver, const struct place *at, bool *has,
    struct err *e);
/* "kz/17"; "kz/2/0" in a later epoch. */
void look_label(char out[80], const struct cast *c, const struct place *at);
/* How many lines of the ledger of act ${act} has ${who}, and what they say: ${each} as in look_list. */
int look_ledger(struct cast *c, unsigned who, const char *act, int (*each)(void *ctx, const struct json *line), void *ctx,
    struct err *e);
/* Does ${who} hold a proof against ${of} (*${count}: against how many logs, if ${of} is negative)? ${words}: what it explains. */
int look_fork(struct cast *c, unsigned who, int of, unsigned *count, char words[700], struct err *e);
/* Do the bytes of ${word} stand in any file of ${who}'s folder? ${where}: the first such file. */
int look_word(struct cast *c, unsigned who, const char *word, bool *found, char where[300], struct err *e);
/* Findings of `diwan check` at ${who}. */
int look_check(struct cast *c, unsigned who, uint64_t *findings, char first[300], struct err *e);

#endif
