-- What was filed, received and signed. Never recomputed, never changed by a new version of the program except by a
-- numbered migration (user_version). docs/store.md says why each table is as it is.

-- "Diwn": so that file(1) and the next start know whose file this is.
PRAGMA application_id = 1147762542;
PRAGMA user_version = 2;

-- One row a log: how much of it is held and verified.
CREATE TABLE log (
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

-- Hash tiles (level 0..7) and entry bundles (level -1), the last of each level partial.
CREATE TABLE tile (
	log   INTEGER NOT NULL,
	level INTEGER NOT NULL,
	n     INTEGER NOT NULL,
	bytes BLOB    NOT NULL,
	PRIMARY KEY (log, level, n)
) STRICT, WITHOUT ROWID;

-- What only the authorised may read: the nonce and text behind an entry's commitment. pos = log << 40 | index.
CREATE TABLE payload (
	pos   INTEGER PRIMARY KEY,
	nonce BLOB    NOT NULL,
	text  BLOB    NOT NULL
) STRICT;

-- What stays of an erased payload. While a row is here, no payload is taken in at its position.
CREATE TABLE erasure (
	pos       INTEGER PRIMARY KEY,
	id        BLOB    NOT NULL,
	seq       INTEGER NOT NULL,
	order_pos INTEGER NOT NULL,
	at_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX erasure_id ON erasure (id);

-- The newest checkpoint of each log that this node has cosigned.
CREATE TABLE witness (
	origin TEXT    NOT NULL PRIMARY KEY,
	size   INTEGER NOT NULL,
	root   BLOB    NOT NULL,
	time_s INTEGER NOT NULL,
	note   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Proofs that a log has shown two histories.
CREATE TABLE fork (
	origin   TEXT    NOT NULL PRIMARY KEY,
	found_ms INTEGER NOT NULL,
	proof    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Attachments, and their bytes in parts: pos = no << 8 | part.
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

-- Signed notes, the newest cosigned form of each size.
CREATE TABLE checkpoint (
	log  INTEGER NOT NULL,
	size INTEGER NOT NULL,
	note BLOB    NOT NULL,
	PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;

-- Small named values. Names that begin with "store." are the store's own.
CREATE TABLE meta (
	name  TEXT NOT NULL PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
