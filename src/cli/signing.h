/*
 * Who signs for a node that the command line opens: a process that is started for it (docs/guard.md), so that this one never has
 * the keys.
 */
#ifndef CLI_SIGNING_H
#define CLI_SIGNING_H

#include "cli/cli.h"
#include "guard/signer.h"
#include "node/node.h"

struct signing {
	struct signer *signer;
};

/*
 * Make the key files ready, start the signer on ${o}->dir and put its signers into ${o}. ${user}, ${clock_file}: as in
 * holder_options; NULL: none. ${passphrase_fd}: 0: none. After signing_start and until the node is closed, ${s} must stay. Errors:
 * those of node_prepare and signer_start, in words for people.
 */
int signing_start(struct signing *s, struct node_options *o, const char *user, const char *clock_file, int passphrase_fd,
    struct err *e);
/* After node_close. A zeroed ${s} is fine. */
void signing_end(struct signing *s);

#endif
