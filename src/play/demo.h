/* What the files of `diwan demo` share. Private to them. */
#ifndef PLAY_DEMO_H
#define PLAY_DEMO_H

#include "play/events.h"
#include "play/program.h"

#define DEMO_WITHHELD_MAX 400		/* characters of one node's column */

struct demo_node {
	uint64_t own;			/* records filed here, receipts not counted */
	uint64_t size;			/* entries of its log */
	uint64_t from[CAST_MAX];	/* records of each other member that it holds */
	uint64_t findings;		/* of `diwan check` */
	char trouble[300];		/* its first finding */
	char withheld[DEMO_WITHHELD_MAX];
	int64_t current_us;		/* after how long it had everything; 0: not yet */
};

struct demo {
	const char *dir, *incidents, *charter, *events;	/* options; NULL: not given */
	bool once, tty;
	char charter_path[4096], events_path[4096];
	struct arena boot;
	struct events list;
	struct cast *cast;
	struct demo_node node[CAST_MAX];
	int64_t filing_us;		/* when filing began */
	unsigned bad;			/* things that are not as they must be */
	char withheld_label[64], withheld_from[33];	/* a record that somebody may not have: for the commands worth trying */
	unsigned withheld_at;
};

/* A bar on a terminal, a line elsewhere when a piece of work is done. */
void demo_bar(void *demo, const char *what, unsigned done, unsigned total);

/* ERR_STOP once somebody has asked to stop (SIGINT, SIGTERM), else OK. */
int demo_stop_asked(struct err *e);

/* File the events and import the incidents; sets d->filing_us. What is refused is said and counted into d->bad. */
int demo_file_all(struct demo *d, struct err *e);

/* Look at every node: fills d->node. */
int demo_survey(struct demo *d, struct err *e);
void demo_table(const struct demo *d);
/*
 * Members that are no party hold what they may, and nothing else: by their stores and their originators' word.
 * Prints; counts into d->bad.
 */
int demo_outsiders(struct demo *d, struct err *e);

#endif
