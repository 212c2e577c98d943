#!/bin/sh
# Does lint find what it says it finds? A small clean tree passes every rule; then each violation is planted, one at a
# time, and must be reported by its rule, with file and line.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
lint=$PWD/tools/lint.sh
box=$(mktemp -d "${TMPDIR:-/tmp}/lint-test.XXXXXX")
trap 'rm -rf "$box"' EXIT
tab=$(printf '\t') slash=/ dot=.	# so that this file does not find itself

clean() {
	rm -rf "$box"
	mkdir -p "$box/src/base" "$box/src/log" "$box/src/store" "$box/tests" "$box/docs/man" "$box/tools" "$box/.ci"
	cat >"$box/src/ROOMS" <<'S'
# Pure rooms (no sockets): base log.
base
log       base
store     base log
S
	cat >"$box/src/base/buf.h" <<'S'
#include <stddef.h>
struct buf { size_t len; };
/* strcpy(a, b) in a comment, and "sprintf(" in a string, are no calls. */
S
	cat >"$box/src/log/tree.c" <<'S'
#include "base/buf.h"
#include "log/tree.h"

static const char *text = "sprintf(x) /* not a comment";

size_t
tree_size(const struct source *s)
{
	return s->rand(4);	/* a member, not the call */
}
S
	cat >"$box/src/log/tree.h" <<'S'
#include <stddef.h>
struct source { size_t (*rand)(size_t); };
size_t tree_size(const struct source *s);
S
	cat >"$box/src/store/q.c" <<'S'
#define COLUMNS "a, b"
static const char get[] = "SELECT a FROM t WHERE x LIKE '%'";
static const struct { const char *sql; } all[] = { { "SELECT 1" } };

static int
prep(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, 0, out, NULL);
}

int
q_run(sqlite3 *db, const struct query *q, int two)
{
	return prep(db, "SELECT " COLUMNS " FROM t", 0) | prep(db, get, 0) | prep(db, all[two].sql, 0) |
	    sqlite3_exec(db, two ? "BEGIN IMMEDIATE" : "BEGIN", 0, 0, 0) | prep(db, q->sql, 0);
}
S
	printf '#!/bin/sh\necho ok\n' >"$box/tools/a.sh"
	printf '#!/bin/bash\nx=(1 2)\n' >"$box/.ci/run"
	printf 'all:\n\ttrue\n' >"$box/Makefile"
	cat >"$box/docs/man/x.1" <<'S'
.Dd January 2, 2026
.Dt X 1
.Os
.Sh NAME
.Nm x
.Nd a page
.Sh DESCRIPTION
Text.
S
}

# plant RULE NAME WANTED FILE, its new content on standard input; WANTED is part of a line of the report
plant() {
	cat >"$box/$4"
	status=0
	out=$("$lint" --root "$box" "$1" 2>&1) || status=$?
	is "$status" 1 "$1: $2: fails"
	has "$out" "$4:$3" "$1: $2: is named with its line"
	clean
}

