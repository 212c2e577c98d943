/* The passphrase of sealed keys, from where only the operator can put it (docs/guard.md section 4). */
#ifndef GUARD_PASSPHRASE_H
#define GUARD_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "guard/frame.h"

struct passphrase {
	size_t len;
	bool asked;			/* came from the terminal: it can be asked for again */
	char text[FRAME_PASSPHRASE_MAX + 2];
};

/*
 * passphrase_get(out, fd, may_ask, prompt, e):
 * From the systemd credential "diwan-passphrase"; else all of descriptor ${fd} (0: none; it is read to its end, and not
 * closed); else, if ${may_ask}, from the controlling terminal with echo off, after ${prompt}. One line end at the end is cut
 * off, and text is brought into Unicode form NFC, so that every keyboard types the same. Whoever seals a key takes the
 * passphrase from here too. ${out} is best in memory of crypt/secmem.h; wipe it when done. Errors: ERR_DENIED (nobody to
 * ask), ERR_INPUT (empty), ERR_LIMIT (too long), ERR_IO, ERR_STOP (Ctrl-C or Ctrl-D at the prompt).
 */
int passphrase_get(struct passphrase *out, int fd, bool may_ask, const char *prompt, struct err *e);

void passphrase_wipe(struct passphrase *p);

#endif
