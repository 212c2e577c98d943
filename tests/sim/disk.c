/* Disks: files, what of them is durable, and what a crash leaves. */
#include "sim/disk_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct disk *disks;

struct disk_image {			/* the durable files, each named */
	struct image_file {
		struct image_file *next;
		char name[DISK_NAME_MAX];
		struct bytes kept;
	} *files;
};

bool
bytes_size(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		size_t cap = b->cap == 0 ? 65536 : b->cap;
		uint8_t *p;

		while (cap < len)
			cap *= 2;
		if ((p = realloc(b->p, cap)) == NULL)
			return false;
		b->p = p;
		b->cap = cap;
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
	return true;
}

static void
bytes_copy(struct bytes *to, const struct bytes *from)
{
	bool fits;

	to->len = 0;
	fits = bytes_size(to, from->len);
	assert(fits);
	if (from->len > 0)
		memcpy(to->p, from->p, from->len);
}

/* ---- disks and their files ---- */

struct disk *
disk_new(const char *root, uint64_t seed)
{
	struct disk *d = calloc(1, sizeof *d);

	assert(d != NULL && strlen(root) < sizeof d->root && root[0] == '/');
	memcpy(d->root, root, strlen(root) + 1);
	d->dice = dice_of(seed, strrchr(root, '/'));
	d->next = disks;
	disks = d;
	return d;
}

static void
file_free(struct disk_file *f)
{
	assert(f->open == 0);
	shm_forget(f);
	free(f->now.p);
	free(f->kept.p);
	free(f->dirty);
	free(f);
}

static void
files_free(struct disk *d)
{
	while (d->files != NULL) {
		struct disk_file *f = d->files;

		d->files = f->next;
		file_free(f);
	}
}

void
disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	for (struct disk **p = &disks; *p != NULL; p = &(*p)->next)
		if (*p == d) {
			*p = d->next;
			break;
		}
	files_free(d);
	free(d);
}

struct disk *
disk_of(const char *path)
{
	for (struct disk *d = disks; d != NULL; d = d->next) {
		size_t len = strlen(d->root);

		if (strncmp(path, d->root, len) == 0 && path[len] == '/')
			return d;
	}
	return NULL;
}

struct disk_file *
disk_find(struct disk *d, const char *path)
{
	for (struct disk_file *f = d->files; f != NULL; f = f->next)
		if (strcmp(f->name, path) == 0)
			return f;
	return NULL;
}

struct disk_file *
disk_make(struct disk *d, const char *path)
{
	struct disk_file *f = calloc(1, sizeof *f);

	if (f == NULL || strlen(path) >= sizeof f->name) {
		free(f);
		return NULL;
	}
	memcpy(f->name, path, strlen(path) + 1);
	f->disk = d;
	f->next = d->files;
	d->files = f;
	return f;
}

void
shm_forget(struct disk_file *f)
{
	for (int i = 0; i < SHM_REGIONS; i++)
		free(f->shm.region[i]);
	memset(&f->shm, 0, sizeof f->shm);
}

void disk_set(struct disk *d, const struct disk_habits *habits) { d->habits = *habits; }
void disk_crash_after(struct disk *d, uint64_t ops) { d->crash_at = ops == 0 ? 0 : d->ops + ops; }
void disk_crash(struct disk *d) { d->crashed = true; }
bool disk_crashed(const struct disk *d) { return d->crashed; }
uint64_t disk_ops(const struct disk *d) { return d->ops; }
uint64_t disk_torn(const struct disk *d) { return d->torn; }

/* ---- operations that change something ---- */

bool
disk_op(struct disk *d)
{
	d->ops++;
	if (d->crash_at != 0 && d->ops >= d->crash_at)
		d->crashed = true;
	return !d->crashed;
}

static void
mark_dirty(struct disk_file *f, size_t from, size_t to)
{
	size_t last = to == 0 ? 0 : (to - 1) / SECTOR, need = last / 8 + 1;

	if (need > f->dirty_cap) {
		size_t cap = need * 2;
		uint8_t *p = realloc(f->dirty, cap);

		assert(p != NULL);
		memset(p + f->dirty_cap, 0, cap - f->dirty_cap);
		f->dirty = p;
		f->dirty_cap = cap;
	}
	for (size_t s = from / SECTOR; s <= last; s++)
		f->dirty[s / 8] |= (uint8_t)(1 << s % 8);
}

