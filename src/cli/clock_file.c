/* A clock beside the machine's, moved through a file. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static int64_t
shifted_now(void *ctx)
{
	const uint64_t *p = ctx;

	/* One load: another process may be writing it. */
	return clock_now_ms(&clock_system) + (int64_t)le64toh(__atomic_load_n(p, __ATOMIC_RELAXED));
}

int
clock_file(struct clock *out, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0)
		return err_set(e, ERR_IO, "clock file %s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || st.st_size != 8) {
		close(fd);
		return err_set(e, ERR_INPUT, "clock file %s: it must hold 8 bytes, the milliseconds to add as a little-endian "
		    "integer", path);
	}
	p = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return err_set(e, ERR_IO, "clock file %s: %s", path, strerror(errno));
	*out = (struct clock){ shifted_now, p };
	/* cppcheck-suppress memleak ; the mapping lives as long as the clock: until the process ends */
	return OK;
}
