/* Opening a pouch, private to the node room: what its parts share (pouch.c begins and ends it). */
#ifndef NODE_POUCH_OPENING_H
#define NODE_POUCH_OPENING_H

#include "node/internal.h"
#include "node/pouch_file.h"

struct opening {
	struct node *n;
	int member;			/* the sender */
	struct peer as;			/* it, to whom what comes is counted; the real one has turns of its own */
	struct keeper *keeper;
	struct store_reader *r;
	struct pouch_file f;
	struct pouch_told *told;
	struct pull pull;
	uint64_t from, to, next;	/* what the payload stream in f.content covers; next 0: there is none */
	uint64_t before;		/* payloads below were decided when we began */
	struct err *e;			/* of functions that are called through others */
};

/* pouch_line.c: a pull of ${member}'s log whose line is the file. Of a member other than the sender only the judging is of use. */
struct pull pouch_line(struct opening *o, int member);
/* Is this note signed by one of the log's keys? */
int pouch_line_note(const struct pull *p, const struct buf *note, struct checkpoint *cp, struct err *e);

/* pouch_take.c: the sender's log with its payloads, if nothing is missing before them; attachments that records held here name. */
int pouch_take_log(struct opening *o, struct err *e);
int pouch_take_blobs(struct opening *o, struct err *e);

/* pouch_hear.c: what the sender has seen of all logs, and cosigned of ours */
int pouch_hear(struct opening *o, struct err *e);

/*
 * pouch_confirm.c: file receipts for what is held and was never confirmed: also for what an earlier opening took in before it was
 * interrupted. Of a peer that has turns of its own, those file them for what is new; here are then only those for what came late.
 */
int pouch_confirm(struct opening *o, struct err *e);

#endif
