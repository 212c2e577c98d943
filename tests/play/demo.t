#!/bin/sh
# `diwan demo`: the whole mechanism at work, once, in a folder of its own.
. tests/tools/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

out=$("$DIWAN" demo --once --dir "$tmp/run")
is $? 0 "the demonstration ends well"
for m in kz kg tj uz tm; do
	is "$(printf '%s\n' "$out" | awk -v m=$m '$1 == m && $2 ~ /^[0-9]+$/' | grep -c ' yes ')" 1 "$m: a row, verified"
done
is "$(printf '%s\n' "$out" | grep -c 'is no member')" 1 "one of them is outside"
has "$out" "tm is no member" "who is outside is looked at"
has "$out" "Of the other" "and what it does not hold is counted"
is "$(printf '%s\n' "$out" | grep -c 'dated events filed;')" 0 "every dated event is filed"
why=$(printf '%s\n' "$out" | sed -n 's/^  .* why \(.*\)$/\1/p')
# shellcheck disable=SC2086 # the printed command is words
has "$("$DIWAN" why $why)" "G3" "the printed command works and names the rule"
has "$("$DIWAN" status "$tmp/run/tm" --json)" '"running":false' "no node is left running"

out=$("$DIWAN" demo --once --dir "$tmp/run")
is $? 0 "an earlier demonstration is replaced"
has "$out" "Replacing the earlier demonstration" "after saying so"
mkdir "$tmp/mine" && echo "do not touch" >"$tmp/mine/file"
"$DIWAN" demo --once --dir "$tmp/mine" >/dev/null 2>"$tmp/err"
is $? 1 "a folder with something else in it is refused"
has "$(cat "$tmp/err")" "was not made by a demonstration" "with the reason"
is "$(cat "$tmp/mine/file")" "do not touch" "and left alone"
"$DIWAN" demo --once --dir "$tmp/none" --incidents "$tmp/missing.tsv" >/dev/null 2>"$tmp/err"
is $? 1 "incidents that are not there"
[ ! -e "$tmp/none" ]
ok $? "are found out before anything is made"

# Until Ctrl-C: the nodes answer, and are stopped in good order.
"$DIWAN" demo --dir "$tmp/run" >"$tmp/out" 2>&1 &
pid=$!
n=0
until grep -q 'Ctrl-C ends them' "$tmp/out" || [ $n -ge 600 ]; do n=$((n + 1)); sleep 0.1; done
"$DIWAN" status "$tmp/run/uz" --json | grep -q '"running":true'
ok $? "the nodes run on"
"$DIWAN" demo --once --dir "$tmp/run" >/dev/null 2>"$tmp/err"
has "$(cat "$tmp/err")" "is running in" "a running demonstration is not replaced"
kill -TERM $pid
wait $pid
is $? 0 "a signal ends it well"
for m in kz kg tj uz tm; do
	has "$("$DIWAN" status "$tmp/run/$m" --json)" '"running":false' "and with it the node of $m"
done

data=${TEST_DATA:-}/data/ucdp-ged-region-demo.tsv
if [ -r "$data" ]; then
	out=$("$DIWAN" demo --once --dir "$tmp/run" --incidents "$data")
	is $? 0 "with a file of incidents"
	[ "$(printf '%s\n' "$out" | awk '$1 == "tj" && $2 ~ /^[0-9]+$/ { print $2 }')" -gt 100 ]
	ok $? "each member files those of its own country"
else
	skip "no TEST_DATA with ucdp-ged-region-demo.tsv" 2
fi
tap_done
