/* The folder for pouches that are at work. */
#include "node/pouch_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/files.h"

int
pouch_disk_folder(const char *dir, char out[POUCH_PATH_MAX], struct err *e)
{
	if (snprintf(out, POUCH_PATH_MAX, "%s/" POUCH_FOLDER, dir) >= POUCH_PATH_MAX - 32)
		return err_set(e, ERR_LIMIT, "the folder's name is too long");
	return mkdir(out, 0700) == 0 || errno == EEXIST ? OK : file_failed(out, e);
}

/* Not every file system can make one at once. */
int
pouch_disk_spool(const char *dir, int *fd, struct err *e)
{
	char folder[POUCH_PATH_MAX], name[POUCH_PATH_MAX + 16];
	int rc = pouch_disk_folder(dir, folder, e);

	if (rc != OK)
		return rc;
	if ((*fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600)) >= 0)
		return OK;
	snprintf(name, sizeof name, "%s/log.XXXXXX", folder);
	if ((*fd = mkostemp(name, O_CLOEXEC)) < 0)
		return file_failed(folder, e);
	return unlink(name) == 0 ? OK : file_failed(name, e);
}

int
pouch_folder(const char *dir, struct err *e)
{
	char folder[POUCH_PATH_MAX];
	struct dirent *x;
	DIR *d;
	int rc = pouch_disk_folder(dir, folder, e);

	if (rc != OK)
		return rc;
	if ((d = opendir(folder)) == NULL)
		return file_failed(folder, e);
	while ((x = readdir(d)) != NULL)
		if (x->d_name[0] != '.' && unlinkat(dirfd(d), x->d_name, 0) != 0)
			rc = file_failed(folder, e);
	closedir(d);
	return rc;
}
