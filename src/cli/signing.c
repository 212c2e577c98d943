#include "cli/signing.h"

#include <unistd.h>

#include "crypt/secmem.h"

int
signing_start(struct signing *s, struct node_options *o, const char *user, const char *clock_file, int passphrase_fd,
    struct err *e)
{
	struct holder_options h = { .dir = o->dir, .user = user, .clock_file = clock_file,
	    .passphrase_fd = passphrase_fd, .may_ask = isatty(STDIN_FILENO) != 0 };
	struct node_options first = *o;
	int rc;

	s->signer = NULL;
	first.guarded = false;		/* an operator's word is good for one opening (node_resume_once): not for this one */
	/* Keys may be made now, and a passphrase may be asked for: nothing of this process is dumped, or read by another. */
	if ((rc = secmem_lock_process(e)) != OK ||
	    (rc = node_prepare(&first, e)) != OK || (rc = signer_start(&s->signer, &h, e)) != OK)
		return rc;
	for (unsigned i = 0; i < 2; i++) {
		o->log_signer[i] = signer_log(s->signer, i);
		o->witness_signer[i] = signer_witness(s->signer, i);
	}
	return OK;
}

void
signing_end(struct signing *s)
{
	signer_stop(s->signer);
	s->signer = NULL;
}
