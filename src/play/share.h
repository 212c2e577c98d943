/*
 * Where the program's own files are: charters, events, scenarios. Installed beside it (<prefix>/share/diwan), or in the source tree
 * when it runs from a build folder.
 */
#ifndef PLAY_SHARE_H
#define PLAY_SHARE_H

#include "base/err.h"

/*
 * share_find(out, name, beside, err):
 * The path of "charters/tashkent-2000.yaml" into ${out} (4096 bytes). Looked for in order: as it is; seen from the folder of
 * the file ${beside} (may be NULL) and the folders above it; <program>/../share/diwan; the folders above the program.
 * ERR_NOTFOUND says where was looked.
 */
int share_find(char out[4096], const char *name, const char *beside, struct err *e);

#endif
