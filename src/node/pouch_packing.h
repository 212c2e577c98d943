/* Packing a pouch, private to the node room: what its parts share (pouch_pack.c begins and ends it). */
#ifndef NODE_POUCH_PACKING_H
#define NODE_POUCH_PACKING_H

#include "exchange/release.h"
#include "node/internal.h"
#include "node/pouch_file.h"

struct packing {
	struct node *n;
	const struct pouch_pack *p;
	struct pouch_told *told;
	struct store_reader *r;
	struct log_row log;		/* the own one */
	struct judge judge;
	struct age_writer *age;
	struct pouch_writer w;
	struct buf b;			/* one part */
	int fd;
	/* attachments */
	uint8_t last[32];
	bool any;
	struct err *e;
};

/* pouch_start.c: ERR_NOTFOUND unless ${member} is another one of the mechanism */
int pouch_start_member(const struct node *n, int member, struct err *e);
/* What ${member} is known to have of ${log}, the own one: all before *${from}. Where node_pouch_start rounds down from. */
int pouch_start_find(struct node *n, int member, struct store_reader *r, const struct log_row *log, uint64_t *from, struct err *e);

/*
 * pouch_cosign.c: the recipient's newest checkpoint with our cosignature, into ${k}->b, and its size. ERR_NOTFOUND: nothing is held
 * of that log. Other errors: why there can be none now.
 */
int pouch_cosign(struct packing *k, uint64_t *size, struct err *e);

#endif
