#!/bin/sh
# The house rules that a program can check:
#   tools/lint.sh [--tap] [--root DIR] [rule ...]
#
#   rooms    src/ROOMS is kept: who includes whom, no cycle, no file outside a room, no sockets in pure rooms
#   headers  each header compiles alone
#   layout   120 columns (code), tabs, no white space at line ends, a newline at the end
#   calls    no call that overruns, guesses or starts a shell (list in tools/lint.awk)
#   words    nothing left for later
#   places   no package registry's host, no path outside the project
#   sql      SQL is literal text: never built from data (tools/sql.awk)
#   size     no C file over 700 lines; those over 400 are named
#   manual   mandoc -Tlint
#   shell    sh -n, bash -n
#
# Prints "file:line: what" for each finding and exits 1 if there is one. With --tap each rule is one test point.
set -eu
LC_ALL=C
export LC_ALL

root=$(dirname "$0")/.. tap='' rules=''
while [ $# -gt 0 ]; do
	case $1 in
	--tap) tap=1 ;;
	--root) root=$2; shift ;;
	-*) echo "usage: lint.sh [--tap] [--root DIR] [rule ...]" >&2; exit 2 ;;
	*) rules="$rules $1" ;;
	esac
	shift
done
tools=$(cd "$(dirname "$0")" && pwd)
cd "$root"
work=$(mktemp -d "${TMPDIR:-/tmp}/lint.XXXXXX")
trap 'rm -rf "$work"' EXIT

# ---- the files -----------------------------------------------------------------------------------------------------
# What git knows or would take; outside a checkout, all but build/. Corpora and test data are not ours to lay out.
{
	if [ -e .git ]; then
		git ls-files -co --exclude-standard
	else
		find . -type f ! -path './build/*' | sed 's,^\./,,'
	fi
} | grep -Ev '^(fuzz/corpus|bench/results)/|/(data|vectors)/' | sort |
	while read -r f; do [ ! -f "$f" ] || echo "$f"; done >"$work/all"
of() { grep -E "$1" "$work/all" || true; }
of '(\.(c|h|def|inc|sh|awk|t|sql|bash)|(^|/)Makefile|^\.ci/run)$' >"$work/code"
of '(\.(c|h|def|inc|sh|awk|t|sql|bash|md|yaml|yml|[1-8])|(^|/)Makefile|^\.ci/run)$' >"$work/text"
of '\.[ch]$' >"$work/c"
of '^src/.*\.(c|h|def|inc)$' >"$work/src"

# each LIST COMMAND...: the command over the listed files, if there are any
each() { list=$work/$1; shift; [ ! -s "$list" ] || xargs -s 1000000 "$@" <"$list"; }
[ -s "$work/all" ] || { echo "lint: no files in $PWD" >&2; exit 2; }

# ---- the rules: each prints its findings ---------------------------------------------------------------------------
rule_rooms() {
	[ -e src/ROOMS ] || { echo "src/ROOMS:1: is missing"; return; }
	each src awk -f "$tools/rooms.awk" src/ROOMS
	grep -v '^#' src/ROOMS | awk '{ for (i = 2; i <= NF; i++) print $i, $1 }' | tsort >/dev/null 2>"$work/cycle" ||
		sed 's/^tsort: /src\/ROOMS:1: /' "$work/cycle"
	awk 'FNR == NR { if (/^[a-z]/) room[$1] = 1; next }
		/^src\// && $0 != "src/ROOMS" {
			n = split($0, p, "/")
			if (n < 3 || !(p[2] in room))
				print $0 ":1: belongs to no room of src/ROOMS"
			else if (n > 3)
				print $0 ":1: rooms have no folders of their own"
		}' src/ROOMS "$work/all"
}

rule_headers() {
	of '^(src|tests)/.*\.h$' >"$work/h"
	flags="-std=gnu17 -D_GNU_SOURCE -Isrc -Itests -I${BUILD:-build}"
	flags="$flags $(pkg-config --cflags gnutls 2>/dev/null || true)"
	# shellcheck disable=SC2086 # flags are words
	each h -P "$(nproc)" -n 4 ${CC:-gcc} $flags -fsyntax-only -x c 2>&1 | grep -E ': (fatal )?error: ' || true
}

lines() { each "$1" awk -v rule="$2" -f "$tools/strip.awk" -f "$tools/lint.awk"; }
rule_layout() { lines text layout; }
rule_words() { lines text words; }
rule_places() { lines text places; }
rule_calls() { lines c calls; }
rule_sql() { each src awk -f "$tools/strip.awk" -f "$tools/sql.awk"; }
rule_size() {
	each c wc -l | awk '$2 != "total" && $1 > 700 { print $2 ":" $1 ": is over 700 lines: split it by subject" }
		$2 != "total" && $1 > 400 && $1 <= 700 { print "notice: " $2 " has " $1 " lines" }'
}
rule_manual() {
	of '^docs/man/.*\.[1-8]$' >"$work/man"
	each man mandoc -Tlint -W warning 2>&1 | sed 's/^mandoc: //' || true
}
rule_shell() {
	of '(\.(sh|t|bash)|^\.ci/run)$' | while read -r f; do
		case $(head -n 1 "$f") in
		*bash*)	bash -n "$f" 2>&1 || true ;;
		*/sh* | *shellcheck*shell=sh* | '# '*) sh -n "$f" 2>&1 || true ;;
		esac
	done
}

# ---- run them ------------------------------------------------------------------------------------------------------
count=0 failed=0
for rule in ${rules:-rooms headers layout calls words places sql size manual shell}; do
	count=$((count + 1))
	if [ "$rule" = manual ] && ! command -v mandoc >/dev/null; then
		if [ -n "$tap" ]; then printf 'ok %s # SKIP ' $count; fi
		echo "manual: mandoc is not installed"
		continue
	fi
	# What a checker says on its standard error is a finding too: a rule that could not be checked does not pass.
	"rule_$rule" >"$work/found" 2>&1 || echo "lint.sh:1: could not check this rule" >>"$work/found"
	if grep -qv '^notice: ' "$work/found"; then
		failed=$((failed + 1))
		[ -z "$tap" ] || echo "not ok $count - $rule"
	elif [ -n "$tap" ]; then
		echo "ok $count - $rule"
	fi
	if [ -n "$tap" ]; then
		awk -v rule="$rule" 'NR <= 20 { print "#   " $0 }
			END { if (NR > 20) printf "#   and %d more: tools/lint.sh %s\n", NR - 20, rule }' "$work/found"
	else
		sed "s/\$/ [$rule]/" "$work/found"
	fi
done
[ -z "$tap" ] || echo "1..$count"
[ "$failed" -eq 0 ]
