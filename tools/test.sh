#!/bin/sh
# Run every test and say what came of it:
#   tools/test.sh [--build DIR] [--quick] [--only PART] [--root DIR]
#
# A test is a program that prints TAP (tests/tap.h): the unit tests tests/*/test_*.c built in DIR (default
# build/asan), the executable files tests/**/*.t, the replay of each fuzz target over fuzz/corpus/NAME, and
# tools/lint.sh. --quick leaves out *.t and the corpora; --only takes those whose name contains PART. Programs run
# JOBS at a time (default: one a core), each in the project's folder with an empty TMPDIR of its own, no standard
# input, and at most LIMIT seconds (300).
#
# Programs find DIWAN (the sanitized binary), DIWAN_PLAIN (the ordinary one) and TEST_DATA (as it was) in their
# environment.
#
# Prints what failed with its diagnostics, the slowest five, and last: "N passed, N failed, N skipped". Exits 1 if
# anything failed.
# tools/tap.awk has the rules for what counts as failed.
set -eu

# ---- one program: --one WORKDIR NUMBER -----------------------------------------------------------------------------
if [ "${1:-}" = --one ]; then
	job=$2/$3
	mkdir "$job.tmp"
	name=$(cat "$job.name")
	# shellcheck disable=SC3045 # dash and bash both have it
	ulimit -c 0
	begin=$(date +%s%N)
	status=0
	TMPDIR=$job.tmp timeout --kill-after=10 "${LIMIT:-300}" sh -c "exec $(cat "$job.cmd")" \
		</dev/null >"$job.out" 2>"$job.err" || status=$?
	ms=$((($(date +%s%N) - begin) / 1000000))
	printf '%s\t%s\t%s\t%s\n' "$3" "$name" "$status" "$ms" >"$job.end"
	chmod -R u+rwx "$job.tmp" && rm -rf "$job.tmp"
	printf '  %-5s %s\n' TEST "$name"
	exit 0
fi

# ---- what to run ---------------------------------------------------------------------------------------------------
build=build/asan quick='' only='' root=$(dirname "$0")/..
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$2; shift ;;
	--only) only=$2; shift ;;
	--root) root=$2; shift ;;
	--quick) quick=1 ;;
	*) echo "usage: test.sh [--build DIR] [--quick] [--only PART] [--root DIR]" >&2; exit 2 ;;
	esac
	shift
done
self=$(cd "$(dirname "$0")" && pwd)
cd "$root"

list() {		# name <tab> command
	for f in tests/*/test_*.c; do
		[ ! -e "$f" ] || printf '%s\t%s\n' "${f%.c}" "$build/${f%.c}"
	done
	[ ! -x tools/lint.sh ] || printf 'lint\ttools/lint.sh --tap\n'
	[ -z "$quick" ] || return 0
	[ ! -d tests ] || find tests -name '*.t' ! -name '.*' | LC_ALL=C sort | awk '{ print $0 "\t./" $0 }'
	for f in fuzz/fuzz_*.c; do
		n=${f#fuzz/fuzz_}; n=${n%.c}
		[ ! -e "$f" ] || printf 'corpus/%s\t%s fuzz/corpus/%s\n' "$n" "$build/fuzz/replay_$n" "$n"
	done
}

work=$(mktemp -d /tmp/diwan-test.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The slowest of the last run go first, so that no long one is left over at the end.
times=$build/.times
[ -e "$times" ] || times=/dev/null
list | awk -F'\t' -v only="$only" -v times="$times" '
	BEGIN { while ((getline line < times) > 0) { split(line, t, "\t"); ms[t[1]] = t[2] } }
	only == "" || index($1, only) { printf "%d\t%s\t%s\n", ms[$1], $1, $2 }' |
	LC_ALL=C sort -t'	' -k1,1nr -k2,2 >"$work/list"
if [ ! -s "$work/list" ]; then
	echo "no test${only:+ has \"$only\" in its name}"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
awk -F'\t' -v work="$work" '{ print $2 > (work "/" NR ".name"); print $3 > (work "/" NR ".cmd")
	close(work "/" NR ".name"); close(work "/" NR ".cmd"); print NR }' "$work/list" >"$work/numbers"

# ---- run it --------------------------------------------------------------------------------------------------------
case $build in /*) abs=$build ;; *) abs=$PWD/$build ;; esac
export DIWAN="$abs/diwan" DIWAN_PLAIN="$PWD/build/diwan" LIMIT="${LIMIT:-300}"
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1:\
check_initialization_order=1:print_stacktrace=1"
export UBSAN_OPTIONS="halt_on_error=1:abort_on_error=1:print_stacktrace=1"
export LC_ALL=C.UTF-8 TZ=UTC
xargs -P "${JOBS:-$(nproc 2>/dev/null || echo 2)}" -n 1 "$self/test.sh" --one "$work" <"$work/numbers" || true

# ---- what came of it -----------------------------------------------------------------------------------------------
built=ok
[ ! -e "$build/.built" ] || built=$(cat "$build/.built")
status=0
LC_ALL=C awk -f "$self/tap.awk" -v work="$work" -v built="$built" -v limit="$LIMIT" "$work/numbers" || status=$?
if [ -z "$only" ] && [ -d "$build" ]; then
	cut -f2,4 "$work"/*.end >"$build/.times"
fi
exit $status
