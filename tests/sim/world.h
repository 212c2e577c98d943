/*
 * A small world with a seed: several complete nodes in one process and one thread, over pretend time, network and disks. Everything
 * that happens follows from the seed: run it again and every event, byte and signature is the same (docs/simulation.md).
 *
 *   world.c    time, events, hosts: starting, stepping, falling, coming up again
 *   troubles.c crashes, partitions, bad disks, old disk images, cloned nodes
 *   net.c      messages between hosts, and what becomes of them
 *   liar.c     a member that does not keep to the rules
 *   traffic.c  what officers file, and the ledger of it
 *   check*.c   what must be true of a world, a file each
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdio.h>

#include "crypt/hash.h"
#include "log/vkey.h"
#include "node/node.h"
#include "sim/dice.h"
#include "sim/disk.h"

#define PARTIES 4			/* the charter's signatories; the fifth member is none and sees nothing */
#define MEMBERS 5
#define HOSTS (MEMBERS + 1)		/* one more machine for a clone */
#define MARK "simrec"			/* each text that officers file holds this and seven digits, its place in the ledger */
#define MARK_DIGITS 7
#define ID_LEN 16

struct world;

enum plot {				/* at most one of these befalls a world, beside the ordinary troubles */
	PLOT_NONE,
	PLOT_LYING_DISK,		/* the victim's disk says synced and is not, then the power goes */
	PLOT_OLD_IMAGE,			/* the victim is restored from an old image of its disk */
	PLOT_CLONE,			/* the victim's disk is copied and both copies run */
	PLOT_TWO_FACES,			/* the victim shows some peers one log and some another */
	PLOT_WITHHOLDS,			/* it withholds, answers old states, or not at all */
	PLOT_GENEROUS,			/* it sends everybody every payload */
	PLOT_GARBAGE,			/* its answers are garbled, and it sends nonsense */
	PLOT_COUNT
};
const char *plot_word(enum plot p);

struct host {
	struct world *world;
	int number, member;		/* the clone is host MEMBERS, of the victim's member */
	char dir[300], pin[80];
	struct node *node;		/* NULL: down */
	struct disk *disk;
	struct clock clock;
	struct rng rng;
	struct dice dice;		/* the node's random bytes */
	struct transport transport;
	int64_t skew_ms;
	uint64_t step_turn;		/* which EV_STEP is the valid one */
	int eager;			/* further steps to come soon: something has happened */
	uint64_t calls_left;		/* the power goes in the middle of this many calls from now; 0: no */
	bool used;			/* there is such a machine */
	bool gone;			/* down for good: it refused to start, as it must */
};

enum event_kind {
	EV_STEP, EV_FILE, EV_POST, EV_CUT, EV_HEAL, EV_CRASH, EV_FALL, EV_BOOT, EV_DISK_BAD, EV_DISK_GOOD, EV_PLOT, EV_RESUME,
	    EV_MISCHIEF,
	    EV_LOOK
};

struct event {
	int64_t at_ms;
	uint64_t order;			/* among events of the same time */
	enum event_kind kind;
	int host, other;
	uint64_t turn;
	struct message *message;	/* EV_POST: owned */
};

struct message {			/* a POST that is still under way */
	int from, to;
	char path[300];
	struct buf body;
};

enum deed {
	DEED_RECORD, DEED_VERSION, DEED_DELETE, DEED_WITHDRAW, DEED_BLOCK, DEED_UNBLOCK, DEED_CONTEST,
	DEED_KEEP			/* a recipient's answer to an order to delete */
};

struct filed {				/* a line of the ledger: what an officer has filed, or tried to */
	enum deed deed;
	int member, host;
	uint8_t id[ID_LEN];
	uint32_t seq;
	uint32_t allowed;		/* members whose nodes may have it, a bit each, the originator's among them */
	int target;			/* ledger line that the act is about; -1 */
	bool acked;			/* node_file answered OK */
	uint64_t index;			/* then: where it stands */
	struct digest text;		/* SHA-256 of its text */
	bool acted;			/* an act that may keep it from arriving was filed on it, or may have been */
	bool delete_acked;		/* an order to delete it was acknowledged */
};

struct seen {				/* a checkpoint that was seen on its way */
	int member, to;			/* whose log; who was shown it */
	bool bell, lost;		/* by a bell, which is kept in memory (docs/exchange.md 4); and the machine fell after it */
	uint64_t size;
	uint8_t root[HASH_BYTES];
};

struct world_options {
	uint64_t seed;
	int hours;			/* of traffic, before the world settles; 0: as the seed says, some days */
	int records_a_day;		/* 0: as the seed says */
	bool unguarded;			/* nodes do not ask their peers before they sign (for tests) */
	bool relapse;			/* when all has settled, the first machine forgets everything (for tests) */
	bool ordinary;			/* no plot, a good network and no troubles: for measuring */
	enum plot plot;			/* PLOT_NONE: as the seed says */
	/* the checkers take the victim for honest: what the plot does must then be found (for tests) */
	bool blind;
	FILE *trace;			/* a line an event; NULL: none */
};

