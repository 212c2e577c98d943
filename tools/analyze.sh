#!/bin/sh
# Let four analyzers look for bugs in src/ and tools/: gcc -fanalyzer, clang --analyze (scan-build is a wrapper of it),
# cppcheck, and shellcheck for the scripts.
#   tools/analyze.sh 'compiler flags' [file.c ...]
# A finding that tools/analyze.allow does not excuse fails, and so does an excuse that nothing needs any more.
set -eu
cd "$(dirname "$0")/.."
flags=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/analyze.XXXXXX")
trap 'rm -rf "$work"' EXIT
all=''
[ $# -gt 0 ] || { all=1; set -- src/*/*.c; }
printf '%s\n' "$@" >"$work/files"
jobs=$(nproc 2>/dev/null || echo 2)

# tool NAME COMMAND...: over the files, $jobs at a time. What cannot be compiled is a finding of its own, not a pass.
tool() {
	name=$1
	shift
	echo "  $name"
	xargs -P "$jobs" -n 1 "$@" <"$work/files" >"$work/$name" 2>&1 || true
	grep -E '^[^ ]+:[0-9]+:([0-9]+:)? (warning|note): .*\[[^]]+\]$|: (fatal )?error: ' "$work/$name" |
		sed "s/^/$name: /" >>"$work/found" || true
}
: >"$work/found"
# shellcheck disable=SC2086 # flags are words
{
	tool gcc gcc $flags -O1 -fanalyzer -fdiagnostics-plain-output -c -o /dev/null
	tool clang clang $flags --analyze --analyzer-output text -Wno-everything
	tool cppcheck cppcheck --quiet --std=c11 --language=c --enable=warning,portability --library=posix,gnu -Isrc \
		--inline-suppr --template='{file}:{line}:{column}: warning: {message} [{id}]'
}
if [ -n "$all" ]; then
	printf '%s\n' tools/*.sh .ci/run >"$work/files"
	find tests -name '*.t' >>"$work/files"
	tool shellcheck shellcheck -x -f gcc
fi

# tools/analyze.allow: FILE ID reason. One line excuses that ID in that file.
sort -u "$work/found" | awk -v all="$all" '
	FNR == NR { if (NF && !/^#/) excuse[$1, $2] = FNR; next }
	/: note: / && !/\[SC/ { next }
	{
		split($2, at, ":")
		id = $NF
		gsub(/[][]/, "", id)
		sub(/^-W/, "", id)
		if ((at[1], id) in excuse)
			used[at[1], id] = 1
		else {
			print
			bad++
		}
	}
	END {
		for (k in excuse)
			if (all && !(k in used)) {
				printf "tools/analyze.allow:%d: nothing needs this excuse any more\n", excuse[k]
				bad++
			}
		printf "analyze: %d to look at\n", bad
		exit bad > 0
	}' tools/analyze.allow -
