-- From version 1 to version 2 of enduring.sql: epochs of logs, erasures, witnessing, fork proofs, attachments. Every log of
-- version 1 is its member's first. Runs in one transaction.
CREATE TABLE log_2 (
	no            INTEGER PRIMARY KEY,
	mechanism     TEXT    NOT NULL,
	member        TEXT    NOT NULL,
	epoch         INTEGER NOT NULL,
	origin        TEXT    NOT NULL UNIQUE,
	own           INTEGER NOT NULL,
	frozen        INTEGER NOT NULL,
	size          INTEGER NOT NULL,
	root          BLOB    NOT NULL,
	payloads_next INTEGER NOT NULL,
	UNIQUE (mechanism, member, epoch)
) STRICT;
INSERT INTO log_2 (no, mechanism, member, epoch, origin, own, frozen, size, root, payloads_next)
	SELECT no, mechanism, member, 1, origin, own, frozen, size, root, payloads_next FROM log;
DROP TABLE log;
ALTER TABLE log_2 RENAME TO log;
CREATE TABLE erasure (
	pos       INTEGER PRIMARY KEY,
	id        BLOB    NOT NULL,
	seq       INTEGER NOT NULL,
	order_pos INTEGER NOT NULL,
	at_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX erasure_id ON erasure (id);
CREATE TABLE witness (
	origin TEXT    NOT NULL PRIMARY KEY,
	size   INTEGER NOT NULL,
	root   BLOB    NOT NULL,
	time_s INTEGER NOT NULL,
	note   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fork (
	origin   TEXT    NOT NULL PRIMARY KEY,
	found_ms INTEGER NOT NULL,
	proof    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE blob (
	no    INTEGER PRIMARY KEY,
	hash  BLOB    NOT NULL UNIQUE,
	size  INTEGER NOT NULL,
	have  INTEGER NOT NULL,
	whole INTEGER NOT NULL
) STRICT;
CREATE TABLE blob_part (
	pos   INTEGER PRIMARY KEY,
	bytes BLOB    NOT NULL
) STRICT;

PRAGMA user_version = 2;
