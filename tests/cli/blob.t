#!/bin/sh
# Attachments from a file to an officer: put in with and without a running node, named by records, listed and got by who may.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan} n=$TMPDIR/kz
charter=charters/tashkent-2000.yaml
pids='' p='' kz='' kg=''
trap 'for p in $pids; do kill "$p" 2>/dev/null; done' EXIT

run() { # STATUS NAME ARGS...: output in $out, errors in $err
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}
until_true() { # SECONDS COMMAND...
	i=$(($1 * 5)); shift
	while [ $i -gt 0 ] && ! "$@" >/dev/null 2>&1; do sleep 0.2; i=$((i - 1)); done
	[ $i -gt 0 ]
}
sha() { sha256sum "$1" | cut -d ' ' -f 1; }

port=$((20000 + $$ % 20000))
for m in kz kg; do
	"$d" init "$TMPDIR/$m" --charter $charter --member $m --address 127.0.0.1:$port >/dev/null
	"$d" pair "$TMPDIR/$m" >"$TMPDIR/$m.card" 2>/dev/null
	port=$((port + 1))
done
seq 200000 >"$TMPDIR/numbers.txt"
head -c 262144 "$TMPDIR/numbers.txt" >"$TMPDIR/part.bin"
echo 'a protocol' >"$TMPDIR/protocol.pdf"
: >"$TMPDIR/nothing"
body='"body":{"class":"SHOOTING","stage":"OCCURRED","when":{"aware_at":"2018-05-27T20:00:00+06:00","precision":"DAY"},
"response":[{"lang":"en","text":"Patrol sent."}]'
envelope='--kind incident --channel incidents --basis treaty:3 --purpose P05 --tlp AMBER'
sees="--purpose P05"

# ---- no node runs --------------------------------------------------------------------------------------------------------
run 0 'attach' attach "$n" "$TMPDIR/protocol.pdf" "$TMPDIR/part.bin" "$TMPDIR/nothing"
is "$(head -n 1 "$TMPDIR/out")" "{\"sha256\":\"$(sha "$TMPDIR/protocol.pdf")\",\"bytes\":11,\"media\":\"application/pdf\"}" \
	'what a record says of it'
is "$(sed -n 2p "$TMPDIR/out")" \
	"{\"sha256\":\"$(sha "$TMPDIR/part.bin")\",\"bytes\":262144,\"media\":\"application/octet-stream\"}" \
	'of a file of exactly one part'
has "$(sed -n 3p "$TMPDIR/out")" '"bytes":0,' 'and of an empty one'
run 0 'attach with media type and title' attach "$n" "$TMPDIR/protocol.pdf" --media 'text/plain;charset=utf-8' --title 'Protocol 3'
has "$out" '"media":"text/plain;charset=utf-8","title":"Protocol 3"}' 'both are there'
protocol=$out
run 2 'a media type that is none' attach "$n" "$TMPDIR/protocol.pdf" --media pdf
run 3 'a file that is not there' attach "$n" "$TMPDIR/none"
run 2 'a folder' attach "$n" "$TMPDIR"
truncate -s 67108865 "$TMPDIR/huge"
run 1 'a file past 64 MiB' attach "$n" "$TMPDIR/huge"
has "$err" 'at most 67108864' 'names the bound'
rm "$TMPDIR/huge"
printf '%s' "{$body,\"documents\":[$protocol]}}" | tr -d '\n' >"$TMPDIR/named.json"
# shellcheck disable=SC2086 # words
run 0 'a record that names it' file "$n" $envelope --to list:kg "$TMPDIR/named.json"
sed "s/$(sha "$TMPDIR/protocol.pdf")/$(sha "$TMPDIR/numbers.txt")/" "$TMPDIR/named.json" >"$TMPDIR/unheld.json"
# shellcheck disable=SC2086
run 1 'a record that names what is not here' file "$n" $envelope --to list:kg "$TMPDIR/unheld.json"
has "$err" '`diwan attach` puts a file in' 'says what to do'
printf '%s' "{$body}}" | tr -d '\n' >"$TMPDIR/plain.json"
# shellcheck disable=SC2086
run 0 'print with an attachment' file "$n" $envelope --to list:kg --attach "$TMPDIR/numbers.txt" --print "$TMPDIR/plain.json"
has "$out" "\"documents\":[{\"sha256\":\"$(sha "$TMPDIR/numbers.txt")\",\"bytes\":1288895,\"media\":\"text/plain\"}],\"class\"" \
	'it stands in the body'
