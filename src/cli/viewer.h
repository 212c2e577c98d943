/*
 * Who reads: the viewer that a command's options describe (group VIEWER of commands.def), and when. The node's own member always;
 * which of its officers, is what the options say, as the one who runs this program holds the node's folder anyway. The law then
 * answers as for anybody.
 */
#ifndef CLI_VIEWER_H
#define CLI_VIEWER_H

#include "cli/local.h"

struct viewing {
	struct viewer viewer;
	int32_t as_of;			/* day on which the law is asked */
	struct judge judge;
};

/* Read the options. ERR_USAGE names the option and the words it takes, ERR_NOTFOUND an authority. */
int viewer_read(struct viewing *w, const struct cli *c, const struct local *l, struct err *e);
/* "kz/police, purpose P01, on 2018-05-28": who asks, in a line. */
void viewer_text(const struct viewing *w, struct buf *out);
/* What to add to the command line to see more, as a sentence; "" when nothing is missing. */
const char *viewer_hint(const struct viewing *w);
/* The first authority of ${member} that is valid on ${day}, or LAW_NONE. */
int viewer_default_authority(const struct registry *reg, int member, int32_t day);
/* Purpose number of "P01", 0 when it is none. */
int viewer_purpose(const char *word);

#endif
