/* Files of the packing and opening of pouches: what is made new, and the folder for what is at work. */
#include "node/pouch_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
pouch_disk_failed(const char *path, struct err *e)
{
	return err_set(e, errno == ENOENT ? ERR_NOTFOUND : errno == ENOSPC || errno == EDQUOT ? ERR_FULL : errno == EEXIST ?
	    ERR_CONFLICT : ERR_IO, "%s: %s%s", path, strerror(errno), errno == EEXIST ? "; nothing is overwritten: name another "
	    "file" :
	    "");
}

int
pouch_disk_create(const char *path, int *fd, struct err *e)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? pouch_disk_failed(path, e) : OK;
}

int
pouch_disk_write(int fd, const char *path, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return pouch_disk_failed(path, e);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return OK;
}

int
pouch_disk_folder(const char *dir, char out[POUCH_PATH_MAX], struct err *e)
{
	if (snprintf(out, POUCH_PATH_MAX, "%s/" POUCH_FOLDER, dir) >= POUCH_PATH_MAX - 32)
		return err_set(e, ERR_LIMIT, "the folder's name is too long");
	return mkdir(out, 0700) == 0 || errno == EEXIST ? OK : pouch_disk_failed(out, e);
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
		return pouch_disk_failed(folder, e);
	return unlink(name) == 0 ? OK : pouch_disk_failed(name, e);
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
		return pouch_disk_failed(folder, e);
	while ((x = readdir(d)) != NULL)
		if (x->d_name[0] != '.' && unlinkat(dirfd(d), x->d_name, 0) != 0)
			rc = pouch_disk_failed(folder, e);
	closedir(d);
	return rc;
}
