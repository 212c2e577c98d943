#include "crypt/secmem.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGN 16

static atomic_bool swappable;		/* some secret of this process could not be locked */

void *
secmem_alloc(size_t size)
{
	size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
	void *p;

	/* sodium_malloc puts the end of the memory at the end of a page, so its start is aligned if its size is. */
	if (size == 0 || rounded < size || (p = sodium_malloc(rounded)) == NULL)
		return NULL;
	/*
	 * It has also asked for locking, but does not tell how that went: ask again, which changes nothing if it was granted.
	 * By mlock2, because the sanitizers make mlock do nothing and answer that all is well.
	 */
	if (mlock2(p, rounded, 0) != 0)
		atomic_store(&swappable, true);
	memset(p, 0, rounded);
	return p;
}

void
secmem_free(void *p)
{
	sodium_free(p);
}

const char *
secmem_warning(void)
{
	if (!atomic_load(&swappable))
		return NULL;
	return "secret keys could not be locked in memory and may be written to swap; raise the limit (ulimit -l, systemd: "
	    "LimitMEMLOCK=) to at least 1 MiB and start again, or use encrypted swap";
}

int
secmem_lock_process(struct err *e)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, ERR_IO, "this process could not be kept from leaving core dumps (%s); it holds secret keys and "
		    "does not go on", strerror(errno));
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, ERR_IO, "this system still lets others look into a process that forbids it; secret keys are not "
		    "safe here: use another kernel or container");
	return OK;
}

/* Up to ${len} bytes from the start of the file; fewer only at its end. Their number, or -1. */
static ssize_t
read_whole(int fd, char *out, size_t len)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		if ((n = pread(fd, out + have, len - have, (off_t)have)) == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int
secmem_read(struct secmem *out, int fd, size_t max_bytes, struct err *e)
{
	struct stat st;
	ssize_t n;
	size_t len;
	int rc = OK;

	memset(out, 0, sizeof *out);
	assert(max_bytes < PTRDIFF_MAX);
	if (fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "the secret file cannot be looked at: %s", strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(e, ERR_INPUT, "the secret file is %s; restore it from its backup",
		    S_ISREG(st.st_mode) ? "empty" : "not a regular file");
	if ((uintmax_t)st.st_size > max_bytes)
		return err_set(e, ERR_LIMIT, "the secret file has %jd bytes, at most %zu are allowed; is this the right file?",
		    (intmax_t)st.st_size, max_bytes);
	len = (size_t)st.st_size;
	/* One byte more: a file that has grown is seen, and otherwise it is the NUL. */
	if ((out->bytes = secmem_alloc(len + 1)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the secret file");
	if ((n = read_whole(fd, out->bytes, len + 1)) < 0)
		rc = err_set(e, ERR_IO, "the secret file cannot be read: %s", strerror(errno));
	else if ((size_t)n != len)
		rc = err_set(e, ERR_CONFLICT, "the secret file changed while it was read; try again");
	out->len = len;
	if (rc != OK)
		secmem_wipe(out);
	return rc;
}

void
secmem_wipe(struct secmem *m)
{
	secmem_free(m->bytes);
	memset(m, 0, sizeof *m);
}
