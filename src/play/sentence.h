/* Sentences against the patterns of sentences.def. Private to the play room. */
#ifndef PLAY_SENTENCE_H
#define PLAY_SENTENCE_H

#include "play/scenario.h"

enum params { BARE, NEEDS };

/*
 * sentence_match(a, file, y, text, step, err):
 * Find the pattern that ${text} fits and fill what, member, other, name, n and ms of ${step}. ${y} is where it stands, for
 * errors, which list what would be allowed. Strings go to ${a}.
 */
int sentence_match(struct arena *a, const char *file, const struct yaml *y, const char *text, struct step *step, struct err *e);

enum params sentence_params(enum sentence s);

#endif
