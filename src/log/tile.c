#include "log/tile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Take "<prefix>" off the front. */
static bool
take(const char **s, const char *end, const char *prefix)
{
	size_t len = strlen(prefix);

	if ((size_t)(end - *s) < len || memcmp(*s, prefix, len) != 0)
		return false;
	*s += len;
	return true;
}

/* Take a decimal up to the next slash or the end. */
static bool
take_decimal(const char **s, const char *end, uint64_t max, uint64_t *out)
{
	const char *stop = *s;

	while (stop < end && *stop != '/')
		stop++;
	if (!dec_u64(*s, (size_t)(stop - *s), max, out))
		return false;
	*s = stop;
	return true;
}

/* Take x001/x234/067. A leading group of x000 is the grouped form of a leading zero. */
static bool
take_number(const char **s, const char *end, uint64_t *out)
{
	uint64_t n = 0;
	bool more = true;

	for (bool first = true; more; first = false) {
		unsigned group = 0;

		more = take(s, end, "x");
		if (end - *s < 3)
			return false;
		for (int i = 0; i < 3; i++, (*s)++) {
			if (**s < '0' || **s > '9')
				return false;
			group = group * 10 + (unsigned)(**s - '0');
		}
		if ((first && more && group == 0) || n > TILE_MAX_NUMBER / 1000)
			return false;
		n = n * 1000 + group;
		if (more && !take(s, end, "/"))
			return false;
	}
	*out = n;
	return n <= TILE_MAX_NUMBER;
}

int
tile_parse(struct tile *out, const char *path, size_t len, struct err *e)
{
	const char *s = path, *end = path + len;
	uint64_t level = TILE_ENTRIES, width = TILE_WIDTH;

	if (!take(&s, end, "tile/"))
		return err_set(e, ERR_INPUT, "tile path: must start with tile/");
	if (!take(&s, end, "entries/") && (!take_decimal(&s, end, 63, &level) || !take(&s, end, "/")))
		return err_set(e, ERR_INPUT, "tile path: after tile/ comes a level of 0 to 63 or the word entries");
	if (!take_number(&s, end, &out->n))
		return err_set(e, ERR_INPUT, "tile path: the number must be groups of three digits, all but the last "
		    "marked x, as in x001/x234/067");
	if (take(&s, end, ".p/") && (!take_decimal(&s, end, TILE_WIDTH - 1, &width) || width == 0))
		return err_set(e, ERR_INPUT, "tile path: the width after .p/ must be 1 to 255; a full tile has no "
		    "width");
	if (s != end)
		return err_set(e, ERR_INPUT, "tile path: something follows the number");
	out->level = (uint8_t)level;
	out->width = (uint16_t)width;
	return OK;
}

void
tile_format(char path[TILE_PATH_MAX], const struct tile *t)
{
	uint64_t unit = 1;
	size_t at = 0;

	assert(t->width >= 1 && t->width <= TILE_WIDTH && t->n <= TILE_MAX_NUMBER);
	assert(t->level <= 63 || t->level == TILE_ENTRIES);
	if (t->level == TILE_ENTRIES)
		at += (size_t)snprintf(path, TILE_PATH_MAX, "tile/entries/");
	else
		at += (size_t)snprintf(path, TILE_PATH_MAX, "tile/%u/", t->level);
	while (t->n / unit >= 1000)
		unit *= 1000;
	for (; unit > 1; unit /= 1000)
		at += (size_t)snprintf(path + at, TILE_PATH_MAX - at, "x%03u/", (unsigned)(t->n / unit % 1000));
	at += (size_t)snprintf(path + at, TILE_PATH_MAX - at, "%03u", (unsigned)(t->n % 1000));
	if (t->width < TILE_WIDTH)
		at += (size_t)snprintf(path + at, TILE_PATH_MAX - at, ".p/%u", t->width);
	assert(at < TILE_PATH_MAX);
}

/* Hashes at ${level} of a tree of ${size}. */
static uint64_t
level_count(uint8_t level, uint64_t size)
{
	if (level == TILE_ENTRIES)
		return size;
	return level < TILE_LEVELS ? size >> (8 * level) : 0;
}

unsigned
tile_width(uint8_t level, uint64_t n, uint64_t size)
{
	uint64_t count = level_count(level, size), full = count / TILE_WIDTH;

	return n < full ? TILE_WIDTH : n == full ? (unsigned)(count % TILE_WIDTH) : 0;
}

bool
tile_exists(const struct tile *t, uint64_t size)
{
	return t->width >= 1 && t->width <= tile_width(t->level, t->n, size);
}

uint64_t
tile_count(uint8_t level, uint64_t size)
{
	uint64_t count = level_count(level, size);

	return count / TILE_WIDTH + (count % TILE_WIDTH != 0);
}

void
tile_root(const uint8_t *bytes, unsigned first, unsigned count, struct digest *out)
{
	struct tree_range r;

	assert(count >= 1 && (count & (count - 1)) == 0 && first % count == 0 && first + count <= TILE_WIDTH);
	r.size = 0;
	for (unsigned i = first; i < first + count; i++) {
		struct digest d;

		memcpy(d.b, bytes + (size_t)i * HASH_BYTES, HASH_BYTES);
		tree_append(&r, &d);
	}
	tree_root(&r, out);
}

void
tile_reader_init(struct tile_reader *r, const struct tile_source *src, uint64_t size)
{
	assert(size <= TREE_MAX_SIZE);
	r->src = *src;
	r->size = size;
	r->next = 0;
	for (unsigned i = 0; i < TILE_READER_SLOTS; i++)
		r->slot[i].t.width = 0;
}

/* The bytes of tile (level, n), fetched if they are not at hand. */
static int
load(struct tile_reader *r, uint8_t level, uint64_t n, const uint8_t **bytes, struct err *e)
{
	struct tile t = { level, (uint16_t)tile_width(level, n, r->size), n };
	unsigned i = r->next;
	int rc;

	for (unsigned k = 0; k < TILE_READER_SLOTS; k++) {
		if (r->slot[k].t.width != 0 && r->slot[k].t.level == level && r->slot[k].t.n == n) {
			*bytes = r->slot[k].bytes;
			return OK;
		}
	}
	r->slot[i].t.width = 0;
	if ((rc = r->src.get(r->src.ctx, &t, r->slot[i].bytes, e)) != OK)
		return rc;
	r->slot[i].t = t;
	r->next = (i + 1) % TILE_READER_SLOTS;
	*bytes = r->slot[i].bytes;
	return OK;
}

int
tile_reader_get(void *reader, unsigned level, uint64_t index, struct digest *out, struct err *e)
{
	struct tile_reader *r = reader;
	unsigned inside = level % 8;	/* the hash covers 2^inside hashes of one tile */
	const uint8_t *bytes;
	uint64_t first;
	int rc;

	if (level > 62 || index >= r->size >> level)
		return err_set(e, ERR_INPUT, "tree hash (%u, %" PRIu64 ") is not in a tree of size %" PRIu64, level,
		    index, r->size);
	first = index << inside;
	if ((rc = load(r, (uint8_t)(level / 8), first / TILE_WIDTH, &bytes, e)) != OK)
		return rc;
	tile_root(bytes, (unsigned)(first % TILE_WIDTH), 1u << inside, out);
	return OK;
}
