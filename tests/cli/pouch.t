#!/bin/sh
# Pouches on the command line: between stopped nodes, into and out of a running one, in any order, with one missing, for others.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan}
charter=charters/tashkent-2000.yaml
pid=''
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null' EXIT

run() { # STATUS NAME ARGS...: output in $out, errors in $err
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}

port=$((20000 + $$ % 20000))
for m in kz kg tj; do
	"$d" init "$TMPDIR/$m" --charter $charter --member $m --address 127.0.0.1:$port >/dev/null
	"$d" pair "$TMPDIR/$m" >"$TMPDIR/$m.card" 2>/dev/null
	port=$((port + 1))
done
"$d" pair "$TMPDIR/kz" --add "$TMPDIR/kg.card" --yes >/dev/null
"$d" pair "$TMPDIR/kg" --add "$TMPDIR/kz.card" --yes >/dev/null
# Nobody can be asked what was seen of a log: the operators say that these nodes are new.
for m in kz kg; do run 0 'an operator'"'"'s word' resume "$TMPDIR/$m"; done

cat >"$TMPDIR/body.json" <<'X'
{"class":"SHOOTING","stage":"OCCURRED","title":[{"lang":"en","text":"Shots at a pasture"}],
"when":{"aware_at":"2018-05-27T20:00:00+06:00","occurred_from":"2018-05-27T19:30:00+06:00","precision":"HOUR"},
"where":{"geo":{"lon":"71.1","lat":"40.2","status":"UNDEMARCATED"},"precision":"NEAR"},
"response":[{"lang":"en","text":"Patrol sent."}],"confidence":"PROBABLE"}
X
file() { "$d" file "$TMPDIR/kz" --kind incident --channel incidents --to parties:treaty --basis treaty:3 --purpose P05 --tlp AMBER \
	--body "$TMPDIR/body.json" >/dev/null; }
p=$TMPDIR/p
mkdir "$p"
file; file

# ---- stopped -----------------------------------------------------------------------------------------------------------
run 0 pack pouch pack "$TMPDIR/kz" kg "$p/1.age"
has "$out" 'from entry 0 to 2' 'says what it holds'
is "$(head -c 21 "$p/1.age")" 'age-encryption.org/v1' 'an age file'
is "$(stat -c %a "$p/1.age")" 600 'that nobody else reads'
run 1 'pack over a file' pouch pack "$TMPDIR/kz" kg "$p/1.age"
run 3 'pack for a member who is not paired' pouch pack "$TMPDIR/kz" tj "$p/x.age"
run 3 'pack for nobody' pouch pack "$TMPDIR/kz" xx "$p/x.age"
run 1 'pack from past the end' pouch pack "$TMPDIR/kz" kg "$p/x.age" --from 5000
run 2 'pack with two beginnings' pouch pack "$TMPDIR/kz" kg "$p/x.age" --from 0 --all
[ ! -e "$p/x.age" ]; ok $? 'nothing is left of these'
run 0 show pouch show "$TMPDIR/kg" "$p/1.age"
has "$out" 'from         kz' 'who'
has "$out" 'entries      0 to 2' 'what'
run 0 'show as JSON' pouch show "$TMPDIR/kg" "$p/1.age" --json
has "$out" '"from":"kz","to":"kg"' 'the same'
run 4 'show by another member' pouch show "$TMPDIR/tj" "$p/1.age"
has "$err" 'present card' 'says why'
run 4 'open by another member' pouch open "$TMPDIR/tj" "$p/1.age"
run 0 open pouch open "$TMPDIR/kg" "$p/1.age"
has "$out" '2 new entries, 2 records' 'says what came'
run 0 'open again' pouch open "$TMPDIR/kg" "$p/1.age" --json
has "$out" '"entries":0,"payloads":0' 'nothing new'
run 0 'it is there' list "$TMPDIR/kg" --purpose P05
has "$out" 'Shots at a pasture' 'to be read'
run 0 'pack back' pouch pack "$TMPDIR/kg" kz "$p/back.age" --json
run 0 'open it' pouch open "$TMPDIR/kz" "$p/back.age"
has "$out" '1 record' 'the receipt'
head -c 3000 "$p/1.age" >"$p/cut.age"
run 1 'a cut file' pouch open "$TMPDIR/kg" "$p/cut.age"
has "$err" 'nothing of it was taken in' 'is refused'
run 1 'no pouch' pouch open "$TMPDIR/kg" "$TMPDIR/body.json"
run 3 'no file' pouch open "$TMPDIR/kg" "$p/none.age"
run 2 'no verb' pouch send "$TMPDIR/kg" "$p/1.age"
run 2 'open with an option of pack' pouch open "$TMPDIR/kg" "$p/1.age" --all
run 2 'pack without a file' pouch pack "$TMPDIR/kz" kg

# ---- order --------------------------------------------------------------------------------------------------------------
i=0
while [ $i -lt 300 ]; do
	sed -n 1,4p "$TMPDIR/body.json" | tr -d '\n' | sed 's/.*/{"body":&}/'; echo
	i=$((i + 1))
done >"$TMPDIR/many"
"$d" file "$TMPDIR/kz" "$TMPDIR/many" --kind incident --channel incidents --to parties:treaty --basis treaty:3 --purpose P05 \
	--tlp AMBER >/dev/null; is $? 0 'three hundred more'
run 0 'pack the second part' pouch pack "$TMPDIR/kz" kg "$p/b.age" --from 256
run 1 'opened alone' pouch open "$TMPDIR/kg" "$p/b.age"
has "$err" 'Ask kz for a pouch from entry 2' 'leaves a gap, and says what to ask for'
run 0 'pack what is due' pouch pack "$TMPDIR/kz" kg "$p/c.age"
run 0 'both, in the wrong order' pouch open "$TMPDIR/kg" "$p/b.age" "$p/c.age"
run 0 sound check "$TMPDIR/kg"

# ---- a running node -----------------------------------------------------------------------------------------------------
file
run 0 'pack for a node that runs' pouch pack "$TMPDIR/kz" kg "$p/d.age"
"$d" serve "$TMPDIR/kg" >"$TMPDIR/kg.out" 2>"$TMPDIR/kg.log" &
pid=$!
i=200
while [ $i -gt 0 ] && ! grep -q '^ready' "$TMPDIR/kg.out"; do sleep 0.1; i=$((i - 1)); done
[ $i -gt 0 ]; ok $? 'kg runs'
run 0 'open into the running node' pouch open "$TMPDIR/kg" "$p/d.age"
has "$out" '1 new entry, 1 record' 'it came'
is "$(find "$TMPDIR/kg/pouch" -type f | wc -l)" 0 'and nothing is left in its folder'
run 4 'a pouch for another' pouch open "$TMPDIR/kg" "$p/back.age"
run 0 'pack beside the running node' pouch pack "$TMPDIR/kg" kz "$p/e.age"
run 0 'and open it' pouch open "$TMPDIR/kz" "$p/e.age"
kill -TERM $pid; wait $pid; is $? 0 'it ends cleanly'
pid=''
run 0 sound check "$TMPDIR/kz"
tap_done
