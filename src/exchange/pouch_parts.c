/* Names, order and headers of a pouch's parts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "exchange/frame.h"
#include "exchange/pouch.h"
#include "exchange/seen.h"
#include "log/entry.h"
#include "store/store.h"

#define VERSION "diwan-pouch-v1"
#define ENTRIES_BYTES (2 + ENTRY_BYTES)		/* of one entry in a bundle */
#define STREAM_LEAST 29				/* bytes of an empty payload stream */

/* ---- head ---- */

void
pouch_head_write(struct buf *out, const struct pouch_head *h)
{
	char made[INST_LEN];

	inst_format(made, (struct inst){ h->made_ms, 0 });
	buf_fmt(out, VERSION "\nmechanism %s\ncharter %s\nfrom %s\nto %s\nmade %s\nentries %" PRIu64 " %" PRIu64 "\n", h->mechanism,
	    h->charter, h->from, h->to, made, h->first, h->size);
}

/* The value of the line "${name} value"; its length, or 0. */
static size_t
line_value(const char **at, const char *end, const char *name, const char **value)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));
	size_t n = strlen(name);

	if (lf == NULL || (size_t)(lf - *at) < n + 2 || memcmp(*at, name, n) != 0 || (*at)[n] != ' ')
		return 0;
	*value = *at + n + 1;
	*at = lf + 1;
	return (size_t)(lf - *value);
}

static bool
code_line(const char **at, const char *end, const char *name, char *out, size_t cap)
{
	const char *v;
	size_t n = line_value(at, end, name, &v);

	if (n == 0 || n >= cap)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((v[i] >= 'a' && v[i] <= 'z') || (v[i] >= '0' && v[i] <= '9') || v[i] == '-'))
			return false;
	memcpy(out, v, n);
	out[n] = '\0';
	return true;
}

static bool
entries_line(const char **at, const char *end, struct pouch_head *h)
{
	const char *v, *space;
	size_t n = line_value(at, end, "entries", &v);

	return n > 0 && (space = memchr(v, ' ', n)) != NULL && dec_u64(v, (size_t)(space - v), TREE_MAX_SIZE, &h->first) &&
	    dec_u64(space + 1, n - (size_t)(space + 1 - v), TREE_MAX_SIZE, &h->size) && h->first <= h->size &&
	    h->first % TILE_WIDTH == 0;
}

int
pouch_head_read(struct pouch_head *out, const void *text, size_t len, struct err *e)
{
	const char *at = text, *end = at + len, *v;
	struct pouch_head h = { .made_ms = 0 };
	struct inst made;
	struct buf back = { 0 };
	size_t n;
	bool same;

	if (len < sizeof VERSION || memcmp(at, VERSION "\n", sizeof VERSION) != 0)
		return err_set(e, len > 12 && memcmp(at, "diwan-pouch-", 12) == 0 ? ERR_UNKNOWN : ERR_INPUT,
		    "pouch: its first line is not \"" VERSION "\": it was made by a later version of this program; upgrade this "
		    "one");
	at += sizeof VERSION;
	if (!code_line(&at, end, "mechanism", h.mechanism, sizeof h.mechanism))
		return err_set(e, ERR_INPUT, "pouch: head: the line \"mechanism CODE\" is missing or malformed");
	if ((n = line_value(&at, end, "charter", &v)) != 64 || !hex_decode((uint8_t[32]){ 0 }, 32, v, n))
		return err_set(e, ERR_INPUT, "pouch: head: the line \"charter HASH\" is missing or malformed");
	memcpy(h.charter, v, n);
	if (!code_line(&at, end, "from", h.from, sizeof h.from) || !code_line(&at, end, "to", h.to, sizeof h.to))
		return err_set(e, ERR_INPUT, "pouch: head: the lines \"from MEMBER\" and \"to MEMBER\" are missing or malformed");
	if ((n = line_value(&at, end, "made", &v)) == 0 || !inst_parse(v, n, &made) || made.ms < 0)
		return err_set(e, ERR_INPUT, "pouch: head: the line \"made TIME\" is missing or malformed");
	h.made_ms = made.ms;
	if (!entries_line(&at, end, &h))
		return err_set(e, ERR_INPUT, "pouch: head: the line \"entries S N\" is missing or malformed; S is a multiple of "
		    "256, "
		    "at most N");
	pouch_head_write(&back, &h);	/* one text for one head */
	same = back.len == len && memcmp(back.data, text, len) == 0;
	buf_free(&back);
	if (!same)
		return err_set(e, ERR_INPUT, "pouch: head: is not written in its one form");
	*out = h;
	return OK;
}

/* ---- names ---- */