# pass RULE NAME FILE: the same, and must not be reported
pass() {
	cat >"$box/$3"
	out=$("$lint" --root "$box" "$1" 2>&1)
	ok "$?" "$1: $2: passes"
	[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/#   /'
	clean
}

clean
rules='rooms headers layout calls words places sql size shell'
if command -v mandoc >/dev/null; then rules="$rules manual"; fi
for rule in $rules; do
	out=$("$lint" --root "$box" "$rule" 2>&1)
	is "$?$out" 0 "$rule: a clean tree passes in silence"
done

plant rooms 'upward include' '1: log may not include store' src/log/up.c <<'S'
#include "store/store.h"
S
plant rooms 'include without a room' '1: "tree.h" is not room/file' src/log/flat.c <<'S'
#include "tree.h"
S
plant rooms 'sockets in a pure room' '2: log is a pure room' src/log/net.c <<'S'
#include <stddef.h>
#include <sys/socket.h>
S
plant rooms 'file outside every room' '1: belongs to no room' src/stray.c </dev/null
mkdir "$box/src/attic"
plant rooms 'folder that is no room' '1: belongs to no room' src/attic/a.c </dev/null
mkdir "$box/src/log/deep"
plant rooms 'folder in a room' '1: rooms have no folders' src/log/deep/a.c </dev/null
plant rooms 'cycle' '1: ' src/ROOMS <<'S'
base log
log base
store
S
pass rooms 'sockets in a room that may' src/store/net.c <<'S'
#include <sys/socket.h>
S

plant headers 'header that leans on another' '1:' src/log/lean.h <<'S'
size_t lean(void);
S

long=$(printf '%0130d' 0)
plant layout '133 columns' '1: 133 columns' src/log/wide.c <<S
/* $long
S
plant layout 'a tab counts to the next stop' '1: 134 columns' src/log/wide.c <<S
${tab}int x = $(printf '%0117d' 0);
S
pass layout '132 columns of two-byte letters' src/log/wide.c <<S
/* $(printf '%0129d' 0 | sed 's/0/д/g')
S
pass layout 'prose may be wide' docs/a.md <<S
$long$long
S
plant layout 'white space at the end' '2: white space' docs/a.md <<S
one
two${tab}
S
plant layout 'carriage return' '1: white space' src/log/dos.c <<S
int x;$(printf '\r')
S
plant layout 'space before a tab' '1: a space before a tab' src/log/mix.c <<S
  ${tab}int x;
S
plant layout 'spaces for a tab' '1: eight spaces' src/log/mix.c <<'S'
        int x;
S

for call in strcpy strcat sprintf vsprintf gets strtok atoi atol atof system popen mktemp tmpnam rand srand alloca; do
	plant calls "$call" "3: $call() is not used here" src/log/bad.c <<S
/* a comment
 * over two lines */
int x = f(1) + $call (y);
S
done
pass calls 'names that only end like one' src/log/good.c <<'S'
int x = my_system(1) + s.rand(2) + snprintf(a, 1, "%d", 3) + fgets(b, 1, c);
S

for word in "TO"DO "FIX"ME "X"XX; do
	plant words "$word" '2: do it or drop it' docs/a.md <<S
one
two ($word: three)
S
done
pass words 'six of them are a template' tools/a.sh <<'S'
#!/bin/sh
mktemp -d /tmp/x.XXXXXX
S

plant places 'path outside' '1: names a place outside' src/log/p.c <<S
/* see ..${slash}shared/x */
S
plant places 'path outside, absolute' '1: names a place outside' docs/a.md <<S
cd ${slash}work/main
S
plant places 'registry host' "1: names a package registry" tools/a.sh <<S
curl https://registry.npmjs${dot}org/x
S
pass places 'the one place that may' .ci/run <<S
#!/bin/bash
export TEST_DATA=..${slash}shared
S

plant sql 'built text' '6: sqlite3_exec() is given "text"' src/store/bad.c <<'S'
static int
f(sqlite3 *db)
{
	char text[100];

	return sqlite3_exec(db, text, 0, 0, 0);
}
S
plant sql 'built text through a wrapper of a wrapper' '16: outer() is given "made(1)"' src/store/bad.c <<'S'
static int
inner(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, 0, 0, 0);
}
static int
outer(int n, sqlite3 *db, const char *statement)
{
	return inner(db, statement);
}
int
f(sqlite3 *db)
{
	int rc = outer(1, db, "SELECT 1");
	return rc |
	    outer(2, db, made(1));
}
S
plant sql 'choice with one built side' '4: sqlite3_prepare_v2()' src/store/bad.c <<'S'
int
f(sqlite3 *db, int a)
{
	return sqlite3_prepare_v2(db, a ? "SELECT 1" : b, -1, 0, 0);
}
S
plant sql 'format of a statement' '1: a statement is built with a format' src/store/bad.c <<'S'
int n = snprintf(b, 9, "DELETE FROM %s", table);
S
plant sql 'writable text' '5: sqlite3_exec()' src/store/bad.c <<'S'
static char sql[] = "SELECT 1";
int
f(sqlite3 *db)
{
	return sqlite3_exec(db, sql, 0, 0, 0);
}
S

seq 701 | sed 's/.*/int a&;/' >"$box/long"
plant size '701 lines' '701: is over 700 lines' src/log/long.c <"$box/long"
seq 401 | sed 's/.*/int a&;/' >"$box/src/log/long.c"
out=$("$lint" --root "$box" size)
is "$?$out" '0notice: src/log/long.c has 401 lines [size]' 'size: 401 lines are only named'
clean

plant shell 'sh that does not parse' '' tools/a.sh <<'S'
#!/bin/sh
if true; then
S
if command -v mandoc >/dev/null; then
	plant manual 'unknown macro' '3:' docs/man/x.1 <<'S'
.Dd January 2, 2026
.Dt X 1
.Xx
S
else
	skip 'mandoc is not installed' 2
fi

status=0
out=$("$lint" --root "$box" --tap rooms size) || status=$?
is "$status $out" "0 ok 1 - rooms
ok 2 - size
1..2" '--tap: one test point a rule'
touch "$box/src/stray.c"
has "$("$lint" --root "$box" --tap rooms)" 'not ok 1 - rooms' '--tap: a finding is a failed point'
mkdir "$box/empty"
"$lint" --root "$box/empty" >/dev/null 2>&1
is "$?" 2 'a folder without files is not called clean'
tap_done
