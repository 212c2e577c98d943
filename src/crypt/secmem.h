/*
 * Memory for secrets: seeds, passphrases, derived keys.
 *
 * It lies between two pages that nothing can touch, behind a canary that is checked when it is freed; it is kept out of
 * core dumps, locked so that it is not written to swap, and overwritten when freed. It does not go to a child by fork
 * locked (mlock(2)): allocate after forking.
 *
 * Locking may be forbidden (RLIMIT_MEMLOCK). The memory is given nevertheless, for a node that cannot start helps nobody;
 * but secmem_warning() then has a sentence, which whoever shows the state of a node must show. All allocations together
 * need a few pages: each rounds up to whole pages and 16 bytes.
 *
 * Call crypt_init() first. Safe in threads. An allocation costs some system calls (about 20 microseconds): for the few
 * secrets of a process, not for each record.
 */
#ifndef CRYPT_SECMEM_H
#define CRYPT_SECMEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* ${size} zeroed bytes (at least 1), aligned to 16; NULL if there is no memory. Free by secmem_free and by nothing else. */
void *secmem_alloc(size_t size);

/* Overwrite and give back. NULL is fine. Stops the program if somebody has written past the bounds. */
void secmem_free(void *p);

/*
 * secmem_warning():
 * NULL while every allocation of this process could be locked; otherwise what is wrong and how to mend it, in one sentence,
 * for as long as the process runs. Static.
 */
const char *secmem_warning(void);

/*
 * secmem_lock_process(e):
 * From now on this process leaves no core dump and no process of the same user may look into its memory (prctl(2),
 * PR_SET_DUMPABLE; RLIMIT_CORE 0). For processes that hold keys; call it before the first secret is read. Its price: after
 * a crash there is no core to look at. Errors: ERR_IO (the system refused, or does not keep to it).
 */
int secmem_lock_process(struct err *e);

/* Bytes in such memory. */
struct secmem {
	char *bytes;		/* a NUL stands behind them that does not count */
	size_t len;
};

/*
 * secmem_read(out, fd, max_bytes, e):
 * The whole of the regular file behind ${fd}, from its start, read straight into memory of this kind: once, in its exact
 * size, with no buffer between that would keep a copy. Path, owner and mode are the caller's business, and the caller puts
 * the path before the sentence. Errors: ERR_INPUT (no regular file, or empty), ERR_LIMIT (more than ${max_bytes}), ERR_CONFLICT
 * (it changed its size meanwhile), ERR_IO, ERR_NOMEM; ${out} is then empty.
 */
int secmem_read(struct secmem *out, int fd, size_t max_bytes, struct err *e);

/* Overwrite and give back what ${m} holds. */
void secmem_wipe(struct secmem *m);

#endif
