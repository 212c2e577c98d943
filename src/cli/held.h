/*
 * A log as this node holds it, its own or a verified copy of another member's, in the shape in which a stranger would fetch it:
 * the paths of C2SP tlog-tiles. For verifying, proving and handing on.
 */
#ifndef CLI_HELD_H
#define CLI_HELD_H

#include "cli/local.h"
#include "log/audit.h"
#include "log/entry.h"
#include "log/proof.h"

struct held {
	struct local *local;
	struct log_row row;
	struct vkey key;
	struct buf note;		/* newest checkpoint that is at hand */
	struct checkpoint checkpoint;	/* what it says, verified with key */
};

/*
 * The log of member ${code}. For the own log of a running node the newest checkpoint comes from the node. ERR_NOTFOUND: no such
 * member, not paired (its key is unknown), or no checkpoint yet; ERR_VERIFY.
 */
int held_open(struct held *h, struct local *l, const char *code, struct err *e);
void held_close(struct held *h);
/* As struct audit's get: append the file ${path} of the log. ${ctx} is a struct held. */
int held_get(void *held, const char *path, struct buf *out, struct err *e);
/*
 * The proof that entry ${index} is in the log, with the checkpoint; checked before it is handed out. ${entry} gets the entry's
 * bytes. ERR_NOTFOUND when the checkpoint at hand does not cover it.
 */
int held_prove(struct held *h, uint64_t index, uint8_t entry[ENTRY_BYTES], struct buf *out, struct err *e);
/* Verify all of it: tiles against entries, entries against the signed root, payloads that are held against their entries. */
struct held_report {
	struct audit_report audit;
	uint64_t payloads;		/* checked against their entries */
};
int held_verify(struct held *h, int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total), void *ctx,
    struct held_report *out, struct err *e);

#endif
