#!/bin/sh
# Two running nodes: the control socket in place of the folder, records that arrive, a clock moved by a file, a clean end.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan}
charter=charters/tashkent-2000.yaml
pids='' p='' kz='' kg=''
trap 'for p in $pids; do kill "$p" 2>/dev/null; done' EXIT

run() { # STATUS NAME ARGS...: output in $out, errors in $err
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}
until_says() { # SECONDS FILE PART: wait for it
	i=$(($1 * 10))
	while [ $i -gt 0 ] && ! grep -q "$3" "$2" 2>/dev/null; do sleep 0.1; i=$((i - 1)); done
	[ $i -gt 0 ]
}
until_true() { # SECONDS COMMAND...
	i=$(($1 * 5)); shift
	while [ $i -gt 0 ] && ! "$@" >/dev/null 2>&1; do sleep 0.2; i=$((i - 1)); done
	[ $i -gt 0 ]
}

# Ports of this process: two tests at a time do not meet.
port=$((20000 + $$ % 20000))
for m in kz kg; do
	"$d" init "$TMPDIR/$m" --charter $charter --member $m --address 127.0.0.1:$port >/dev/null
	"$d" pair "$TMPDIR/$m" >"$TMPDIR/$m.card" 2>/dev/null
	port=$((port + 1))
done
printf '\000\000\000\000\000\000\000\000' >"$TMPDIR/clock"
run 0 'pairing while no node runs' pair "$TMPDIR/kz" --add "$TMPDIR/kg.card" --yes
for m in kz kg; do
	"$d" serve "$TMPDIR/$m" --clock "$TMPDIR/clock" >"$TMPDIR/$m.out" 2>"$TMPDIR/$m.log" &
	eval "$m=$!"
	pids="$pids $!"
done
for m in kz kg; do
	until_says 20 "$TMPDIR/$m.out" "^ready $m 127.0.0.1:"; ok $? "$m says that it is ready"
done
has "$(cat "$TMPDIR/kz.log")" 'the clock is shifted' 'a shifted clock is a warning'
run 5 'a second node on the same folder' serve "$TMPDIR/kz" --listen 127.0.0.1:1
run 0 'pairing through the running node' pair "$TMPDIR/kg" --add "$TMPDIR/kz.card" --yes
until_true 20 sh -c "'$d' status '$TMPDIR/kz' --json | grep -q '\"guard\":{\"state\":\"open\"'"
ok $? 'kz may file when kg has said what it has seen'
run 0 status status "$TMPDIR/kz"
has "$out" 'running, 127.0.0.1:' 'status says that it runs'

cat >"$TMPDIR/body.json" <<'X'
{"class":"SHOOTING","stage":"OCCURRED","title":[{"lang":"en","text":"Shots at a pasture"}],
"when":{"aware_at":"2018-05-27T20:00:00+06:00","occurred_from":"2018-05-27T19:30:00+06:00","precision":"HOUR"},
"where":{"geo":{"lon":"71.1","lat":"40.2","status":"UNDEMARCATED"},"precision":"NEAR"},
"response":[{"lang":"en","text":"Patrol sent."}],"confidence":"PROBABLE"}
X
set -- file "$TMPDIR/kz" --kind incident --channel incidents --to parties:treaty --basis treaty:3 --purpose P05 --tlp AMBER \
	--body "$TMPDIR/body.json"
run 0 'filing through the running node' "$@"
is "$out" 'Filed kz/0.' 'filed'
run 4 'a refusal comes through' "$@" --authority kg-competent
has "$err" 'not filed (law)' 'with its reason'
until_true 20 sh -c "'$d' list '$TMPDIR/kg' --purpose P05 | grep -q 'Shots at a pasture'"; ok $? 'it arrives at the other node'
run 0 'and is verified there' verify "$TMPDIR/kg" --member kz
has "$out" '1 entries, 1 tiles, 1 records match' 'in full'
run 0 'the newest checkpoint comes from the running node' prove "$TMPDIR/kz" kz/0 -o "$TMPDIR/p.tlog-proof"
for c in check rebuild; do run 0 "$c of a running node" $c "$TMPDIR/kz"; done
(cd "$TMPDIR" && "$d" backup kz copy.db >/dev/null); is $? 0 'backup of a running node to a relative path'
[ -s "$TMPDIR/copy.db" ]; ok $? 'lands where it was asked for'
run 0 'update through the running node' file "$TMPDIR/kz" --update kz/0 --tlp GREEN

# ---- the clock: a day later, in milliseconds 86400000 = 0x05265C00 -------------------------------------------------------
before=$("$d" status "$TMPDIR/kz" --json | sed 's/.*"now":"\([0-9-]*\).*/\1/')
printf '\000\134\046\005\000\000\000\000' >"$TMPDIR/later" && dd if="$TMPDIR/later" of="$TMPDIR/clock" conv=notrunc 2>/dev/null
after=$("$d" status "$TMPDIR/kz" --json | sed 's/.*"now":"\([0-9-]*\).*/\1/')
[ "$before" != "$after" ]; ok $? 'the file moves the clock of a running node'
run 0 'status of it' status "$TMPDIR/kz"
has "$out" 's from this machine' 'says that its clock is not the machine'"'"'s'
run 0 'what is filed then' "$@"
filed=$("$d" list "$TMPDIR/kz" --limit 1 --json | sed 's/.*"filed_at":"\([0-9-]*\).*/\1/')
is "$filed" "$after" 'bears its day'
run 1 'a clock file of another size' serve "$TMPDIR/kz" --clock "$TMPDIR/body.json"

# ---- the end ------------------------------------------------------------------------------------------------------------
kill -TERM "$kz"; wait "$kz"; is $? 0 'SIGTERM ends it cleanly'
kill -INT "$kg"; wait "$kg"; is $? 0 'so does SIGINT'
[ ! -e "$TMPDIR/kz/node.sock" ]; ok $? 'the control socket is gone'
case $(cat "$TMPDIR/kz.log" "$TMPDIR/kg.log") in *pasture*) false ;; esac; ok $? 'the log holds nothing of a record'
run 0 'the folder is sound' check "$TMPDIR/kg"
tap_done
