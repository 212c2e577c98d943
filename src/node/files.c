/* Small files, written whole and durably; and one small thing of threads. */
#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/internal.h"

int
file_read(const char *path, size_t max_bytes, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	uint8_t *p;

	buf_reset(out);
	if (fd < 0)
		return file_failed(path, e);
	while ((p = buf_room(out, 65536)) != NULL && out->len <= max_bytes && (n = read(fd, p, 65536)) > 0)
		out->len += (size_t)n;
	close(fd);
	if (out->len > max_bytes)
		return err_set(e, ERR_LIMIT, "%s is longer than %zu bytes", path, max_bytes);
	if (p == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
	if (n < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (out->data != NULL)
		out->data[out->len] = 0;
	return OK;
}

int
file_failed(const char *path, struct err *e)
{
	int sys = errno;

	return err_set(e, sys == ENOENT ? ERR_NOTFOUND : sys == EEXIST ? ERR_CONFLICT : sys == ENOSPC || sys == EDQUOT ? ERR_FULL :
	    ERR_IO, "%s: %s%s", path, strerror(sys), sys == EEXIST ? "; nothing is overwritten: name another file" : "");
}

int
file_write(int fd, const char *path, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return file_failed(path, e);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return OK;
}

int
file_create(const char *path, int *fd, struct err *e)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? file_failed(path, e) : OK;
}

bool
file_overwrite(int fd)
{
	static const char zeros[4096];
	struct stat st;
	struct err why;

	if (fstat(fd, &st) != 0)
		return false;
	for (size_t left = (size_t)st.st_size, some; left > 0; left -= some) {
		some = left < sizeof zeros ? left : sizeof zeros;
		if (file_write(fd, "", zeros, some, &why) != OK)
			return false;
	}
	return fsync(fd) == 0;
}

/* The file's name must be as durable as its bytes. */
int
file_sync_folder(const char *path, struct err *e)
{
	char copy[4400];
	int fd, rc = OK;

	snprintf(copy, sizeof copy, "%s", path);
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fsync(fd) != 0)
		rc = file_failed(path, e);
	if (fd >= 0)
		close(fd);
	return rc;
}

int
file_write_new(const char *path, unsigned mode, const void *bytes, size_t len, struct err *e)
{
	char part[4400];
	int fd, rc;

	snprintf(part, sizeof part, "%s.part", path);
	unlink(part);			/* of a time that was cut off */
	if ((fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) < 0)
		return file_failed(path, e);
	if ((rc = file_write(fd, path, bytes, len, e)) == OK && fsync(fd) != 0)
		rc = file_failed(path, e);
	if (close(fd) != 0 && rc == OK)
		rc = file_failed(path, e);
	if (rc == OK && link(part, path) != 0)	/* unlike rename, never over a file that is there */
		rc = file_failed(path, e);
	else if (rc == OK && (rc = file_sync_folder(path, e)) != OK)
		unlink(path);
	unlink(part);
	return rc;
}

void
cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}
