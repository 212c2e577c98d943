/*
 * Rows as bytes. Two encodings, both a function of the row alone:
 *   packed  every column in order: an integer as 8 bytes big-endian, text and blobs as u32 length and bytes. Two folds
 *           are equal when the packed rows of each table, in key order, are (`diwan check`, tests).
 *   key     the key columns so that comparing bytes is comparing tuples: an integer as 8 bytes big-endian with the sign
 *           bit turned, text and blobs with 00 written as 00 FF and 00 01 at the end. It is the order SQLite gives the
 *           same tuples, and the first ${n} columns of a key are a prefix of its bytes.
 */
#ifndef STORE_STORE_ROW_H
#define STORE_STORE_ROW_H

#include "store/store.h"

/* Append to ${out}; a failure is sticky in it. O(bytes). */
void store_row_pack(struct buf *out, const struct row *row);
void store_row_key(struct buf *out, const struct row *row, int columns);

/*
 * The row of table ${t} in ${bytes}, whose text and blobs it points to. False if they are not exactly one packed row.
 */
bool store_row_unpack(enum derived_table t, const void *bytes, size_t len, struct row *out);

/* True if the first ${columns} columns are equal. */
bool store_row_same(const struct row *a, const struct row *b, int columns);

#endif
