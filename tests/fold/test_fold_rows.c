/*
 * What the rows of the fold say: what all records share, and what each kind adds.
 */
#include "fold/folded.h"

static void
test_rows(void)
{
	struct store *s = new_store();
	const char *rows, *once;
	char want[128];

	rows = rows_of(s, "notice-vehicle", "");
	snprintf(want, sizeof want, "version %lld 0163..5d 2 9 0 'ACTIVE' %lld 'notices' 2 2 0 0 ",
	    (long long)POS(2, 7), 1527480000000LL);
	ok(has(rows, want), "rows: version, with what lists need");
	snprintf(want, sizeof want, "by_id 0163..5d 2 %lld\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: by id");
	snprintf(want, sizeof want, "by_time 1527480000000 %lld\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: by time, of the instant and not of its offset");
	ok(has(rows, "ident 'PLATE' '777ABC02' ") && has(rows, "ident 'VIN' 'XTA21214012345678' ") &&
	    has(rows, "ident 'SERIAL' '77-1' "), "rows: every identifier with its type");

	rows = rows_of(s, "notice-vehicle", "body.subject.vehicle.ids=[{\"type\":\"SERIAL\",\"value\":\"1\"},"
	    "{\"type\":\"SERIAL\",\"value\":\"1\",\"note\":\"again\"},{\"type\":\"SERIAL\",\"value\":\"11\"}]");
	once = strstr(rows, "ident 'SERIAL' '1' ");
	ok(once != NULL && strstr(once + 1, "ident 'SERIAL' '1' ") == NULL && has(rows, "ident 'SERIAL' '11' "),
	    "rows: an identifier twice in a text is one row");

	rows = rows_of(s, "notice-vehicle",
	    "links=[{\"ref\":\"00000000000000000000000000000009@3\",\"rel\":\"UPDATES\"},"
	    "{\"ref\":\"00000000000000000000000000000009\",\"rel\":\"UPDATES\"}]");
	snprintf(want, sizeof want, "link 0000..09 'UPDATES' %lld 3\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: a link to a version");
	snprintf(want, sizeof want, "link 0000..09 'UPDATES' %lld 0\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: and to whatever is the latest");
	store_close(s);
}

/* The days a record sets itself: 2023-05-28 and 2028-05-28 in the example. */
static void
test_dates(void)
{
	struct store *s = new_store();
	const char *rows, *once;
	char want[128];

	rows = rows_of(s, "notice", "");
	snprintf(want, sizeof want, "date 19505 1 %lld\ndate 21332 2 %lld\n", (long long)POS(2, 7), (long long)POS(2, 7));
	ok(has(rows, want), "dates: review_by and delete_by");
	rows = rows_of(s, "incident", "delete_by=\"2028-05-28\"");
	snprintf(want, sizeof want, "date 21332 2 %lld\n", (long long)POS(2, 7));
	once = strstr(rows, "\ndate ");
	ok(has(rows, want) && once != NULL && strstr(once + 1, "\ndate ") == NULL, "dates: delete_by alone");
	rows = rows_of(s, "notice", "review_by=\"2028-05-28\"");
	snprintf(want, sizeof want, "date 21332 1 %lld\ndate 21332 2 %lld\n", (long long)POS(2, 7), (long long)POS(2, 7));
	ok(has(rows, want), "dates: both on one day are two rows");
	rows = rows_of(s, "notice-vehicle", "");
	ok(strstr(rows, "\ndate ") == NULL && has(rows, "by_time "), "dates: none of a record without");
	store_close(s);
}

/* ${hash} is the last byte of the hash. */
static const char *
blob_json(int hash, int bytes)
{
	static char text[4][200];
	static int n;

	n = (n + 1) % 4;
	snprintf(text[n], sizeof text[n], "{\"sha256\":\"%064x\",\"bytes\":%d,\"media\":\"image/png\"}", hash, bytes);
	return text[n];
}

static void
test_attachments(void)
{
	struct store *s = new_store();
	const char *rows, *once;
	char edits[1000], want[128];

	rows = rows_of(s, "incident", "");
	snprintf(want, sizeof want, "attachment 0000..05 %lld 1024\n", (long long)POS(2, 7));
	ok(has(rows, want), "attachments: hash and size");
	snprintf(edits, sizeof edits, "body.documents=[%s,%s,%s,%s]", blob_json(9, 5), blob_json(3, 6), blob_json(9, 4),
	    blob_json(3, 6));
	rows = rows_of(s, "incident", edits);
	snprintf(want, sizeof want, "attachment 0000..03 %lld 6\nattachment 0000..09 %lld 4\n", (long long)POS(2, 7),
	    (long long)POS(2, 7));
	ok(has(rows, want), "attachments: each hash once, and the smaller of two sizes");
	once = strstr(rows, "attachment ");
	ok(once != NULL && strstr(strstr(once + 1, "attachment ") + 1, "attachment ") == NULL, "attachments: no more than these");
	rows = rows_of(s, "notice-missing", "");
	ok(has(rows, "attachment 0000..05 "), "attachments: deep inside a body too");
	rows = rows_of(s, "notice-vehicle", "");
	ok(strstr(rows, "attachment ") == NULL, "attachments: none of a record without");
	store_close(s);
}

