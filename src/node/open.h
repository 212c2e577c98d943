/* Opening a node: its steps. Private to the node room; open.c takes them in their order. */
#ifndef NODE_OPEN_H
#define NODE_OPEN_H

#include "node/internal.h"

/* load.c: from the store: who this node is, its charter and register, each member's newest log, next keys. */
int load_identity(struct node *n, struct err *e);
/* The certificate's pin: public, so also for readers. */
int load_public(struct node *n, struct err *e);
/* A node made before there were witness and pouch keys gets them now, and its peers need its new card. */
int load_trust(struct node *n, struct err *e);
/* The end of the own log: what is stored must give the committed root (ERR_VERIFY), or nothing may be signed. */
int load_tail(struct node *n, struct err *e);
/*
 * A clock that went back would date new records before old ones: ERR_CONFLICT if it is a day behind our own last record. Only that
 * counts: a peer may write any date.
 */
int load_clock(struct node *n, struct err *e);

/* house.c: a thread that does what is due (house_turn); a stepped node has none, who steps it calls house_turn. */
int house_start(struct node *n, struct err *e);
void house_stop(struct node *n);	/* fine if it was not started */

#endif
