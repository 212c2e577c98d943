#!/bin/sh
# One node, not running: made, filed into, read, checked, proven, exported; every refusal with its exit code.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan} n=$TMPDIR/kz
charter=charters/tashkent-2000.yaml

run() { # STATUS NAME ARGS...: output in $out, errors in $err
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out") err=$(cat "$TMPDIR/err")
}

# ---- charter, init, pair -----------------------------------------------------------------------------------------------
run 0 'charter check' charter check $charter
has "$out" 'Sound: tashkent-2000' 'a sound charter'
sed 's/status: member/status: membre/' $charter >"$TMPDIR/bad.yaml"
run 1 'charter check of a bad file' charter check "$TMPDIR/bad.yaml"
has "$out" "$TMPDIR/bad.yaml:" 'complaints name the file'
has "$out" '"membre"' 'and the word'
run 1 'the same as JSON' charter check "$TMPDIR/bad.yaml" --json
has "$out" '"ok":false' 'not ok'
run 0 'charter show' charter show $charter --as-of 2018-05-28
has "$out" 'treaty      BOUND  BOUND  BOUND  BOUND  NOT_PARTY' 'the binding matrix'

run 3 'init for a member the charter does not name' init "$n" --charter $charter --member xx --address 127.0.0.1:7101
[ ! -e "$n" ]; ok $? 'nothing is left of it'
run 0 init init "$n" --charter $charter --member kz --address 127.0.0.1:7101
words=$(printf '%s\n' "$out" | sed -n 's/^Its words: //p')
run 1 'init again' init "$n" --charter $charter --member kz --address 127.0.0.1:7101
run 0 pair pair "$n"
is "$(head -n 1 "$TMPDIR/out")" 'diwan-card-v2' 'the card is what stands on standard output'
has "$err" "$words" 'its words on standard error'
for m in kg tm; do
	"$d" init "$TMPDIR/$m" --charter $charter --member $m --address 127.0.0.1:7102 >/dev/null
	"$d" pair "$TMPDIR/$m" >"$TMPDIR/$m.card" 2>"$TMPDIR/$m.words"
done
kgwords=$(sed 's/.*: //' "$TMPDIR/kg.words")
run 2 'a card without a person to compare words' pair "$n" --add "$TMPDIR/kg.card"
has "$err" "$kgwords" 'its words are shown'
run 1 'wrong words' pair "$n" --add "$TMPDIR/kg.card" --words 'babab babab babab babab babab babab'
run 0 'right words, however they are written' pair "$n" --add "$TMPDIR/kg.card" --words "$(echo "$kgwords" | tr 'a-z ' 'A-Z,')"
has "$out" 'Paired with kg' 'paired'
run 0 'yes' pair "$n" --add "$TMPDIR/tm.card" --yes --json
has "$out" '"paired":"tm"' 'as JSON'
sed 's/member kg/member uz/' "$TMPDIR/kg.card" >"$TMPDIR/forged.card"
run 0 'no member can be asked yet' resume "$n"
has "$out" 'without asking' 'so an operator gives his word'
run 1 'a card whose key is another name' pair "$n" --add "$TMPDIR/forged.card" --yes
run 2 '--yes without --add' pair "$n" --yes

# ---- filing --------------------------------------------------------------------------------------------------------------
cat >"$TMPDIR/body.json" <<'X'
{
 "class": "SHOOTING", "stage": "OCCURRED",
 "title": [{"lang": "en", "text": "Shots at a pasture"}, {"lang": "ru", "text": "Выстрелы"}],
 "when": {"aware_at": "2018-05-27T20:00:00+06:00", "occurred_from": "2018-05-27T19:30:00+06:00", "precision": "HOUR"},
 "where": {"geo": {"lon": "71.1", "lat": "40.2", "radius_m": 500, "status": "UNDEMARCATED"}, "precision": "NEAR"},
 "counts": {"persons": 12, "dead": 2},
 "facts": [{"lang": "en", "text": "Two lines\nand a \u001b[31mtrap\u001b[0m"}],
 "response": [{"lang": "en", "text": "Patrol sent."}], "confidence": "PROBABLE"
}
X
envelope="--kind incident --channel incidents --to parties:treaty --basis treaty:3 --purpose P05 --pd COUNTS"
# shellcheck disable=SC2086 # words
file() { status=$1 what=$2; shift 2; run "$status" "$what" file "$n" $envelope "$@"; }
sed 's/\\u001b/ /g' "$TMPDIR/body.json" >"$TMPDIR/fine.json"
file 1 'a record with a forbidden character' --tlp AMBER --body "$TMPDIR/body.json"
has "$err" 'line 1: not filed (input)' 'is refused with its line'
file 0 'a body with options' --tlp AMBER --body "$TMPDIR/fine.json"
is "$out" 'Filed kz/0.' 'filed'
file 1 'no marking is invented' --body "$TMPDIR/fine.json"
has "$err" 'tlp' 'the refusal names tlp'
run 1 'no basis is invented' file "$n" --kind incident --channel incidents --to parties:treaty --purpose P05 --tlp AMBER \
	--body "$TMPDIR/fine.json"
