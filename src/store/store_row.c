#include "store/store_row.h"

#include <string.h>

#include "base/wire.h"

/* One table from four readings of derived.def: each fills in other members. */
static const struct table_def tables[T_COUNT] = {
#define COLUMN(kind, name)
#define TABLE(id, table, key_cols, columns, text) [id].name = #table, [id].keys = key_cols, [id].help = text,
#include "store/derived.def"
#undef TABLE
#undef COLUMN
#define COLUMN(kind, name) +1
#define TABLE(id, table, key_cols, columns, text) [id].cols = columns,
#include "store/derived.def"
#undef TABLE
#undef COLUMN
#define COLUMN(kind, name) #name,
#define TABLE(id, table, key_cols, columns, text) [id].col = { columns },
#include "store/derived.def"
#undef TABLE
#undef COLUMN
#define COLUMN(kind, name) COL_##kind,
#define TABLE(id, table, key_cols, columns, text) [id].type = { columns },
#include "store/derived.def"
#undef TABLE
#undef COLUMN
};

const struct table_def *
store_table_def(enum derived_table t)
{
	return &tables[t];
}

struct value
val_int(int64_t v)
{
	return (struct value){ .type = COL_INT, .num = v };
}

struct value
val_text(const void *s, size_t len)
{
	return (struct value){ .type = COL_TEXT, .bytes = len == 0 ? "" : s, .len = len };
}

struct value
val_str(const char *s)
{
	return val_text(s, strlen(s));
}

struct value
val_blob(const void *p, size_t len)
{
	return (struct value){ .type = COL_BLOB, .bytes = len == 0 ? "" : p, .len = len };
}

void
store_row_pack(struct buf *out, const struct row *row)
{
	for (int i = 0; i < row->cols; i++) {
		const struct value *v = &row->v[i];

		if (v->type == COL_INT) {
			put_u64(out, (uint64_t)v->num);
		} else {
			put_u32(out, (uint32_t)v->len);
			buf_add(out, v->bytes, v->len);
		}
	}
}

bool
store_row_unpack(enum derived_table t, const void *bytes, size_t len, struct row *out)
{
	const struct table_def *d = &tables[t];
	struct wire w = wire_reader(bytes, len);

	out->table = t;
	out->cols = d->cols;
	for (int i = 0; i < d->cols; i++) {
		struct value *v = &out->v[i];

		*v = (struct value){ .type = d->type[i] };
		if (v->type == COL_INT) {
			v->num = (int64_t)wire_u64(&w);
		} else {
			v->len = wire_u32(&w);
			v->bytes = wire_bytes(&w, v->len);
		}
	}
	return wire_done(&w);
}

/*
 * Bytes so that order is kept: a zero inside becomes 00 FF, the end 00 01; a shorter string thus comes before its
 * extensions.
 */
static void
key_bytes(struct buf *out, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len, *zero;

	while (len > 0 && (zero = memchr(p, 0, (size_t)(end - p))) != NULL) {
		buf_add(out, p, (size_t)(zero - p) + 1);
		buf_byte(out, 0xff);
		p = zero + 1;
		if (p == end)
			break;
	}
	buf_add(out, p, (size_t)(end - p));
	buf_byte(out, 0);
	buf_byte(out, 1);
}

void
store_row_key(struct buf *out, const struct row *row, int columns)
{
	for (int i = 0; i < columns; i++) {
		const struct value *v = &row->v[i];

		if (v->type == COL_INT)
			put_u64(out, (uint64_t)v->num ^ (UINT64_C(1) << 63));
		else
			key_bytes(out, v->bytes, v->len);
	}
}

bool
store_row_same(const struct row *a, const struct row *b, int columns)
{
	for (int i = 0; i < columns; i++) {
		const struct value *x = &a->v[i], *y = &b->v[i];

		if (x->type != y->type || x->num != y->num || x->len != y->len)
			return false;
		if (x->len > 0 && memcmp(x->bytes, y->bytes, x->len) != 0)
			return false;
	}
	return true;
}
