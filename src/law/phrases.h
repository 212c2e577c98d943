/* What each reason says; not for other rooms. */
#ifndef LAW_PHRASES_H
#define LAW_PHRASES_H

#include "law/vis.h"

struct phrase {
	const char *word;		/* for --json */
	const char *text;		/* what is so */
	const char *help;		/* next lawful step; NULL: none but waiting or accepting */
};

extern const struct phrase law_phrases[WHY_COUNT];

#endif