struct outcome {
	uint64_t fingerprint;		/* of every event: equal for equal seeds */
	int violations;
	char first[1200];		/* the first violation, in a sentence */
	char broken[200];		/* the checkers that found one, a word each */
	enum plot plot;
	int hours;
	uint64_t events, calls, filed, acked, crashes, torn, forks_noticed, refused, kept;
};

struct world {
	struct world_options o;
	struct outcome out;
	int64_t now_ms, start_ms, end_ms;	/* end of traffic */
	int records_a_day;
	bool settling;			/* no more traffic and troubles */
	struct clock clock;
	struct host host[HOSTS];
	struct dice lot, net_dice, traffic_dice, sqlite_dice;	/* troubles and plots; network; officers; SQLite */
	struct event *queue;		/* a heap, soonest first */
	size_t queued, queue_cap;
	uint64_t order;
	/* the network */
	bool cut[HOSTS][HOSTS];
	struct {			/* mean times between troubles of this world; 0: it has none of that kind */
		int64_t crash, cut, bad_disk;
	} mean_ms;
	uint32_t lose_ppm, lose_answer_ppm, cut_answer_ppm, late_ppm, double_ppm;
	/* the plot */
	enum plot plot;
	int victim;			/* host */
	bool plot_begun;
	uint32_t faces;			/* PLOT_TWO_FACES, PLOT_CLONE: members that talk to the clone, a bit each */
	struct disk_image *image;	/* what the victim will be restored from */
	uint64_t known_size;		/* entries of the victim's log that two others held when it was set back */
	struct buf old_note;		/* PLOT_WITHHOLDS: a checkpoint of earlier */
	/* what happened */
	struct filed *ledger;
	size_t filed, ledger_cap;
	struct seen *seen;
	size_t seen_count, seen_cap;
};

/* Make the nodes that all worlds start from, in folders under ${tmp} (NULL: of its own making). Once a process. */
void sim_setup(void);
void sim_teardown(void);
/* Live the world of ${o}->seed from its beginning to its end, and check it. */
void sim_run(const struct world_options *o, struct outcome *out);

/* ---- world.c, for its other files ---- */

extern const char *const member_codes[MEMBERS];
extern const char *const member_authorities[MEMBERS];
extern struct vkey member_keys[MEMBERS];		/* of their logs */

void at(struct world *w, int64_t at_ms, enum event_kind kind, int host, int other);
void at_event(struct world *w, struct event e);
/* A line of the trace; goes into the fingerprint. */
void note(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A rule that should hold does not. ${checker}: which. */
void violated(struct world *w, const char *checker, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

bool host_up(const struct host *h);		/* it runs and its disk works */
void host_make(struct world *w, int number, int member);
void host_boot(struct world *w, struct host *h);
/* The machine stops, now; it comes up again by itself after ${down_ms} (0: not). */
void host_fall(struct world *w, struct host *h, enum disk_loss loss, int64_t down_ms);
void host_soon(struct world *w, struct host *h);	/* something has happened at it: step it soon, and some times */
void host_step(struct world *w, struct host *h);
struct host *host_of(struct world *w, int member);	/* the machine that ${member}'s officers use */
bool host_honest(const struct world *w, const struct host *h);	/* keeps to the rules and has a disk that does */

/* ---- troubles.c ---- */
void troubles_begin(struct world *w);
void troubles_event(struct world *w, const struct event *e);
void troubles_end(struct world *w);		/* everything is repaired */

/* ---- net.c ---- */
struct transport net_transport(struct host *h);
void net_deliver(struct world *w, const struct message *m);

/* ---- liar.c: what ${to}, which is the victim, makes of its answer to ${from} ---- */
struct http_answer;
void liar_answers(struct world *w, struct host *from, struct host *to, const char *path, struct http_answer *a);
void liar_mischief(struct world *w);

/* ---- traffic.c ---- */
void traffic_file(struct world *w, struct host *h);

/* ---- checks ---- */
/* check_history.c: one was shown to member ${to}, by a bell or by an answer; its machine falls, and what bells brought is lost */
void check_note(struct world *w, int to, bool bell, const void *note, size_t len);
void forget_bells(struct world *w, int to);
void check_wire(struct world *w, const struct host *to, const void *bytes, size_t len);	/* check_privacy.c: sent to ${to} */
void check_during(struct world *w, struct host *h);	/* what must hold at any time */
void check_end(struct world *w);			/* what must hold when all has settled */
void check_acked(struct world *w, struct host *h);
void check_history(struct world *w, struct host *h);
void check_privacy(struct world *w, struct host *h);
void check_arrival(struct world *w, struct host *h);
void check_fold(struct world *w, struct host *h);
void check_deletion(struct world *w, struct host *h);
void check_logs(struct world *w, struct host *h);
void check_guard(struct world *w, struct host *h);
void check_setback(struct world *w);
void guard_before_setback(struct world *w);	/* check_guard.c: called when the victim is about to be set back */

#endif
