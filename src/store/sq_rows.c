/*
 * The derived tables. Five statements a table, literal text put together by the preprocessor only.
 *
 * A scan always names the whole key, (a, b, c) >= (?1, ?2, ?3), so that one statement serves every number of given
 * columns: those that are not given get the least value of their type (or the greatest, going backwards). SQLite
 * answers it with one seek.
 */
#include <string.h>

#include "store/sq.h"
#include "store/store_row.h"

#define STATEMENTS(t, marks, where, tuple, params, order, down) { \
	[ROW_PUT] = "INSERT OR REPLACE INTO " t " VALUES (" marks ")", \
	[ROW_DEL] = "DELETE FROM " t " WHERE " where, \
	[ROW_GET] = "SELECT * FROM " t " WHERE " where, \
	[ROW_ASC] = "SELECT * FROM " t " WHERE " tuple " >= " params " ORDER BY " order, \
	[ROW_DESC] = "SELECT * FROM " t " WHERE " tuple " <= " params " ORDER BY " down }

#define KEY1(t, marks, a) STATEMENTS(t, marks, a "=?1", a, "?1", a, a " DESC")
#define KEY2(t, marks, a, b) STATEMENTS(t, marks, \
	a "=?1 AND " b "=?2", "(" a "," b ")", "(?1,?2)", a "," b, a " DESC," b " DESC")
#define KEY3(t, marks, a, b, c) STATEMENTS(t, marks, \
	a "=?1 AND " b "=?2 AND " c "=?3", "(" a "," b "," c ")", "(?1,?2,?3)", \
	a "," b "," c, a " DESC," b " DESC," c " DESC")
#define KEY4(t, marks, a, b, c, d) STATEMENTS(t, marks, \
	a "=?1 AND " b "=?2 AND " c "=?3 AND " d "=?4", "(" a "," b "," c "," d ")", "(?1,?2,?3,?4)", \
	a "," b "," c "," d, a " DESC," b " DESC," c " DESC," d " DESC")
#define KEY6(t, marks, a, b, c, d, e, f) STATEMENTS(t, marks, \
	a "=?1 AND " b "=?2 AND " c "=?3 AND " d "=?4 AND " e "=?5 AND " f "=?6", \
	"(" a "," b "," c "," d "," e "," f ")", "(?1,?2,?3,?4,?5,?6)", a "," b "," c "," d "," e "," f, \
	a " DESC," b " DESC," c " DESC," d " DESC," e " DESC," f " DESC")

static const char *const row_sql[T_COUNT][ROW_OPS] = {
	[T_VERSION] = KEY1("version", "?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14", "pos"),
	[T_BY_ID] = KEY3("by_id", "?1,?2,?3", "id", "seq", "pos"),
	[T_BY_TIME] = KEY2("by_time", "?1,?2", "filed_ms", "pos"),
	[T_IDENT] = KEY3("ident", "?1,?2,?3", "type", "value", "pos"),
	[T_LINK] = KEY4("link", "?1,?2,?3,?4", "target", "rel", "pos", "target_seq"),
	[T_CONTROL] = KEY2("control", "?1,?2,?3,?4,?5,?6,?7,?8", "target", "pos"),
	[T_RECEIPT] = KEY6("receipt", "?1,?2,?3,?4,?5,?6", "log_no", "first", "last", "by", "received_ms", "pos"),
	[T_QUARANTINE] = KEY1("quarantine", "?1,?2,?3", "pos"),
	[T_DATE] = KEY3("date", "?1,?2,?3", "day", "what", "pos"),
	[T_BLOB] = KEY2("attachment", "?1,?2,?3", "hash", "pos"),
	[T_ASIDE] = KEY3("aside", "?1,?2,?3", "name", "seq", "pos"),
};

const char *
sq_row_sql(enum derived_table t, enum sq_row_op op)
{
	return row_sql[t][op];
}

static void
bind_value(sqlite3_stmt *st, int i, const struct value *v)
{
	switch (v->type) {
	case COL_INT:
		sqlite3_bind_int64(st, i, v->num);
		break;
	case COL_TEXT:
		sqlite3_bind_text64(st, i, v->bytes, v->len, SQLITE_STATIC, SQLITE_UTF8);
		break;
	case COL_BLOB:
		sqlite3_bind_blob64(st, i, v->bytes, v->len, SQLITE_STATIC);
		break;
	}
}

/*
 * Before or after every key value of ${type}. A blob sorts after every text; keys that are blobs have at most
 * STORE_KEY_BLOB_MAX bytes.
 */
