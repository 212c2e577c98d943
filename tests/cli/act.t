#!/bin/sh
# Acts on records from the command line: filed, addressed by themselves, refused with a reason, shown in the ledger.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan} n=$TMPDIR/act-kz
charter=charters/tashkent-2000.yaml

run() { # STATUS NAME ARGS...: output in $out, errors in $err
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}
body='{"class":"GOODS","stage":"OCCURRED","when":{"aware_at":"2018-05-27T20:00:00Z","precision":"DAY"},
"response":[{"lang":"en","text":"Seen."}]}'
printf '%s' "$body" >"$TMPDIR/body.json"
"$d" init "$n" --charter $charter --member kz --address 127.0.0.1:7101 >/dev/null
for i in 0 1 2; do
	run 0 "record $i" file "$n" --kind incident --channel incidents --to parties:treaty --basis treaty:7 --purpose P01 \
	    --tlp AMBER --body "$TMPDIR/body.json"
done

run 0 'an act, printed' act "$n" block kz/0 --reason PROCEDURE --print
has "$out" '"type":"BLOCK"' 'says what it does'
has "$out" '"delivery":["kg","kz","tj","uz"]' 'and goes to all who had the record'
run 2 'an act that there is not' act "$n" burn kz/0 --reason OTHER
has "$err" 'delete, recall' 'the acts there are'
run 1 'an order without a reason' act "$n" delete kz/0
has "$err" 'R-93' 'by its rule'
run 4 'a recall from one who never had it' act "$n" recall kz/0 --reason WRONG_ADDRESSEE --members tm
has "$err" 'not a member that the record was delivered to' 'why'
run 4 'due too late' act "$n" delete kz/0 --reason UNLAWFUL --due 2099-01-01T00:00:00Z
has "$err" 'later than the law allows' 'why'
run 4 'an answer to oneself' ack "$n" kz/0
has "$err" 'filed by a recipient' 'why'
run 2 'kept without a reason' keep "$n" kz/0
run 1 'kept for a reason that is none' keep "$n" kz/0 --reason NO_LONGER_NEEDED --text 'We like it'
has "$err" 'R-99' 'by its rule'
run 3 'about what is not there' act "$n" block kz/99 --reason PROCEDURE

run 0 'blocked' act "$n" block kz/0 --reason PROCEDURE
has "$out" 'Filed kz/3' 'filed'
run 0 'marked anew' act "$n" mark kz/1 --tlp GREEN --json
run 0 'the new marking' show "$n" kz/1 --purpose P01
has "$out" 'TLP:GREEN' 'shows'
run 0 'raised' act "$n" mark kz/1 --tlp RED
run 4 'and hidden' show "$n" kz/1 --purpose P01
run 2 'a class of a strange form' act "$n" mark kz/1 --class secret
run 0 'ordered' act "$n" delete kz/2 --reason INACCURATE
run 4 'the record is hidden' show "$n" kz/2 --purpose P01
run 4 'an act on an act' act "$n" delete kz/6 --reason INACCURATE
has "$err" 'not acted on itself' 'why'

run 0 'ledger' ledger "$n"
has "$out" 'kz/6 DELETE_ORDER by kz' 'shows what is open'
has "$out" 'not delivered' 'and how far it is'
has "$out" '3 to do, 0 done, 0 kept, 0 late, 3 not delivered' 'in sum'
run 0 'of a record' ledger "$n" kz/2 --json
has "$out" '"type":"DELETE_ORDER"' 'the acts about it'
has "$out" '"member":"tj","need":"erase it","state":"not delivered","late":false' 'each addressee'
run 0 'of a record without acts' ledger "$n" 00000000000000000000000000000000
has "$out" 'There is no act about it' 'none'

run 0 'retention' retention "$n"
has "$out" 'Nothing is due.' 'nothing is due'
run 0 'no grace' retention "$n" --delete-grace 0
run 0 'shown' retention "$n" --json
has "$out" '"delete_grace_hours":0' 'at once'
run 2 'too much of it' retention "$n" --delete-grace 73
tap_done
