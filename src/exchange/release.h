/*
 * The answering side of the payload stream (docs/exchange.md 3): what of the own log a member may have.
 */
#ifndef EXCHANGE_RELEASE_H
#define EXCHANGE_RELEASE_H

#include "exchange/frame.h"
#include "view/judge.h"

/*
 * release_payloads(j, log, member, from, to, as_of, compress, out, err):
 * Append to ${out} a stream over [from, to) of ${log} (the own one; or the asker's, of which payloads are wanted back) for
 * ${member}: each payload that the visibility function gives to that member's node in full, everything else withheld. May end
 * early (FRAME_STREAM_BYTES). ${to} must not exceed log->size. Reads under one snapshot; memory is bounded by one chunk of payloads
 * and the stream. About 15 us a record.
 */
int release_payloads(const struct judge *j, const struct log_row *log, int member, uint64_t from, uint64_t to, int32_t as_of,
    bool compress, struct buf *out, struct err *e);

/*
 * release_tally(j, log, member, as_of, tally, err):
 * For each gate 1..14, how many of the log's payloads are withheld from ${member} by it (the gate that brought the level
 * down; tally->gate[0]: not
 * understood), and how many are given. For `diwan status` and the table of `make run`.
 */
struct tally {
	uint64_t given, gate[15];
};
int release_tally(const struct judge *j, const struct log_row *log, int member, int32_t as_of, struct tally *tally,
    struct err *e);

#endif