void
pouch_name(char out[POUCH_NAME_MAX], const struct pouch_part *p)
{
	static const char *const fixed[] = { "pouch", "log/checkpoint", "cosigned", "seen" };
	char text[TILE_PATH_MAX + 8];

	if (p->kind == POUCH_TILE) {
		tile_format(text, &p->tile);
		snprintf(out, POUCH_NAME_MAX, "log/%s", text);
	} else if (p->kind == POUCH_PAYLOADS) {
		snprintf(out, POUCH_NAME_MAX, "payloads/%" PRIu64, p->from);
	} else if (p->kind == POUCH_BLOB) {
		hex_encode(text, p->hash, sizeof p->hash);
		snprintf(out, POUCH_NAME_MAX, "blob/%s", text);
	} else {
		snprintf(out, POUCH_NAME_MAX, "%s", fixed[p->kind]);
	}
}

int
pouch_name_read(struct pouch_part *out, const char *name, size_t len, struct err *e)
{
	struct pouch_part p = { .kind = POUCH_HEAD };

	if (text_eq(name, len, "pouch"))
		p.kind = POUCH_HEAD;
	else if (text_eq(name, len, "log/checkpoint"))
		p.kind = POUCH_CHECKPOINT;
	else if (text_eq(name, len, "cosigned"))
		p.kind = POUCH_COSIGNED;
	else if (text_eq(name, len, "seen"))
		p.kind = POUCH_SEEN;
	else if (len > 4 && memcmp(name, "log/", 4) == 0 && tile_parse(&p.tile, name + 4, len - 4, NULL) == OK)
		p.kind = POUCH_TILE;
	else if (len > 9 && memcmp(name, "payloads/", 9) == 0 && dec_u64(name + 9, len - 9, TREE_MAX_SIZE, &p.from))
		p.kind = POUCH_PAYLOADS;
	else if (len == 5 + 64 && memcmp(name, "blob/", 5) == 0 && hex_decode(p.hash, sizeof p.hash, name + 5, 64))
		p.kind = POUCH_BLOB;
	else
		return err_set(e, ERR_UNKNOWN, "pouch: this program knows no part of the name \"%.*s\"; it was made by a later one",
		    (int)(len < POUCH_NAME_MAX ? len : POUCH_NAME_MAX), name);
	*out = p;
	return OK;
}

/* ---- tiles ---- */

/* Section 0 is the bundles, numbered like level 0; section s is level s - 1. */
static uint8_t
section_level(unsigned section)
{
	return (uint8_t)(section == 0 ? 0 : section - 1);
}

static uint64_t
section_start(uint64_t first, unsigned section)
{
	return first >> (8 * (section_level(section) + 1u));
}

bool
pouch_tiles_next(struct pouch_tiles *w, struct tile *out)
{
	for (; w->first < w->size && w->section <= TILE_LEVELS - 1; w->section++, w->n = 0) {
		uint8_t level = section_level(w->section);
		uint64_t n = section_start(w->first, w->section) + w->n;
		unsigned width = tile_width(level, n, w->size);

		if (width == 0)
			continue;
		*out = (struct tile){ w->section == 0 ? TILE_ENTRIES : level, (uint16_t)width, n };
		w->n++;
		return true;
	}
	return false;
}

uint64_t
pouch_tile_bytes(const struct tile *t)
{
	return (uint64_t)t->width * (t->level == TILE_ENTRIES ? ENTRIES_BYTES : HASH_BYTES);
}

bool
pouch_tile_place(const struct pouch_head *h, const struct tile *t, uint64_t *offset)
{
	unsigned wanted = t->level == TILE_ENTRIES ? 0 : t->level + 1u;
	uint64_t at = 0, start;

	if (h->first >= h->size || wanted > TILE_LEVELS - 1)
		return false;
	for (unsigned s = 0; s < wanted; s++) {
		uint64_t hashes = h->size >> (8 * section_level(s));	/* of the level; all from the start on are here */

		start = section_start(h->first, s) * TILE_WIDTH;
		at += hashes > start ? (hashes - start) * (s == 0 ? ENTRIES_BYTES : HASH_BYTES) : 0;
	}
	start = section_start(h->first, wanted);
	*offset = at + (t->n - start) * TILE_WIDTH * (wanted == 0 ? ENTRIES_BYTES : HASH_BYTES);
	return t->n >= start && t->width > 0 && t->width <= tile_width(section_level(wanted), t->n, h->size);
}

/* ---- order ---- */

