/*
 * The cast of a scenario: one real node a member, each in its own process and folder, on loopback, with the links between
 * them in our hands (link.h) and one clock for all. Nothing in the nodes knows that they are played.
 *
 * A folder of a cast:
 *   clock         8 bytes: the offset that all nodes read
 *   <member>/     a node            <member>.log   what it printed
 *   <member>.db   its backup        <member>-<other>.pouch
 *
 * A node can be cloned: the clone is another actor with a name of its own and the keys, and so the member code, of the first.
 * Nobody reaches it until somebody is led there.
 */
#ifndef PLAY_CAST_H
#define PLAY_CAST_H

#include <stdint.h>

#include "charter/charter.h"
#include "play/link.h"
#include "play/proc.h"

#define CAST_MAX 16
#define CAST_READY_MS 20000		/* a node that is not ready by then has failed */

struct liar;

struct actor {
	char code[33];			/* what the scenario calls it */
	char member[33];		/* whose keys it has; another than code for a clone */
	char dir[4096];
	unsigned port;			/* where it listens; chosen anew at each start */
	struct proc node;
	bool up;			/* it should be running */
	int link[CAST_MAX];		/* number of the link from here to the other; -1 to itself and to clones */
	unsigned call[CAST_MAX];	/* the port at which it calls the other: where the link listens */
	unsigned reaches[CAST_MAX];	/* who answers when it calls the other: the other, or a clone of it */
	unsigned led[CAST_MAX];		/* the port where the link leads now */
	bool cut[CAST_MAX];		/* nothing passes between the two */
	bool broken[CAST_MAX];		/* the link to the other refuses now */
	uint32_t epoch;			/* of its log */
	struct liar *liar;		/* what answers its peers in its place, or NULL */
	unsigned face;			/* the port of what answers; 0: its own */
	struct buf old_note;		/* its first checkpoint that we saw, for an old tree */
	void *session;			/* of its control socket */
};

struct cast {
	char dir[3800], clock_env[4096];
	struct arena boot;
	struct charter *charter;
	struct registry *reg;
	volatile int64_t *clock;	/* mapped; milliseconds added to the machine's clock */
	struct relay *relay;		/* NULL: nodes call one another directly */
	struct actor actor[CAST_MAX];
	unsigned count;
};

struct cast_options {
	const char *charter;		/* path */
	const char *const *members;	/* codes; none: all of the charter */
	uint32_t members_count;
	const char *dir;		/* an empty folder */
	int64_t starts_ms;		/* the clock's start; WHEN_NONE: the machine's own clock */
	bool direct;			/* no links in our hands */
	/* Told of each piece of work: "keys of kz", 3, 10. May be NULL. */
	void (*progress)(void *ctx, const char *what, unsigned done, unsigned total);
	void *ctx;
};

/*
 * cast_open(out, options, err):
 * Make the nodes, start them, pair each with each. ERR_NOTFOUND (charter, member), ERR_INPUT (charter), ERR_LIMIT (more than
 * CAST_MAX), ERR_IO (a node did not come up: the sentence has the last line it printed). On failure everything that was
 * started is stopped.
 */
int cast_open(struct cast **out, const struct cast_options *o, struct err *e);
/* Stop all nodes that run. ERR_IO when one had ended by itself or does not end in good order: its last words. */
int cast_finish(struct cast *c, struct err *e);
/* Stop what runs, close the links, free. The folder stays. NULL is fine. */
void cast_close(struct cast *c);

/* The charter in file ${path}, in ${a}. ERR_NOTFOUND, ERR_INPUT, ERR_NOMEM. */
int cast_charter(struct arena *a, const char *path, struct charter **out, struct err *e);

/* Index of ${code}, or -1. */
int cast_find(const struct cast *c, const char *code);

/* Start; wait until it answers. Stop in good order. Kill. */
int cast_up(struct cast *c, unsigned who, struct err *e);
int cast_down(struct cast *c, unsigned who, struct err *e);
void cast_kill(struct cast *c, unsigned who);

int64_t cast_now_ms(const struct cast *c);
void cast_wait(struct cast *c, int64_t ms);	/* the clock jumps by so much */

/* Both directions between ${a} and ${b}. */
void cast_cut(struct cast *c, unsigned a, unsigned b, bool cut);
void cast_slow(struct cast *c, unsigned a, unsigned b, uint32_t delay_ms, uint64_t bytes_per_s);

/* Where peers reach ${who} from now on: its node (0), or somebody in its place at ${port}. */
void cast_lead(struct cast *c, unsigned who, unsigned port);
/* ${who} reaches ${answers} from now on when it calls the member ${answers} belongs to. ERR_INPUT: itself. */
int cast_reach(struct cast *c, unsigned who, unsigned answers, struct err *e);
/* The actor that is no clone and has the member code of ${who}. */
unsigned cast_member(const struct cast *c, unsigned who);

/*
 * Copy the folder of ${who} as it is at this moment into a new actor ${code}, which is down. Its calls have links of their own.
 * ERR_LIMIT, ERR_IO.
 */
int cast_clone(struct cast *c, unsigned who, const char *code, struct err *e);
/* Its store as it is at this moment, by `diwan backup`; put in the place of the store it has. It must be down for the second. */
int cast_backup(struct cast *c, unsigned who, struct err *e);
int cast_restore(struct cast *c, unsigned who, struct err *e);
/* Its card now; give it to ${to}, with the address at which that one calls it. */
int cast_card(struct cast *c, unsigned who, struct buf *card, struct err *e);
int cast_give(struct cast *c, unsigned to, unsigned of, struct buf *card, struct err *e);

/*
 * A request to the control socket of ${who}; the answer replaces ${out}. A status other than 2xx is an error with the
 * node's own sentence.
 */
int cast_call(struct cast *c, unsigned who, const char *method, const char *path, const void *body, size_t len, struct buf *out,
    struct err *e);

/*
 * Run a command on the node of ${who}, as its operator would: `diwan <verb> <folder> <args...> --json`. ${args} is
 * NULL-terminated and comes after the folder; ${in} is its standard input, or NULL. OK when it ran: *${exit} is its exit
 * code and ${out} what it printed (replaced).
 */
int cast_run(struct cast *c, unsigned who, const char *verb, const char *const *args, const char *in, size_t in_len, int *exit,
    struct buf *out, struct err *e);
/* As cast_run, and any exit code but 0 is an error with the command's own sentence. */
int cast_do(struct cast *c, unsigned who, const char *verb, const char *const *args, const char *in, size_t in_len, struct buf *out,
    struct err *e);

/* The same of a command with all its words in ${args}: `diwan <verb> <args...> --json`. */
int cast_verb(struct cast *c, const char *verb, const char *const *args, int *exit, struct buf *out, struct err *e);

/* ---- between cast.c and cast_make.c ---- */

/* Everything cast_open does; what was started is for cast_close, also on failure. */
int cast_make(struct cast *c, const struct cast_options *o, struct err *e);
/* Start the process of ${who}; wait until it answers. */
int cast_start(struct cast *c, unsigned who, struct err *e);
int cast_await(struct cast *c, unsigned who, struct err *e);
/* No links yet; links from ${who} to each of the others that is no clone. */
void cast_no_links(struct actor *x);
int cast_link(struct cast *c, unsigned who, struct err *e);
/* ${card} of ${of} with the address at which ${to} calls it, into ${out}. */
int cast_address(const struct cast *c, unsigned to, unsigned of, struct buf *card, struct buf *out, struct err *e);

#endif
