/*
 * Entry bundles (C2SP tlog-tiles): up to 256 entries, each as { length: 16 bits, big-endian; bytes }, one after
 * another. A partial bundle is a byte prefix of the full one.
 */
#ifndef LOG_BUNDLE_H
#define LOG_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "log/tile.h"

#define BUNDLE_ENTRY_MAX 65535
#define BUNDLE_MAX_BYTES (TILE_WIDTH * (2 + BUNDLE_ENTRY_MAX))

struct bundle {
	unsigned count;
	struct {
		const uint8_t *bytes;	/* inside the bundle's bytes */
		size_t len;
	} entry[TILE_WIDTH];
};

/* Append one entry. ${len} is at most BUNDLE_ENTRY_MAX. False once ${out} has failed. */
bool bundle_add(struct buf *out, const void *entry, size_t len);

/*
 * bundle_parse(out, bytes, len, e):
 * Find the entries. ${bytes} is borrowed as long as ${out} is used. Strict: 1 to 256 entries, nothing left over.
 * Errors: ERR_INPUT (names the entry), ERR_LIMIT (more than 256).
 */
int bundle_parse(struct bundle *out, const void *bytes, size_t len, struct err *e);

#endif