static int
check_size(const struct pouch_part *p, struct err *e)
{
	static const uint64_t most[] = { [POUCH_HEAD] = POUCH_HEAD_MAX, [POUCH_CHECKPOINT] = POUCH_NOTE_MAX,
	    [POUCH_COSIGNED] = POUCH_COSIGNED_MAX, [POUCH_SEEN] = SEEN_MAX_BYTES,
	    [POUCH_TILE] = (uint64_t)TILE_WIDTH * ENTRIES_BYTES,
	    [POUCH_PAYLOADS] = FRAME_STREAM_MAX, [POUCH_BLOB] = STORE_BLOB_MAX };
	uint64_t least = p->kind == POUCH_PAYLOADS ? STREAM_LEAST : p->kind == POUCH_BLOB ? 0 : 1;
	char name[POUCH_NAME_MAX];

	if (p->size >= least && p->size <= most[p->kind] && (p->kind != POUCH_TILE || p->size == pouch_tile_bytes(&p->tile)))
		return OK;
	pouch_name(name, p);
	return err_set(e, ERR_LIMIT, "pouch: %s has %" PRIu64 " bytes; it must have %" PRIu64 " to %" PRIu64, name, p->size,
	    p->kind == POUCH_TILE ? pouch_tile_bytes(&p->tile) : least, p->kind == POUCH_TILE ? pouch_tile_bytes(&p->tile) :
	    most[p->kind]);
}

static bool
is_next_tile(struct pouch_order *o, const struct pouch_part *p)
{
	struct tile due;

	return pouch_tiles_next(&o->tiles, &due) && due.level == p->tile.level && due.n == p->tile.n && due.width == p->tile.width;
}

/* Are all parts there that must come before one of kind ${k}? */
static bool
all_before(const struct pouch_order *o, enum pouch_kind k)
{
	struct pouch_tiles rest = o->tiles;
	struct tile due;

	if (k > POUCH_CHECKPOINT && o->last < POUCH_CHECKPOINT)
		return false;
	if (k > POUCH_SEEN && o->last < POUCH_SEEN)
		return false;
	if (k > POUCH_TILE && pouch_tiles_next(&rest, &due))
		return false;
	return k <= POUCH_PAYLOADS || o->first == o->size || o->last >= POUCH_PAYLOADS;
}

static bool
is_due(struct pouch_order *o, const struct pouch_part *p)
{
	if (!o->begun || p->kind == POUCH_HEAD)
		return !o->begun && p->kind == POUCH_HEAD;
	if (p->kind < o->last || (p->kind == o->last && p->kind < POUCH_TILE) || !all_before(o, p->kind))
		return false;
	if (p->kind == POUCH_TILE)
		return is_next_tile(o, p);
	if (p->kind == POUCH_PAYLOADS)
		return p->from < o->size && (o->last < POUCH_PAYLOADS ? p->from == o->first : p->from > o->from);
	return p->kind != POUCH_BLOB || o->last < POUCH_BLOB || memcmp(p->hash, o->hash, sizeof o->hash) > 0;
}

int
pouch_order_take(struct pouch_order *o, const struct pouch_part *p, struct err *e)
{
	char name[POUCH_NAME_MAX];

	if (!is_due(o, p)) {
		pouch_name(name, p);
		return err_set(e, ERR_INPUT, "pouch: %s is not what comes next; a part is missing, twice or out of order", name);
	}
	o->begun = true;
	o->last = p->kind;
	o->from = p->from;
	memcpy(o->hash, p->hash, sizeof o->hash);
	return check_size(p, e);
}

void
pouch_order_head(struct pouch_order *o, const struct pouch_head *h)
{
	o->first = h->first;
	o->size = h->size;
	o->tiles = (struct pouch_tiles){ .first = h->first, .size = h->size };
}

int
pouch_order_end(const struct pouch_order *o, struct err *e)
{
	return o->begun && all_before(o, POUCH_BLOB) ? OK : err_set(e, ERR_INPUT, "pouch: ends before all its parts have come");
}

/* ---- headers ---- */

/* The fields of ustar that we use; all others are zero bytes. */
enum { AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_TIME = 136, AT_SUM = 148, AT_TYPE = 156,
    AT_MAGIC = 257, AT_MAJOR = 329, AT_MINOR = 337 };

static void
put_octal(uint8_t *at, unsigned digits, uint64_t v)
{
	for (at[digits] = 0; digits > 0; v >>= 3)
		at[--digits] = (uint8_t)('0' + (v & 7));
}

void
pouch_header(uint8_t out[POUCH_BLOCK], const struct pouch_part *p, int64_t made_s)
{
	char name[POUCH_NAME_MAX];
	unsigned sum = 0;

	memset(out, 0, POUCH_BLOCK);
	pouch_name(name, p);
	memcpy(out + AT_NAME, name, strlen(name));
	put_octal(out + AT_MODE, 7, 0600);
	put_octal(out + AT_UID, 7, 0);
	put_octal(out + AT_GID, 7, 0);
	put_octal(out + AT_SIZE, 11, p->size);
	put_octal(out + AT_TIME, 11, (uint64_t)made_s);
	memset(out + AT_SUM, ' ', 8);
	out[AT_TYPE] = '0';
	memcpy(out + AT_MAGIC, "ustar\00000", 8);
	put_octal(out + AT_MAJOR, 7, 0);
	put_octal(out + AT_MINOR, 7, 0);
	for (size_t i = 0; i < POUCH_BLOCK; i++)
		sum += out[i];
	put_octal(out + AT_SUM, 6, sum);
}
