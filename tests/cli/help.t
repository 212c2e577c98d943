#!/bin/sh
# What the program says of itself: help, usage errors, the manual page and completion agree with one another.
. tests/tools/tap.sh
# shellcheck disable=SC2154 # DIWAN comes from the runner
d=${DIWAN:-build/diwan}

out=$("$d" help); status=$?
is $status 0 'help exits 0'
has "$out" '  init  ' 'help lists the commands, indented'
commands=$(printf '%s\n' "$out" | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
"$d" >/dev/null 2>&1; is $? 2 'no command is a wrong command line'

# ---- every command: help, manual page -------------------------------------------------------------------------------
for c in $commands; do
	"$d" help "$c" >"$TMPDIR/help" 2>&1; status=$?
	is $status 0 "help $c"
	has "$(cat "$TMPDIR/help")" "usage: diwan $c" "help $c shows its usage"
	grep -q "^\.Ss $c\$" docs/man/diwan.1; ok $? "the manual page has a section on $c"
	awk -v c="$c" '/^\.Ss /{ on = $2 == c } on || /^\.Ss (Viewer|Filters)$/,/^\.Sh COMMANDS/' docs/man/diwan.1 >"$TMPDIR/man"
	missing=
	# shellcheck disable=SC2013 # one word a line
	for o in $(sed -n 's/^  --\([a-z][a-z-]*\).*/\1/p' "$TMPDIR/help"); do
		case $o in json | help) continue ;; esac
		grep -q "Fl .&-$o\( \|\$\)" "$TMPDIR/man" || missing="$missing $o"
	done
	is "$missing" '' "the manual page names every option of $c"
	"$d" "$c" --help >"$TMPDIR/other" 2>&1; is $? 0 "$c --help exits 0"
done
"$d" help --json | grep -q '"name":"verify"'; ok $? 'help --json'

# ---- wrong command lines ---------------------------------------------------------------------------------------------
wrong() { # STATUS PART NAME ARGS...
	want=$1 part=$2 name=$3; shift 3
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	has "$(cat "$TMPDIR/err")" "$part" "$name: says why"
}
wrong 2 'did you mean serve?' 'a misspelt command' serv
wrong 2 'there is no command' 'an unknown command' frobnicate
wrong 2 'did you mean --purpose?' 'a misspelt option' list . --purpos P01
wrong 2 'has no option --frob' 'an unknown option' list . --frob
wrong 2 'needs a value' 'an option without its value' list . --limit
wrong 2 'takes no value' 'a value too many' list . --json=yes
wrong 2 'is given twice' 'an option given twice' list . --limit 1 --limit 2
wrong 2 'no whole number' 'a number that is none' list . --limit 07
wrong 2 'one word too many' 'a word too many' list . ..
wrong 2 'usage: diwan list DIR' 'a word too few' list
wrong 2 '--charter FILE is needed' 'an option that is needed' init "$TMPDIR/x" --member kz --address 127.0.0.1:1
wrong 2 'two dashes' 'one dash' list . -x
wrong 3 'holds no node' 'a folder without a node' list "$TMPDIR"
wrong 3 'did you mean list?' 'help on a misspelt command' help lits
is "$("$d" list "$TMPDIR" --json 2>/dev/null | cut -c 1-28)" '{"error":{"code":"not-found"' 'with --json the failure is an object'

# ---- the rest --------------------------------------------------------------------------------------------------------
"$d" completion bash | cmp -s - tools/diwan.bash; ok $? 'completion bash prints tools/diwan.bash'
"$d" completion fish >/dev/null 2>&1; is $? 2 'no completion for another shell'
has "$("$d" version)" 'diwan ' version
has "$("$d" version --json)" '"record_schema":1' 'version --json'
"$d" kinds --json >"$TMPDIR/kinds"; is "$(tr ',' '\n' <"$TMPDIR/kinds" | grep -c '"kind"')" 18 'kinds: eighteen'
has "$("$d" kinds incident)" 'INCIDENT_STATE' 'kinds incident shows its states'
has "$("$d" kinds purpose)" 'P14' 'kinds purpose shows the words'
has "$("$d" kinds incident --schema | dd bs=200 count=1 2>/dev/null)" \
	'https://json-schema.org/draft/2020-12/schema' 'kinds --schema'
wrong 3 'there is no kind' 'a kind that is none' kinds frob
wrong 2 'needs a kind' '--schema of nothing' kinds --schema
! "$d" help | grep -q "$(printf '\033')"; ok $? 'no colours where output is no terminal'
if [ -w /dev/full ]; then
	"$d" help >/dev/full 2>/dev/null; is $? 5 'output that cannot be written is no success'
else
	skip 'no /dev/full' 1
fi
tap_done
