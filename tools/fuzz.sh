#!/bin/sh
# Fuzz one parser, or all of them in turn, for so many seconds each:
#   tools/fuzz.sh NAME|all SECONDS [libFuzzer option ...]
# Starts from fuzz/corpus/NAME. Inputs that reach new code go to build/fuzz/found/NAME, one that breaks it to
# build/fuzz/found/NAME.crash-*: put it, named for what it shows, into fuzz/corpus/NAME together with the repair.
set -eu
cd "$(dirname "$0")/.."
names=$1 seconds=$2
shift 2
case $seconds in '' | *[!0-9]*) echo "fuzz: SECONDS is a number of seconds, not \"$seconds\"" >&2; exit 2 ;; esac
if [ "$names" = all ]; then
	names=$(printf '%s\n' fuzz/fuzz_*.c | sed 's,^fuzz/fuzz_,,; s,\.c$,,')
fi
for name in $names; do
	corpus=fuzz/corpus/$name found=build/fuzz/found/$name
	[ -d "$corpus" ] || { echo "fuzz: $corpus is missing: a handful of small inputs to start from" >&2; exit 1; }
	mkdir -p "$found"
	echo "== $name, $seconds s"
	build/fuzz/fuzz/run_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-verbosity=0 -artifact_prefix="$found." "$@" "$found" "$corpus" || {
		echo "fuzz: $name stopped; the input is in $found.*" >&2
		exit 1
	}
done
