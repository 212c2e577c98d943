-- A fold of the enduring part: dropped and made anew by `diwan rebuild`. Columns and keys as in derived.def. A name
-- once used stays in the list of drops, so that no table of an old version is left behind.
DROP TABLE IF EXISTS version;
DROP TABLE IF EXISTS by_id;
DROP TABLE IF EXISTS by_time;
DROP TABLE IF EXISTS ident;
DROP TABLE IF EXISTS link;
DROP TABLE IF EXISTS control;
DROP TABLE IF EXISTS receipt;
DROP TABLE IF EXISTS quarantine;
DROP TABLE IF EXISTS date;
DROP TABLE IF EXISTS attachment;
DROP TABLE IF EXISTS aside;

CREATE TABLE version (
	pos         INTEGER PRIMARY KEY,
	id          BLOB    NOT NULL,
	seq         INTEGER NOT NULL,
	kind        INTEGER NOT NULL,
	mode        INTEGER NOT NULL,
	state       TEXT    NOT NULL,
	filed_ms    INTEGER NOT NULL,
	channel     TEXT    NOT NULL,
	purposes    INTEGER NOT NULL,
	tlp         INTEGER NOT NULL,
	pd          INTEGER NOT NULL,
	class_level INTEGER NOT NULL,
	bytes       INTEGER NOT NULL,
	title       TEXT    NOT NULL
) STRICT;
CREATE TABLE by_id (
	id  BLOB    NOT NULL,
	seq INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	PRIMARY KEY (id, seq, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE by_time (
	filed_ms INTEGER NOT NULL,
	pos      INTEGER NOT NULL,
	PRIMARY KEY (filed_ms, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE ident (
	type  TEXT    NOT NULL,
	value TEXT    NOT NULL,
	pos   INTEGER NOT NULL,
	PRIMARY KEY (type, value, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE link (
	target     BLOB    NOT NULL,
	rel        TEXT    NOT NULL,
	pos        INTEGER NOT NULL,
	target_seq INTEGER NOT NULL,
	PRIMARY KEY (target, rel, pos, target_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE control (
	target     BLOB    NOT NULL,
	pos        INTEGER NOT NULL,
	target_seq INTEGER NOT NULL,
	type       TEXT    NOT NULL,
	by         TEXT    NOT NULL,
	at_ms      INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	due_ms     INTEGER NOT NULL,
	PRIMARY KEY (target, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
	log_no      INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	by          TEXT    NOT NULL,
	received_ms INTEGER NOT NULL,
	pos         INTEGER NOT NULL,
	PRIMARY KEY (log_no, first, last, by, received_ms, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
	pos  INTEGER PRIMARY KEY,
	code INTEGER NOT NULL,
	text TEXT    NOT NULL
) STRICT;
CREATE TABLE date (
	day  INTEGER NOT NULL,
	what INTEGER NOT NULL,
	pos  INTEGER NOT NULL,
	PRIMARY KEY (day, what, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE attachment (
	hash BLOB    NOT NULL,
	pos  INTEGER NOT NULL,
	size INTEGER NOT NULL,
	PRIMARY KEY (hash, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE aside (
	name BLOB    NOT NULL,
	seq  INTEGER NOT NULL,
	pos  INTEGER NOT NULL,
	PRIMARY KEY (name, seq, pos)
) STRICT, WITHOUT ROWID;
