/*
 * Links that can fail: between two nodes stands a small TCP relay inside this process, one listening port for each direction
 * of each pair (a direction is who calls whom). The nodes know only these ports, so that a link can be cut, made slow or led
 * elsewhere without any hook in the product. One thread serves them all.
 *
 * L1  Bytes pass unchanged and in order, or the connection ends.
 * L2  A cut ends all connections of the link at once (reset) and refuses new ones in the same way.
 * L3  Memory is bounded: LINK_BUFFER bytes a direction of a connection, LINK_CONNECTIONS connections.
 */
#ifndef PLAY_LINK_H
#define PLAY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LINK_MAX 256			/* links of one relay */
#define LINK_CONNECTIONS 512
#define LINK_BUFFER 65536u

struct relay;

int relay_start(struct relay **out, struct err *e);
void relay_stop(struct relay *r);	/* NULL is fine */

/*
 * relay_add(r, &port, err): a new link that listens on 127.0.0.1 at a port of the kernel's choice, *${port}, and leads
 * nowhere yet. Its number, or ERR_LIMIT, ERR_IO.
 */
int relay_add(struct relay *r, unsigned *port, struct err *e);

/* Where new connections of ${link} go from now on: a port of 127.0.0.1; those there are end. 0: nowhere. */
void relay_lead(struct relay *r, int link, unsigned port);

/* Cut or whole. */
void relay_cut(struct relay *r, int link, bool cut);

/*
 * Every byte is ${delay_ms} late, and at most ${bytes_per_s} pass in a second (0: as many as can). Holds for what
 * arrives from now on.
 */
void relay_slow(struct relay *r, int link, uint32_t delay_ms, uint64_t bytes_per_s);

/* A free port of 127.0.0.1: the kernel chose it a moment ago and nobody has it. */
int free_port(unsigned *port, struct err *e);

#endif