int
disk_write(struct disk_file *f, const void *bytes, size_t len, uint64_t offset)
{
	struct disk *d = f->disk;
	size_t end = (size_t)offset + len;
	bool goes = !d->crashed && disk_op(d);

	if (!goes) {
		if (d->ops != d->crash_at)
			return SQLITE_IOERR_WRITE;
		len = (size_t)dice_below(&d->dice, len);	/* the write that the crash fell into */
		end = (size_t)offset + len;
	} else if (dice_hit(&d->dice, d->habits.io_error_ppm)) {
		return SQLITE_IOERR_WRITE;
	} else if (end > f->now.len && dice_hit(&d->dice, d->habits.full_ppm)) {
		return SQLITE_FULL;
	}
	if (end > f->now.len && !bytes_size(&f->now, end))
		return SQLITE_IOERR_NOMEM;
	if (len > 0) {
		memcpy(f->now.p + offset, bytes, len);
		mark_dirty(f, (size_t)offset, end);
	}
	return goes ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int
disk_truncate(struct disk_file *f, uint64_t len)
{
	if (f->disk->crashed || !disk_op(f->disk))
		return SQLITE_IOERR_TRUNCATE;
	return bytes_size(&f->now, (size_t)len) ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}

static bool
is_dirty(const struct disk_file *f, size_t s)
{
	return s / 8 < f->dirty_cap && (f->dirty[s / 8] & 1 << s % 8) != 0;
}

/* Copy [from, from + len) of what was written, as far as both sides have it. */
static void
keep_range(struct disk_file *f, size_t from, size_t len)
{
	size_t end = from + len;

	if (end > f->now.len)
		end = f->now.len;
	if (end > f->kept.len)
		end = f->kept.len;
	if (end > from)
		memcpy(f->kept.p + from, f->now.p + from, end - from);
}

static void
keep_all(struct disk_file *f)
{
	bool fits = bytes_size(&f->kept, f->now.len);

	assert(fits);
	for (size_t i = 0; i < f->dirty_cap; i++)
		for (unsigned bit = 0; f->dirty[i] != 0 && bit < 8; bit++)
			if (f->dirty[i] & 1 << bit)
				keep_range(f, (i * 8 + bit) * SECTOR, SECTOR);
	if (f->dirty_cap > 0)
		memset(f->dirty, 0, f->dirty_cap);
}

int
disk_sync(struct disk_file *f)
{
	struct disk *d = f->disk;

	if (d->crashed || !disk_op(d) || dice_hit(&d->dice, d->habits.io_error_ppm))
		return SQLITE_IOERR_FSYNC;
	if (!d->habits.lies)
		keep_all(f);
	return SQLITE_OK;
}

/*
 * Names are durable when they change (the store syncs its folder where that matters, which SQLite's interface does not show),
 * so what is deleted does not come back, and a file under the name of a deleted one is another file.
 */
int
disk_unlink(struct disk *d, const char *path)
{
	struct disk_file *f = disk_find(d, path);

	if (d->crashed || !disk_op(d))
		return SQLITE_IOERR_DELETE;
	if (f == NULL || !f->named)
		return SQLITE_IOERR_DELETE_NOENT;
	f->named = false;
	f->now.len = f->kept.len = 0;
	if (f->dirty_cap > 0)
		memset(f->dirty, 0, f->dirty_cap);
	return SQLITE_OK;
}

/* ---- crashes ---- */

/* One sector that was written and not synced. */
static void
toss_sector(struct disk_file *f, size_t s)
{
	struct disk *d = f->disk;

	switch (dice_below(&d->dice, 4)) {
	case 0:
		d->torn++;
		break;				/* lost */
	case 1:
		keep_range(f, s * SECTOR, (size_t)dice_below(&d->dice, SECTOR));
		d->torn++;
		break;
	default:
		keep_range(f, s * SECTOR, SECTOR);
	}
}

static void
lose_power(struct disk_file *f)
{
	struct disk *d = f->disk;
	size_t len = f->kept.len;
	bool fits;

	/*
	 * A file that grew may have got part of the way; one that was cut off has either length, as journaling file systems do
	 * it.
	 */
	if (f->now.len > len)
		len = (size_t)dice_between(&d->dice, (int64_t)len, (int64_t)f->now.len);
	else if (f->now.len < len && dice_below(&d->dice, 2) == 0)
		len = f->now.len;
	fits = bytes_size(&f->kept, len);
	assert(fits);
	for (size_t s = 0; s * SECTOR < f->now.len; s++)
		if (is_dirty(f, s))
			toss_sector(f, s);
}

void
disk_reboot(struct disk *d, enum disk_loss loss)
{
	for (struct disk_file *f = d->files; f != NULL; f = f->next) {
		assert(f->open == 0);
		shm_forget(f);
		if (loss == LOSS_POWER)
			lose_power(f);
		else
			keep_all(f);
		bytes_copy(&f->now, &f->kept);
		if (f->dirty_cap > 0)
			memset(f->dirty, 0, f->dirty_cap);
	}
	d->crashed = false;
	d->crash_at = 0;
}

/* ---- images ---- */

struct disk_image *
disk_save(const struct disk *d)
{
	struct disk_image *image = calloc(1, sizeof *image);

	assert(image != NULL);
	for (const struct disk_file *f = d->files; f != NULL; f = f->next) {
		struct image_file *x;

		if (!f->named)
			continue;
		x = calloc(1, sizeof *x);
		assert(x != NULL);
		memcpy(x->name, f->name + strlen(d->root), strlen(f->name + strlen(d->root)) + 1);
		bytes_copy(&x->kept, &f->kept);
		x->next = image->files;
		image->files = x;
	}
	return image;
}

void
disk_load(struct disk *d, const struct disk_image *image)
{
	char name[DISK_NAME_MAX];

	files_free(d);
	for (const struct image_file *x = image->files; x != NULL; x = x->next) {
		size_t root = strlen(d->root), tail = strlen(x->name);
		struct disk_file *f;

		assert(root + tail < sizeof name);
		memcpy(name, d->root, root);
		memcpy(name + root, x->name, tail + 1);
		f = disk_make(d, name);
		assert(f != NULL);
		f->named = true;
		bytes_copy(&f->now, &x->kept);
		bytes_copy(&f->kept, &x->kept);
	}
	d->crashed = false;
	d->crash_at = 0;
}

void
disk_image_free(struct disk_image *image)
{
	if (image == NULL)
		return;
	while (image->files != NULL) {
		struct image_file *x = image->files;

		image->files = x->next;
		free(x->kept.p);
		free(x);
	}
	free(image);
}

bool
disk_holds(const struct disk *d, const void *bytes, size_t len)
{
	for (const struct disk_file *f = d->files; f != NULL; f = f->next)
		if (f->named && f->kept.len >= len && memmem(f->kept.p, f->kept.len, bytes, len) != NULL)
			return true;
	return false;
}
