#!/bin/sh
# Is a failed test a failed run? Each case plants one small program and reads what tools/test.sh makes of it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
runner=$PWD/tools/test.sh
box=$(mktemp -d "${TMPDIR:-/tmp}/runner.XXXXXX")
trap 'rm -rf "$box"' EXIT

# case NAME WANTED-LAST-LINE WANTED-STATUS PART-OF-OUTPUT, the program's text (sh) on standard input
case_of() {
	rm -rf "$box/tests" && mkdir -p "$box/tests/a"
	{ echo '#!/bin/sh'; cat; } >"$box/tests/a/case.t"
	chmod +x "$box/tests/a/case.t"
	run "$@"
}

run() {
	status=0
	out=$(env LIMIT="${limit:-300}" "$runner" --root "$box" --build "$box/build" 2>&1) || status=$?
	is "$(printf '%s\n' "$out" | tail -n 1)" "$2" "$1: count"
	is "$status" "$3" "$1: exit status"
	has "$out" "$4" "$1: is explained"
}

case_of 'all is well' '2 passed, 0 failed, 0 skipped' 0 'slowest of 1' <<'S'
echo 'ok 1 - one'; echo 'ok 2 - two'; echo 1..2
S
case_of 'plan first' '1 passed, 0 failed, 0 skipped' 0 'a/case' <<'S'
echo 1..1; echo ok
S
case_of 'failed point' '1 passed, 1 failed, 0 skipped' 1 '#   got 1, want 2' <<'S'
echo 'ok 1 - one'; echo 'not ok 2 - two'; echo '#   got 1, want 2'; echo 1..2; exit 1
S
case_of 'failed point and exit status 0' '0 passed, 1 failed, 0 skipped' 1 'not ok 1 - one' <<'S'
echo 'not ok 1 - one'; echo 1..1
S
case_of 'failed point that asks for patience' '0 passed, 1 failed, 0 skipped' 1 'FAILED' <<'S'
printf 'not ok 1 - one # %s later\n1..1\n' TO''DO
S
case_of 'failed point that calls itself skipped' '0 passed, 1 failed, 0 skipped' 1 'FAILED' <<'S'
echo 'not ok 1 # SKIP no'; echo 1..1; exit 1
S
case_of 'skipped points' '1 passed, 0 failed, 2 skipped' 0 'a/case' <<'S'
echo 'ok 1 - one'; echo 'ok 2 # SKIP no data'; echo 'ok 3 # skip no data'; echo 1..3
S
case_of 'skipped program' '0 passed, 0 failed, 1 skipped' 0 'a/case' <<'S'
echo '1..0 # SKIP no data here'
S
case_of 'empty plan without a reason' '0 passed, 1 failed, 0 skipped' 1 'ran no test point' <<'S'
echo 1..0
S
case_of 'missing plan' '1 passed, 1 failed, 0 skipped' 1 'printed no plan' <<'S'
echo 'ok 1 - one'
S
case_of 'silence' '0 passed, 1 failed, 0 skipped' 1 'printed no plan' <<'S'
S
case_of 'two plans' '1 passed, 1 failed, 0 skipped' 1 'printed 2 plans' <<'S'
echo 1..1; echo ok 1; echo 1..1
S
case_of 'fewer points than planned' '1 passed, 1 failed, 0 skipped' 1 'planned 2 test points and ran 1' <<'S'
echo 'ok 1 - one'; echo 1..2
S
case_of 'points out of order' '2 passed, 1 failed, 0 skipped' 1 'test point 2 is numbered otherwise' <<'S'
echo 'ok 1 - one'; echo 'ok 3 - three'; echo 1..2
S
case_of 'crash' '1 passed, 1 failed, 0 skipped' 1 'crashed with signal 6' <<'S'
echo 'ok 1 - one'; echo 'last words' >&2; kill -ABRT $$
S
has "$out" '| last words' 'crash: the end of standard error is shown'
case_of 'exit status alone' '1 passed, 1 failed, 0 skipped' 1 'exited with status 3' <<'S'
echo 'ok 1 - one'; echo 1..1; exit 3
S
case_of 'bail out' '1 passed, 1 failed, 0 skipped' 1 'Bail out! no disk' <<'S'
echo 'ok 1 - one'; echo 'Bail out! no disk'; echo 1..1
S
limit=1
case_of 'endless program' '1 passed, 1 failed, 0 skipped' 1 'ran over the limit of 1 s' <<'S'
echo 'ok 1 - one'; echo 1..1; exec sleep 20
S
limit=300
case_of 'own empty TMPDIR, no standard input' '1 passed, 0 failed, 0 skipped' 0 'a/case' <<'S'
[ -d "$TMPDIR" ] && [ -z "$(ls -A "$TMPDIR")" ] && ! read -r _ && touch "$TMPDIR/x" && echo 'ok 1'; echo 1..1
S
case_of 'strict sanitizers and a path for the program' '1 passed, 0 failed, 0 skipped' 0 'a/case' <<'S'
case $ASAN_OPTIONS in *detect_leaks=1*) ;; *) exit 1 ;; esac
case $UBSAN_OPTIONS in *print_stacktrace=1*) ;; *) exit 1 ;; esac
case $DIWAN in /*/build/diwan) ;; *) exit 1 ;; esac
echo 'ok 1'; echo 1..1
S

chmod -x "$box/tests/a/case.t"
run 'not executable' '0 passed, 1 failed, 0 skipped' 1 'cannot be run'

# A second program, one that is there without its source's build, corpora, and a build that failed in part.
rm -rf "$box/tests" && mkdir -p "$box/tests/a" "$box/fuzz/corpus/f" "$box/build/fuzz" "$box/build/tests/a"
printf '#!/bin/sh\necho ok 1\necho 1..1\n' >"$box/build/tests/a/test_here"
# shellcheck disable=SC2016 # the program's own $1
printf '#!/bin/sh\n[ "$1" = fuzz/corpus/f ] && echo ok 1\necho 1..1\n' >"$box/build/fuzz/replay_f"
chmod +x "$box/build/tests/a/test_here" "$box/build/fuzz/replay_f"
touch "$box/tests/a/test_here.c" "$box/fuzz/fuzz_f.c"
run 'unit test and corpus' '2 passed, 0 failed, 0 skipped' 0 'corpus/f'
touch "$box/tests/a/test_gone.c"
run 'program that was not built' '2 passed, 1 failed, 0 skipped' 1 'it was not built'
rm "$box/tests/a/test_gone.c"
echo failed >"$box/build/.built"
run 'build that failed in part' '2 passed, 1 failed, 0 skipped' 1 'FAILED build'
echo ok >"$box/build/.built"

out=$("$runner" --root "$box" --build "$box/build" --only corpus 2>&1)
is "$(printf '%s\n' "$out" | tail -n 1)" '1 passed, 0 failed, 0 skipped' '--only takes those with the name'
out=$("$runner" --root "$box" --build "$box/build" --only nosuch 2>&1)
is "$?" 1 '--only that takes none fails'
out=$("$runner" --root "$box" --build "$box/build" --quick 2>&1)
is "$(printf '%s\n' "$out" | tail -n 1)" '1 passed, 0 failed, 0 skipped' '--quick leaves the corpora out'
tap_done
