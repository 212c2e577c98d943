#!/bin/sh
# Run the benchmarks and keep what they say, with the machine and the commit they ran on:
#   tools/bench.sh DIR-OF-PROGRAMS [NAME]
# Each bench/bench_NAME.c prints lines of text; bench/BENCHMARKS.md explains them. Writes bench/results/COMMIT.txt
# (COMMIT-dirty.txt when the tree has changes); a run with NAME only prints.
set -eu
dir=$(cd "$1" && pwd)
only=${2:-}
cd "$(dirname "$0")/.."

commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit=$commit-dirty
out=/dev/null
if [ -z "$only" ]; then
	mkdir -p bench/results
	out=bench/results/$commit.txt
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

{
	echo "commit   $commit"
	echo "date     $(date -u +%Y-%m-%dT%H:%MZ)"
	echo "machine  $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
		"$(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)"
	echo "system   $(uname -sr), load $(cut -d' ' -f1 /proc/loadavg) before the run"
} | tee "$work/report"

failed=0 ran=0
for source in bench/bench_*.c; do
	name=${source#bench/bench_}
	name=${name%.c}
	[ -e "$source" ] || continue
	[ "${only:-$name}" = "$name" ] || continue
	ran=$((ran + 1))
	mkdir "$work/$name.tmp"
	if TMPDIR=$work/$name.tmp "$dir/bench_$name" >"$work/out" </dev/null; then
		{ printf '\n== %s\n' "$name"; cat "$work/out"; } | tee -a "$work/report"
	else
		echo "bench_$name failed (status $?)" >&2
		failed=1
	fi
	rm -rf "$work/$name.tmp"
done
[ $ran -gt 0 ] || { echo "no benchmark ${only:+named $only }in bench/" >&2; exit 1; }
[ $failed -eq 0 ] || exit 1
cat "$work/report" >"$out"
[ -n "$only" ] || echo "written to $out"
