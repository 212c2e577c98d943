#!/bin/sh
# Goal: what four nodes have settled among themselves, over their real listeners, is verified by other people's code: the log by
# the Go checksum database's, and that a quorum of witnesses has cosigned it (C2SP tlog-cosignature); one witness too few, or
# one changed byte, and it is not.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
gopath=/usr/share/gocode
work=$(mktemp -d "${TMPDIR:-/tmp}/settled.XXXXXX")
pids=''
trap 'for p in $pids; do kill "$p" 2>/dev/null; done; wait; rm -rf "$work"' EXIT

if ! command -v go >/dev/null || [ ! -d $gopath/src/golang.org/x/mod/sumdb/tlog ]; then
	skip "needs go and golang-golang-x-mod-dev" 8
	tap_done
	exit
fi
mkdir -p "$work/go/src/tlogverify"
cp tests/interop/tlogverify.go "$work/go/src/tlogverify/main.go"
(cd "$work/go/src/tlogverify" &&
	GO111MODULE=off GOFLAGS='' GOCACHE="$work/cache" GOPATH="$gopath:$work/go" go build -o "$work/verify" .)
ok $? "the verifier builds"

members='kz kg tj uz'
port=$((20000 + $$ % 20000))
for m in $members; do
	port=$((port + 1))
	$DIWAN init "$work/$m" --charter charters/tashkent-2000.yaml --member $m --address 127.0.0.1:$port >/dev/null
	$DIWAN pair "$work/$m" >"$work/$m.card" 2>/dev/null
done
for a in $members; do
	for b in $members; do
		[ $a = $b ] || $DIWAN pair "$work/$a" --add "$work/$b.card" --yes >/dev/null 2>&1
	done
done
for m in $members; do
	$DIWAN serve "$work/$m" --clock-trusted --cosign-every 100 >"$work/$m.out" 2>"$work/$m.log" &
	pids="$pids $!"
done
await() {	# a condition, at most 30 seconds
	i=0
	until eval "$1"; do
		i=$((i + 1))
		[ $i -lt 300 ] || return 1
		sleep 0.1
	done
}
for m in $members; do
	await "grep -q '^ready' $work/$m.out"
done
printf '%s\n' '{"kind":"incident","channel":"incidents","state":"OPEN","mode":"REAL","purpose":["P05"],
"basis":[{"instrument":"treaty","article":"3"}],"audience":{"base":"PARTIES","of":"treaty"},"tlp":"AMBER","pd":"NONE",
"body":{"class":"OTHER","stage":"OCCURRED","when":{"occurred_from":"2018-05-27"},"response":[{"lang":"en","text":"patrol"}],
"confidence":"PROBABLE","impact":"LOW"}}' | tr -d '\n' >"$work/record"
await "$DIWAN file '$work/kz' '$work/record' --complete >'$work/filed' 2>&1"
ok $? "four nodes start, ask each other, and one files: $(head -c 200 "$work/filed")"

key=$(sed -n 's/^log //p' "$work/kz.card")
witnesses=$(for m in kg tj uz; do sed -n 's/^witness //p' "$work/$m.card"; done)
# From kg's copy, and with everything that kz has filed.
whole() {
	rm -rf "$work/log"
	$DIWAN export-log "$work/kg" --member kz -o "$work/log" >/dev/null 2>&1 && [ -f "$work/log/checkpoint.settled" ] &&
	    [ "$(sed -n 2p "$work/log/checkpoint")" = "$(sed -n 2p "$work/log/checkpoint.settled")" ]
}
await whole
ok $? "another member holds it, settled"
has "$("$work/verify" "$key" "$work/log")" "verified " "the log"
has "$("$work/verify" "$key" "$work/log" 3 $witnesses)" "settled " "three witnesses have cosigned it"
has "$(cat "$work/log/policy")" "group settled 3 " "the policy says that three must"
grep -v 'tj/witness' "$work/log/checkpoint.settled" >"$work/fewer" && mv "$work/fewer" "$work/log/checkpoint.settled"
has "$("$work/verify" "$key" "$work/log" 3 $witnesses)" "2 witnesses have cosigned, 3 must" "without one of them it is not settled"
sed '/uz\/witness/s/A/B/2' "$work/log/checkpoint.settled" >"$work/bad" && mv "$work/bad" "$work/log/checkpoint.settled"
"$work/verify" "$key" "$work/log" 1 $witnesses >/dev/null
is $? 1 "a changed cosignature spoils it"
tap_done