/* A member's logs are told apart by their epochs; none, 0 and 1 are the first. */
static void
test_epochs(void)
{
	static const struct { const char *edits, *row; } cases[] = {
		{ "", "receipt 1 0 41 " }, { "body.log.epoch=0", "receipt 1 0 41 " }, { "body.log.epoch=1", "receipt 1 0 41 " },
		{ "body.log.epoch=2", "receipt 1025 0 41 " }, { "body.log.epoch=3", "quarantine " },
		{ "body.log.epoch=1000000", "quarantine " }, { "body.log.member=\"kg\"; body.log.epoch=2", "quarantine " },
	};
	struct store *s = new_store();
	struct log_row second = { .no = LOG_NO(0, 2), .epoch = 2, .mechanism = "tashkent-2000", .member = "kz",
	    .origin = "example.org/kz/2" };

	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &second, NULL));
	MUST(store_commit(s, NULL));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok(has(rows_of(s, "control", cases[i].edits), cases[i].row), "epochs: \"%s\" is %s", cases[i].edits,
		    cases[i].row);
	store_close(s);
}

static void
test_control(void)
{
	struct store *s = new_store();
	const char *rows;
	char want[160];

	rows = rows_of(s, "control", "");
	snprintf(want, sizeof want, "receipt 1 0 41 'kg' 1527498000000 %lld\nreceipt 1 44 44 'kg' 1527498000000 %lld\n",
	    (long long)POS(2, 7), (long long)POS(2, 7));
	ok(has(rows, want), "receipt: a row a range: log, range, who, when, where");
	ok(has(rows, "version "), "receipt: is a record like others");
	ok(strstr(rows, "control ") == NULL, "receipt: and no act on a record");
	rows = rows_of(s, "control-delete", "");
	snprintf(want, sizeof want, "control 0000..09 %lld 1 'DELETE_ORDER' 'kz' 1527480000000 'OTHER' 1527757200000\n",
	    (long long)POS(2, 7));
	ok(has(rows, want), "control: target, version, type, whose, when filed, reason, when it is due");
	rows = rows_of(s, "control-delete", "-body.due");
	snprintf(want, sizeof want, "'OTHER' %lld\n", (long long)WHEN_NONE);
	ok(has(rows, want), "control: no due time");
	rows = rows_of(s, "control-done", "body.executed_at=\"2018-05-29T00:00:00Z\"");
	snprintf(want, sizeof want, "control 0000..09 %lld 0 'DELETE_DONE' 'kz' 1527552000000 '' %lld\n",
	    (long long)POS(2, 7), (long long)WHEN_NONE);
	ok(has(rows, want),
	    "control: when it says it was carried out; no reason is an empty one");
	rows = rows_of(s, "control-chair", "");
	ok(strstr(rows, "control ") == NULL && has(rows, "version "), "control: without target, the shared rows only");
	store_close(s);
}

/* Not by half: why, and what it states; and the rest when the log is known. */
static void
test_not_foldable(void)
{
	struct store *s = new_store();
	struct log_row uz = { .no = 4, .epoch = 1, .mechanism = "tashkent-2000", .member = "uz", .origin = "example.org/uz" };
	const char *rows;

	rows = rows_of(s, "control", "body.log.member=\"uz\"");
	ok(strncmp(rows, "quarantine ", 11) == 0 && has(rows, "no log of uz"),
	    "quarantine: a receipt for a log that is not kept, and says so");
	ok(strncmp(strchr(rows, '\n') + 1, "aside ", 6) == 0 && strrchr(rows, '\n') == rows + strlen(rows) - 1 &&
	    strchr(strchr(rows, '\n') + 1, '\n') == strrchr(rows, '\n'), "quarantine: its id and version, and no other row");
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &uz, NULL));
	MUST(store_commit(s, NULL));
	rows = rows_of(s, "control", "body.log.member=\"uz\"");
	ok(has(rows, "receipt 4 0 41 'kg' ") && strstr(rows, "quarantine") == NULL,
	    "quarantine: folded again once it is");
	rows = rows_of(s, "control", "body.log.epoch=2");
	ok(strncmp(rows, "quarantine ", 11) == 0 && has(rows, "epoch 2"), "quarantine: another epoch's log");
	rows = rows_of(s, "control", "mechanism=\"other-2001\"");
	ok(strncmp(rows, "quarantine ", 11) == 0, "quarantine: another mechanism's log");
	rows = rows_of(s, "control", "body.ranges=[[0,1099511627776]]");
	ok(strncmp(rows, "quarantine ", 11) == 0 || strncmp(rows, "error", 5) == 0,
	    "quarantine: an index no log can have");
	store_close(s);
}

static int
stop_at_third(void *ctx, const struct row *row, struct err *e)
{
	(void)row;
	return ++*(int *)ctx == 3 ? err_set(e, ERR_FULL, "no space") : OK;
}

static void
test_emit_error(void)
{
	struct store *s = new_store();
	struct buf text = edit_example("notice-vehicle");
	struct arena one = { 0 };
	struct record r;
	struct err e;
	int rows = 0;

	MUST(record_parse(&one, text.data, text.len, &r, NULL));
	is(fold_rows(store_view(s), &r, POS(1, 1), stop_at_third, &rows, &e), ERR_FULL,
	    "emit: its error is the fold's");
	ok(rows == 3 && e.code == ERR_FULL && strcmp(e.text, "no space") == 0, "emit: at once, with its sentence");
	arena_free(&one);
	buf_free(&text);
	store_close(s);
}

/* As many identifiers as a list may have, in a text of nearly the greatest size. */

int
main(void)
{
	test_rows();
	test_dates();
	test_attachments();
	test_control();
	test_epochs();
	test_not_foldable();
	test_emit_error();
	return tap_done();
}