has "$err" '--basis treaty:ARTICLE' 'the refusal says what to give'
run 4 'what the law refuses' file "$n" --kind incident --channel drugs --to parties:treaty --basis treaty:3 --purpose P05 \
	--tlp AMBER --pd COUNTS --body "$TMPDIR/fine.json"
has "$err" 'not filed (law)' 'is said to be law'
run 0 'print' file "$n" --kind incident --channel incidents --to list:kg --basis treaty:3 --purpose P05 --tlp AMBER --pd COUNTS \
	--exclude tj --body "$TMPDIR/fine.json" --print
has "$out" '"audience":{"base":"LIST","members":["kg"],"exclude":["tj"]},"delivery":["kg","kz"]' 'audience and delivery'
printf '%s\n%s\n\n{"diwan":\n' "$out" "$out" >"$TMPDIR/lines.ndjson"
run 1 'complete records, one a line' file "$n" "$TMPDIR/lines.ndjson" --json
is "$(printf '%s\n' "$out" | sed 's/,"i.*//; s/,"code":"\([a-z]*\)".*/ \1/' | tr '\n' '|')" \
	'{"line":1,"ok":true|{"line":2,"ok":false conflict|{"line":4,"ok":false input|' \
	'each line has its result, numbered as in the file'
run 0 'update' file "$n" --update kz/0 --tlp GREEN
run 1 'update of what is not the newest' file "$n" --update kz/0 --tlp RED
has "$err" 'not the newest version' 'says so'
printf '%s' '{"kind":"nonsense"}' | "$d" file "$n" --complete >"$TMPDIR/out" 2>&1; is $? 1 'an unknown kind'
printf '%s' '{"colour":"red"}' | "$d" file "$n" --complete >"$TMPDIR/out" 2>&1
has "$(cat "$TMPDIR/out")" 'colour: is no member' 'an unknown member'

# ---- reading -------------------------------------------------------------------------------------------------------------
run 0 'list without a purpose' list "$n"
has "$out" 'META' 'shows envelopes only'
has "$out" '--purpose P01' 'and says what to add'
case $out in *pasture*) false ;; esac; ok $? 'no title among them'
run 0 'list' list "$n" --purpose P05
has "$out" 'Shots at a pasture' 'with titles'
is "$(printf '%s\n' "$out" | awk '{ if (length($0) > w) w = length($0) } END { print (w <= 100) }')" 1 'fits 100 columns'
is "$("$d" list "$n" --purpose P05 --json | grep -o '"label":"[^"]*"' | tr '\n' ' ')" '"label":"kz/2" "label":"kz/1" ' \
	'newest first, replaced versions left out'
is "$("$d" list "$n" --all-versions --limit 1 --json | grep -o '"cursor":.*')" '"cursor":"kz/2"}' 'a page ends with a cursor'
is "$("$d" list "$n" --all-versions --limit 2 --cursor kz/2 --json | grep -o '"label":"[^"]*"\|"cursor":[^}]*' | tr '\n' ' ')" \
	'"label":"kz/1" "label":"kz/0" "cursor":null ' 'the next page goes on there and ends'
for f in '--kind notice' '--channel drugs' '--from kg' '--mode TEST' '--state CLOSED' '--until 2000-01-01' '--since 2999-01-01'; do
	# shellcheck disable=SC2086 # words
	is "$("$d" list "$n" $f --json)" '{"records":[],"cursor":null}' "list $f finds nothing"
done
run 2 'a kind that is none' list "$n" --kind frob
run 2 'a channel that is none' list "$n" --channel frob
run 0 'show' show "$n" kz/0 --purpose P05 --lang ru
has "$out" 'Выстрелы [ru; also en]' 'text in the preferred language'
has "$out" 'a later version has replaced this one' 'what happened since'
run 0 'show by id' show "$n" "$("$d" show "$n" kz/0 --json | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')" --json --purpose P05
has "$out" '"label":"kz/2"' 'means the newest version'
has "$out" '"record":{"diwan":1,' 'the record is there in full'
run 0 'show without a purpose' show "$n" kz/2 --json
case $out in *'"record"'* | *'"body"'*) false ;; esac; ok $? 'no body without a purpose'
has "$out" '"commitment":"' 'the commitment is there'
run 3 'a label beyond the log' show "$n" kz/9
run 3 'an id that is not there' show "$n" 00000000000000000000000000000000
run 1 'a word that is neither' show "$n" seventeen
run 0 'an auditor sees the envelope' show "$n" kz/2 --role auditor --purpose P05 --json
has "$out" '"level":"META"' 'META'
run 0 'why' why "$n" kz/2
has "$out" 'tm      NONE      withheld  G3 not-listed' 'who is not given it'
has "$out" 'parties of "treaty" on' 'on what ground'
run 0 'why for one' why "$n" kz/2 --viewer tm --json
is "$(printf '%s' "$out" | grep -o '"member":"[a-z]*"' | tr '\n' ' ')" '"member":"tm" ' 'only that one'
run 2 'why for nobody' why "$n" kz/2 --viewer xx
run 0 'status' status "$n"
has "$out" 'not running' 'says that it does not run'
has "$out" 'tm          0  G3 3' 'counts what is withheld'
run 0 'status as JSON' status "$n" --json
has "$out" '"withheld_from":[{"member":"kg","given":3,"gates":{}}' 'with the tally'
! printf '%s' "$out" | grep -q "$(printf '\033')"; ok $? 'no control characters'

