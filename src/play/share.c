#include "play/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "play/proc.h"

#define UP_MAX 4			/* folders above */

/* The folder of ${path} into ${out}: "." where it names none. */
static void
folder_of(char out[4096], const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		snprintf(out, 4096, ".");
	else
		snprintf(out, 4096, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* "<dir>/name", "<dir>/../name" ... */
static bool
look_above(char out[4096], const char *dir, const char *name)
{
	char up[4096];

	if (snprintf(up, sizeof up, "%s", dir) >= (int)sizeof up)
		return false;
	for (int i = 0; i <= UP_MAX; i++) {
		if (snprintf(out, 4096, "%s/%s", up, name) < 4096 && access(out, R_OK) == 0)
			return true;
		if (strlen(up) + 4 > sizeof up)
			return false;
		memcpy(up + strlen(up), "/..", 4);
	}
	return false;
}

int
share_find(char out[4096], const char *name, const char *beside, struct err *e)
{
	char dir[4096], shared[4096];

	if (snprintf(out, 4096, "%s", name) < 4096 && access(out, R_OK) == 0)
		return OK;
	if (beside != NULL) {
		folder_of(dir, beside);
		if (look_above(out, dir, name))
			return OK;
	}
	folder_of(dir, proc_self());
	if (snprintf(shared, sizeof shared, "%.4000s/../share/diwan", dir) < (int)sizeof shared &&
	    snprintf(out, 4096, "%s/%s", shared, name) < 4096 && access(out, R_OK) == 0)
		return OK;
	if (look_above(out, dir, name))
		return OK;
	return err_set(e, ERR_NOTFOUND, "%s: is not here, not beside %s, not in %s and not in the source tree; give its path", name,
	    beside == NULL ? "the program" : beside, shared);
}