static void
bind_edge(sqlite3_stmt *st, int i, enum col_type type, bool greatest)
{
	static const uint8_t last[STORE_KEY_BLOB_MAX + 1] = { [0 ... STORE_KEY_BLOB_MAX] = 0xff };

	if (type == COL_INT)
		sqlite3_bind_int64(st, i, greatest ? INT64_MAX : INT64_MIN);
	else if (greatest)
		sqlite3_bind_blob(st, i, last, sizeof last, SQLITE_STATIC);
	else if (type == COL_TEXT)
		sqlite3_bind_text(st, i, "", 0, SQLITE_STATIC);
	else
		sqlite3_bind_blob(st, i, "", 0, SQLITE_STATIC);
}

static void
row_of(sqlite3_stmt *st, enum derived_table t, struct row *out)
{
	const struct table_def *d = store_table_def(t);

	out->table = t;
	out->cols = d->cols;
	for (int i = 0; i < d->cols; i++) {
		if (d->type[i] == COL_INT)
			out->v[i] = val_int(sqlite3_column_int64(st, i));
		else if (d->type[i] == COL_TEXT)
			out->v[i] = val_text(sqlite3_column_text(st, i), (size_t)sqlite3_column_bytes(st, i));
		else
			out->v[i] = val_blob(sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
	}
}

int
sq_row_put(struct store *s, const struct row *row, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	int id = SQ_ROW(row->table, ROW_PUT), rc;
	sqlite3_stmt *st;

	if ((rc = sq_take(c, id, &st, e)) != OK)
		return rc;
	for (int i = 0; i < row->cols; i++)
		bind_value(st, i + 1, &row->v[i]);
	return sq_run(c, id, st, e);
}

/* ${op} of ${key}'s table with its key columns bound. */
static int
take_keyed(struct sq_conn *c, enum sq_row_op op, const struct row *key, sqlite3_stmt **st, struct err *e)
{
	int rc = sq_take(c, SQ_ROW(key->table, op), st, e);

	if (rc != OK)
		return rc;
	for (int i = 0; i < store_table_def(key->table)->keys; i++)
		bind_value(*st, i + 1, &key->v[i]);
	return OK;
}

int
sq_row_del(struct store *s, const struct row *row, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = take_keyed(c, ROW_DEL, row, &st, e)) != OK)
		return rc;
	sq_of(s)->tx_erases = true;
	return sq_run(c, SQ_ROW(row->table, ROW_DEL), st, e);
}

int
sq_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	struct buf *scratch = &((struct sq_reader *)r)->scratch;
	sqlite3_stmt *st;
	struct row row;
	int rc;

	if ((rc = take_keyed(c, ROW_GET, key, &st, e)) != OK)
		return rc;
	switch (rc = sqlite3_step(st)) {
	case SQLITE_ROW:
		row_of(st, key->table, &row);
		buf_reset(scratch);
		store_row_pack(scratch, &row);
		rc = !scratch->failed && store_row_unpack(key->table, scratch->data, scratch->len, out) ? OK :
		    err_set(e, ERR_NOMEM, "store: out of memory for a row");
		break;
	case SQLITE_DONE:
		rc = store_absent_row(key->table, e);
		break;
	default:
		rc = sq_fail(c->db, rc, "read a row", e);
	}
	sq_give(c, SQ_ROW(key->table, ROW_GET), st);
	return rc;
}

int
sq_row_scan(struct store_reader *r, const struct row *from, int given, bool descending,
    int (*visit)(void *, const struct row *), void *ctx, struct err *e)
{
	const struct table_def *d = store_table_def(from->table);
	struct sq_conn *c = sq_conn_of(r);
	int id = SQ_ROW(from->table, descending ? ROW_DESC : ROW_ASC), step, rc;
	sqlite3_stmt *st;
	struct row row;

	if ((rc = sq_take(c, id, &st, e)) != OK)
		return rc;
	for (int i = 0; i < d->keys; i++) {
		if (i < given)
			bind_value(st, i + 1, &from->v[i]);
		else
			bind_edge(st, i + 1, d->type[i], descending);
	}
	while ((step = sqlite3_step(st)) == SQLITE_ROW) {
		row_of(st, from->table, &row);
		if ((rc = visit(ctx, &row)) != 0)
			break;
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = sq_fail(c->db, step, "read rows", e);
	sq_give(c, id, st);
	return rc;
}