# shellcheck disable=SC2086
run 0 'file with an attachment' file "$n" $envelope --to list:kg --attach "$TMPDIR/numbers.txt" "$TMPDIR/plain.json"
# shellcheck disable=SC2086
run 0 'file with one more' file "$n" $envelope --to list:kg --attach "$TMPDIR/numbers.txt" --media text/csv "$TMPDIR/named.json"
echo '{"kind":"position","body":{}}' >"$TMPDIR/position.json"
run 2 'a kind without a place for it' file "$n" --attach "$TMPDIR/numbers.txt" "$TMPDIR/position.json"
has "$err" 'no "documents"' 'says so'
run 2 'media without a file' file "$n" --media text/plain "$TMPDIR/plain.json"

# ---- who may see -----------------------------------------------------------------------------------------------------------
run 0 'list without a purpose' blob list "$n"
has "$out" 'No attachment of a record that you see in full' 'shows none'
has "$out" '--purpose P01' 'and says what to add'
run 0 'list' blob list "$n" $sees
is "$(printf '%s\n' "$out" | wc -l)" 2 'two attachments'
has "$out" 'kz/0' 'with the record'
has "$out" 'Protocol 3' 'and the title'
run 0 'list as JSON' blob list "$n" $sees --json
has "$out" "{\"sha256\":\"$(sha "$TMPDIR/numbers.txt")\",\"bytes\":1288895,\"media\":\"text/plain\",\"record\":\"kz/1\"," \
	'with its record'
has "$out" '"record":"kz/1","state":"here"}' \
	'with its state'
run 0 'get by record' blob get "$n" kz/1 $sees -o "$TMPDIR/got"
cmp -s "$TMPDIR/got" "$TMPDIR/numbers.txt"; ok $? 'the bytes are the same'
run 1 'nothing is overwritten' blob get "$n" kz/1 $sees -o "$TMPDIR/got"
run 0 'get by name to standard output' blob get "$n" "$(sha "$TMPDIR/protocol.pdf")" $sees
is "$out" 'a protocol' 'its bytes'
run 1 'a record that names two' blob get "$n" kz/2 $sees
run 4 'get by record without a purpose' blob get "$n" kz/1
run 3 'get by name without a purpose' blob get "$n" "$(sha "$TMPDIR/numbers.txt")"
without=$(printf '%s' "$err" | sed 's/[0-9a-f]\{64\}//')
run 3 'get of what there is not' blob get "$n" "$(printf 'x' | sha256sum | cut -d ' ' -f 1)"
is "$(printf '%s' "$err" | sed 's/[0-9a-f]\{64\}//')" "$without" 'says the same'
run 3 'get of what no record names' blob get "$n" "$(sha "$TMPDIR/part.bin")" $sees
run 3 'an auditor gets none' blob get "$n" "$(sha "$TMPDIR/numbers.txt")" $sees --role auditor
run 2 'neither get nor list' blob put "$n"
run 0 'check' check "$n"

# ---- running nodes ---------------------------------------------------------------------------------------------------------
"$d" pair "$TMPDIR/kz" --add "$TMPDIR/kg.card" --yes >/dev/null
"$d" pair "$TMPDIR/kg" --add "$TMPDIR/kz.card" --yes >/dev/null
for m in kz kg; do
	"$d" serve "$TMPDIR/$m" >"$TMPDIR/$m.out" 2>"$TMPDIR/$m.log" &
	eval "$m=$!"
	pids="$pids $!"
done
for m in kz kg; do
	until_true 20 grep -q "^ready $m" "$TMPDIR/$m.out"; ok $? "$m runs"
done
until_true 30 "$d" blob get "$TMPDIR/kg" kz/1 $sees -o "$TMPDIR/at-kg"; ok $? 'attachments arrive at the other node'
cmp -s "$TMPDIR/at-kg" "$TMPDIR/numbers.txt"; ok $? 'byte for byte'
head -c 5000000 /dev/urandom >"$TMPDIR/large.png"
until_true 20 "$d" attach "$n" "$TMPDIR/large.png"; ok $? 'attach through the running node'
run 0 'attach once more' attach "$n" "$TMPDIR/large.png"
is "$out" "{\"sha256\":\"$(sha "$TMPDIR/large.png")\",\"bytes\":5000000,\"media\":\"image/png\"}" 'is the same'
# shellcheck disable=SC2086
until_true 30 "$d" file "$n" $envelope --to list:kg --attach "$TMPDIR/large.png" "$TMPDIR/plain.json"
ok $? 'file with it through the running node'
last=$("$d" list "$n" --json | grep -o '"label":"kz/[0-9]*"' | head -n 1 | sed 's/.*"\(kz[^"]*\)"/\1/')
until_true 30 "$d" blob get "$TMPDIR/kg" "$last" $sees -o "$TMPDIR/large-at-kg"; ok $? 'it arrives'
cmp -s "$TMPDIR/large-at-kg" "$TMPDIR/large.png"; ok $? 'byte for byte'
kill "$kz" "$kg"; wait "$kz"; wait "$kg"; pids=''
run 0 'check of the receiver' check "$TMPDIR/kg"
tap_done
