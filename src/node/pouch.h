/*
 * Pouches (docs/pouch.md): what a member is due, in one encrypted file, for members without a line. Packing reads the store;
 * opening makes the same checks and writes as a pull from the sender would (exchange/pull.h), with the file in place of the line.
 *
 * All functions may be called from any thread, beside the peers' own.
 */
#ifndef NODE_POUCH_H
#define NODE_POUCH_H

#include "base/json.h"
#include "crypt/age.h"
#include "exchange/pouch.h"
#include "node/node.h"

#define POUCH_FOLDER "pouch"		/* in the node's folder: what is at work; empty otherwise */

/*
 * Make that folder, and empty it of copies that nobody came back for. When a node is opened for work, before it is locked into its
 * folder: afterwards it can make no folder there.
 */
int pouch_folder(const char *dir, struct err *e);

struct pouch_told {			/* what is in a pouch, and what came of it */
	struct pouch_head head;
	uint64_t file_bytes, payload_bytes;
	uint64_t tiles, streams, blobs;
	uint64_t cosigned;		/* packed or opened: size of the other's log that its maker cosigned; 0: none */
	char no_cosignature[256];	/* packed: why there is none, if there could be one; "" otherwise */
	/* Opened. */
	uint64_t entries, payloads, withheld;	/* that are new here */
	uint64_t blobs_new, blobs_refused;	/* refused: their bytes have another hash */
	uint64_t held, decided;		/* now, of the sender's log */
	uint64_t gap_from, gap_to;	/* entries that are missing before it; equal: none are */
	bool only_payloads;		/* of these, only the payloads are missing */
	uint64_t ahead;			/* our own log had this many entries when the sender saw it, more than here; 0 */
	uint64_t receipts;		/* records filed to confirm */
	char no_receipts[256];		/* why they could not be filed now; opening it again files them. "" otherwise */
};

/* Its members into an open object; and back, what is absent being zero. */
void pouch_told_write(struct json_out *o, const struct pouch_told *t);
void pouch_told_read(struct pouch_told *t, const struct json *root);

struct pouch_pack {
	int member;			/* for whom */
	const char *path;		/* a new file */
	bool from_given;		/* begin at ${from}; else where the recipient is known to be */
	uint64_t from;			/* rounded down to a multiple of 256 */
	/*
	 * Who cosigns: POST of ${body} to add-checkpoint of the own witness. NULL: this node itself, if it may write. A node
	 * that is open for reading beside a running one asks that one.
	 */
	int (*cosign)(void *ctx, const void *body, size_t len, int *status, struct buf *out, struct err *e);
	void *ctx;
	progress_fn progress;		/* NULL: nobody listens. A non-zero answer stops: ERR_STOP */
	void *progress_ctx;
};

/*
 * node_pouch_pack(n, p, told, err):
 * Write a pouch. The file is whole and on disk on OK; on failure there is none. Errors: ERR_NOTFOUND (no such member, not paired),
 * ERR_DENIED (its card has no pouch key), ERR_INPUT (the start is past the end), ERR_CONFLICT (the file exists), ERR_FULL,
 * ERR_IO. A pouch without a cosignature is no error: told->no_cosignature. Memory: one payload stream.
 */
int node_pouch_pack(struct node *n, const struct pouch_pack *p, struct pouch_told *told, struct err *e);

/* Where a pouch for ${member} begins unless told otherwise. O(entries after its last receipt that it has cosigned). */
int node_pouch_start(struct node *n, int member, uint64_t *from, struct err *e);

/*
 * node_pouch_open(n, path, id, progress, ctx, told, err):
 * Take in a pouch, by the identity ${id} or, where that is NULL, by the node's pouch key. OK with told->gap_from < gap_to: the
 * pouch starts after what is held. Errors: ERR_DENIED (made for another key), ERR_CONFLICT (of another mechanism or charter, for
 * another member), ERR_NOTFOUND (the sender is not paired), ERR_INPUT, ERR_UNKNOWN (of a later program), ERR_LIMIT, ERR_VERIFY
 * (damaged or cut: nothing was done; or the log shows two histories: the proof is kept, told says what came before), ERR_FULL,
 * ERR_IO.
 * Memory: 20 MiB. In the folder POUCH_FOLDER: an unlinked file with the commitments, 67 bytes an entry.
 */
int node_pouch_open(struct node *n, const char *path, const struct age_identity *id, progress_fn progress, void *ctx,
    struct pouch_told *told, struct err *e);

/* Read all of it and say what is in it; nothing is taken in. ${dir}: of the node whose key opens it. */
int node_pouch_show(const char *dir, const char *path, progress_fn progress, void *ctx, struct pouch_told *told, struct err *e);

/*
 * node_pouch_reseal(dir, path, out, id, err):
 * For a running node, which reaches neither the file nor the key: open ${path} by the key in ${dir}, and close it to the new
 * identity ${id} (wipe it) as a new file in ${dir}/POUCH_FOLDER, whose path is ${out}. The caller removes it. Errors: those of
 * opening, ERR_FULL, ERR_IO.
 */
#define POUCH_PATH_MAX 4400
int node_pouch_reseal(const char *dir, const char *path, char out[POUCH_PATH_MAX], struct age_identity *id, struct err *e);

#endif
