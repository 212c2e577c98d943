#!/bin/sh
# Key files: sealed and opened again, a change by plan, a new epoch; and what starts with which passphrase.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan}
n=$TMPDIR/kz pid=''
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null' EXIT

run() { # STATUS NAME ARGS...: output in $out, errors in $err; the passphrase, if any, on descriptor 5
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null 5<"$TMPDIR/pass"; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}

echo 'a passphrase of some length' >"$TMPDIR/pass"
port=$((20000 + $$ % 20000))
run 0 init init "$n" --charter charters/tashkent-2000.yaml --member kz --address 127.0.0.1:$port
open=$(cat "$n/keys/log.key")

# ---- sealed --------------------------------------------------------------------------------------------------------------
run 4 'seal without a passphrase' keys "$n" seal
has "$err" 'passphrase' 'says what is missing'
run 0 'seal' keys "$n" seal --passphrase-fd 5
has "$out" 'Sealed 3 keys' 'log, witness and pouch'
has "$(cat "$n/keys/log.key")" 'diwan-sealed-key-v1 log' 'the file is of the sealed form'
! grep -qF "$(echo "$open" | cut -d' ' -f4)" "$n"/keys/*; ok $? 'no file has the seed'
is "$(stat -c %a "$n/keys/log.key")" 600 'readable by its owner alone'
run 0 'seal again' keys "$n" seal --passphrase-fd 5
has "$out" 'Nothing to do' 'is nothing'
run 4 'serve without a passphrase' serve "$n"
mkfifo "$TMPDIR/ask"
"$d" serve "$n" --passphrase-fd 5 >/dev/null 2>&1 </dev/null 5<>"$TMPDIR/ask" &
pid=$!; i=50; while [ $i -gt 0 ] && [ -z "$(pgrep -P $pid)" ]; do sleep 0.1; i=$((i - 1)); done
has "$(tr -s ' ' <"/proc/$pid/limits")" 'Max core file size 0 0' 'a process that waits for the passphrase leaves no core dump'
kill -9 $pid; wait $pid 2>/dev/null; pid=''
echo 'another' >"$TMPDIR/wrong"
"$d" serve "$n" --passphrase-fd 5 >/dev/null 2>"$TMPDIR/err" </dev/null 5<"$TMPDIR/wrong"; is $? 4 'serve with a wrong one: exit 4'
has "$(cat "$TMPDIR/err")" 'the passphrase is wrong' 'says so'
"$d" serve "$n" --passphrase-fd 5 >"$TMPDIR/serve" 2>"$TMPDIR/log" </dev/null 5<"$TMPDIR/pass" &
pid=$!
i=100; while [ $i -gt 0 ] && ! grep -q '^ready' "$TMPDIR/serve"; do sleep 0.1; i=$((i - 1)); done
[ $i -gt 0 ]; ok $? 'serve with the right one'
has "$(cat "$TMPDIR/log")" 'process=signer' 'the log says what the signer gave up'
[ "$(pgrep -P "$pid" | wc -l)" = 1 ]; ok $? 'the signer is a process of its own'
run 5 'no planned change while it runs' keys "$n" rotate witness
kill "$pid"; wait "$pid"; is $? 0 'it ends in good order'; pid=''

# ---- changed ------------------------------------------------------------------------------------------------------------
mkdir "$TMPDIR/cred" && cp "$TMPDIR/pass" "$TMPDIR/cred/diwan-passphrase"
CREDENTIALS_DIRECTORY=$TMPDIR/cred; export CREDENTIALS_DIRECTORY
run 0 'a change by plan, the passphrase as a credential' keys "$n" rotate log --days 3
has "$out" 'takes over on' 'says when'
run 1 'one at a time' keys "$n" rotate log
run 1 'of a key that there is' keys "$n" rotate door
run 2 'epoch without a yes' epoch "$n"
run 0 'epoch' epoch "$n" --yes
has "$out" '.diwan/kz/2+' 'prints the new card'
[ ! -e "$n/keys/log.next.key" ]; ok $? 'no next key is left'
run 0 'unseal' keys "$n" unseal
run 0 'check' check "$n"
run 0 'status of it' status "$n"
has "$out" 'Own log: 1 entries' 'the new log has its first entry'
tap_done
