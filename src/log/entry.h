/*
 * The entry: what a log holds for one record (docs/log.md section 2).
 *
 *     commitment = SHA-256("diwan-record-v1" || nonce (32 bytes) || record bytes)
 *     entry      = 0x01 || commitment                       33 bytes
 *     leaf hash  = SHA-256(0x00 || entry)                   RFC 6962 section 2.1
 *
 * The nonce is fresh from a random source for every record and never derived from it: without it, whoever guesses a
 * record's text could confirm the guess from the public entry. The commitment also binds: its author cannot later show
 * another text for it. Deleting nonce and record leaves the log whole.
 */
#ifndef LOG_ENTRY_H
#define LOG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypt/hash.h"

#define ENTRY_VERSION 0x01
#define ENTRY_BYTES 33
#define ENTRY_NONCE_BYTES 32

/* The commitment to ${len} record bytes under ${nonce}. One pass over the record. */
void entry_commit(struct digest *commitment, const uint8_t nonce[ENTRY_NONCE_BYTES], const void *record, size_t len);

/* The entry that carries ${commitment}. */
void entry_make(uint8_t entry[ENTRY_BYTES], const struct digest *commitment);

/*
 * entry_parse(commitment, entry, len, e):
 * Read an entry of a member's log. Errors: ERR_INPUT (length), ERR_UNKNOWN (version byte): fail closed, a later version
 * may mean something else by the same bytes.
 */
int entry_parse(struct digest *commitment, const void *entry, size_t len, struct err *e);

/* The leaf hash of the entry that carries ${commitment}: what tree_append and edge_append take. */
void entry_leaf(struct digest *leaf, const struct digest *commitment);

/* True if ${nonce} and ${record} are what ${commitment} committed to. */
bool entry_opens(const struct digest *commitment, const uint8_t nonce[ENTRY_NONCE_BYTES], const void *record,
    size_t len);

#endif
