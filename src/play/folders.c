#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "play/program.h"

#define OPEN_DIRS 8

int
folder_temporary(char out[3800], struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, 3800, "%s/diwan.XXXXXX", tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp);
	return mkdtemp(out) != NULL ? OK : err_set(e, ERR_IO, "%s: %s", out, strerror(errno));
}

int
folder_empty(const char *path, struct err *e)
{
	DIR *d;
	const struct dirent *x;
	int rc = OK;

	if (mkdir(path, 0700) == 0)
		return OK;
	if (errno != EEXIST || (d = opendir(path)) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	while (rc == OK && (x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			rc = err_set(e, ERR_CONFLICT, "%s is not empty; name a new folder", path);
	closedir(d);
	return rc;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

int
folder_remove(const char *path, struct err *e)
{
	if (nftw(path, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT)
		return OK;
	return err_set(e, ERR_IO, "%s cannot be removed: %s", path, strerror(errno));
}
