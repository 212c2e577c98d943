/* Checkpoints that must agree with what is held. Private to the exchange room. */
#ifndef EXCHANGE_PULL_FORK_H
#define EXCHANGE_PULL_FORK_H

#include "exchange/pull.h"
#include "log/tile.h"

/* Read a checkpoint of p's log, signed by one of its keys. */
int fork_open(const struct pull *p, const void *note, size_t len, struct checkpoint *cp, struct err *e);

/*
 * ${cp} of ${note} is of at most log->size entries: is it a part of them? OK; or ERR_VERIFY, after p->forked has heard the
 * proof, if the notes that are held give one.
 */
int fork_check_part(const struct pull *p, const struct log_row *log, const struct checkpoint *cp, const struct buf *note,
    struct err *e);

/*
 * ${cp} of ${note} is of more entries than held, and what is held is no part of its tree, whose tiles are ${tiles}: prove it.
 * Always an error: ERR_VERIFY.
 */
int fork_by_tiles(const struct pull *p, const struct log_row *log, const struct checkpoint *cp, const struct buf *note,
    const struct tile_source *tiles, struct err *e);

#endif
