/*
 * The node on this machine that a command works with: a running one through its control socket, or the folder itself. Commands
 * that only look open the folder for reading, which works beside a running node.
 */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include "cli/cli.h"
#include "cli/signing.h"
#include "node/node.h"

struct local {
	const struct cli *cli;
	const char *dir;
	struct node *node;		/* NULL while a running node answers for us */
	struct signing signing;		/* of a node opened for work */
	struct store_reader *reader;	/* opened by local_read */
	void *session;			/* of the control socket */
};

/* Open ${dir} for reading, with a reader. ERR_NOTFOUND with the next step when there is no node in it. */
int local_read(struct local *l, const struct cli *c, const char *dir, struct err *e);
/*
 * For work that changes the node: OK with l->node == NULL when one is running there (use local_call), else with the node opened
 * here.
 */
int local_work(struct local *l, const struct cli *c, const char *dir, struct err *e);
/*
 * Ask the running node. The answer's bytes replace ${out}. A problem document becomes the error it was.
 */
int local_call(struct local *l, const char *method, const char *path, const void *body, size_t len, struct buf *out,
    struct err *e);
/* Is a node running on l->dir? An error other than "no" is returned. */
int local_running(struct local *l, bool *running, struct err *e);
/*
 * Whose node is running (its member's code into ${member}, which may be NULL), and how far its clock is from ours: what is filed
 * must be filed at its time.
 */
int local_status(struct local *l, char member[CODE_MAX + 1], int64_t *skew_ms, struct err *e);
void local_close(struct local *l);

/* Append a whole file, or standard input for "-", of at most ${max_bytes} to ${out}. ERR_NOTFOUND, ERR_IO, ERR_LIMIT. */
int local_slurp(const char *path, size_t max_bytes, struct buf *out, struct err *e);
/*
 * Write a new file (must not exist; it is on disk when this returns, or gone). NULL or "-": standard output.
 */
int local_spill(const char *path, const void *bytes, size_t len, struct err *e);

#endif