# ---- verify, prove, export-log --------------------------------------------------------------------------------------------
key=$("$d" pair "$n" 2>/dev/null | sed -n 's/^log //p')
run 0 'verify' verify "$n"
has "$out" 'kz      verified' 'the own log'
has "$out" 'not checked' 'what cannot be checked is said'
run 0 'prove' prove "$n" kz/1 -o "$TMPDIR/p.tlog-proof" --with-record --purpose P05
run 0 'verify by entry' verify --proof "$TMPDIR/p.tlog-proof" --entry "$TMPDIR/p.entry" --vkey "$key"
nonce=$(cat "$TMPDIR/p.nonce")
run 0 'verify by record' verify --proof "$TMPDIR/p.tlog-proof" --record "$TMPDIR/p.record.json" --nonce "$nonce" \
	--vkey "$key" --json
has "$out" '"ok":true,"origin":"tashkent-2000.diwan/kz/1","index":1' 'says what was proven'
sed -i 's/Shots/Shops/' "$TMPDIR/p.record.json"
run 1 'another record does not pass' verify --proof "$TMPDIR/p.tlog-proof" --record "$TMPDIR/p.record.json" --nonce "$nonce" \
	--vkey "$key"
run 1 'another key does not pass' verify --proof "$TMPDIR/p.tlog-proof" --entry "$TMPDIR/p.entry" \
	--vkey "$(sed -n 's/^log //p' "$TMPDIR/kg.card")"
run 4 'no record for who may not see it' prove "$n" kz/1 -o "$TMPDIR/q.tlog-proof" --with-record
[ ! -e "$TMPDIR/q.tlog-proof" ]; ok $? 'and no half of it'
run 1 'nothing is overwritten' prove "$n" kz/1 -o "$TMPDIR/p.tlog-proof"
run 0 'export-log' export-log "$n" -o "$TMPDIR/files"
run 0 'verify the files' verify --log "$TMPDIR/files" --vkey "$key" --old "$TMPDIR/files/checkpoint"
has "$out" '3 entries' 'three entries'
printf 'x' | dd of="$TMPDIR/files/tile/entries/000.p/3" bs=1 seek=40 conv=notrunc 2>/dev/null
run 1 'a changed byte is found' verify --log "$TMPDIR/files" --vkey "$key"
run 2 'an option that does not belong' verify "$n" --vkey "$key"
run 2 'nothing to verify' verify
run 2 'no key' verify --log "$TMPDIR/files"

# ---- care -----------------------------------------------------------------------------------------------------------------
run 0 'check' check "$n"
run 0 'rebuild' rebuild "$n" --json
is "$out" '{"records":3}' 'folds all records'
run 0 'backup' backup "$n" "$TMPDIR/copy.db"
[ -s "$TMPDIR/copy.db" ]; ok $? 'the copy is there'
run 1 'backup over a file' backup "$n" "$TMPDIR/copy.db" 2>/dev/null
run 0 'keys renew' keys "$n" renew --days 10
has "$out" 'need not pair again' 'the key stays'
is "$("$d" pair "$n" 2>/dev/null | sed -n 's/^log //p')" "$key" 'so does the card'
tap_done
