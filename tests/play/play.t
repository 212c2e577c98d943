#!/bin/sh
# `diwan play`: what it prints in which form, and that an expectation that does not hold fails.
. tests/tools/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/false.yaml" <<'EOF'
play: what is claimed here is false
charter: tashkent-2000
starts: 2018-05-28T09:00:00+05:00
members: [kz, kg, tm]
filings: {channel: drugs, to: parties of treaty, basis: "treaty:exchange of information"}
steps:
  - kz files secret: {kind: incident, title: For the parties only}
  - expect secret: {seen by: [kg], hidden from: {tm: G3}, receipts: 1}
  - expect secret: {seen by: [tm]}
  - expect secret: {hidden from: {tm: G5}}
  - expect secret: {hidden from: [kg]}
  - expect secret: {waiting for: [kg]}
  - expect secret: {waiting for: [tm]}
  - expect secret: {receipts: 2}
  - expect secret: {seen by: [kg], in exercise view only: true}
  - expect tm holds exactly 1 payloads of kz
  - expect kg distrusts kz
  - expect nothing: {receipts: 0}
  - kz may not file open: {kind: incident, title: Nothing stands against it}
  - kg goes offline
  - kg comes back
  - kz files orphan: {kind: incident, channel: nowhere, title: No such channel}
  - xy goes offline
EOF
out=$("$DIWAN" play --tap --patience 1 "$tmp/false.yaml")
is $? 1 "a play with expectations that do not hold ends with 1"
is "$(printf '%s\n' "$out" | grep -c '^ok')" 5 "what holds is ok"
is "$(printf '%s\n' "$out" | grep -c '^not ok')" 13 "what does not hold is not ok"
has "$out" "1..18" "the plan counts every step"
has "$out" "tm may not have it (G3)" "waiting is refused where a rule stands against it"
has "$out" "hidden from tm by G3, not by G5" "the wrong reason is named"
has "$out" "kg holds it" "hidden, and held"
has "$out" "not been lied to" "distrust needs a lie"
has "$out" "nothing has been filed as \"nothing\"" "an unknown name"
has "$out" "\"xy\" is no member" "an unknown member, with its place"

cat >"$tmp/untrue.yaml" <<'EOF'
play: what is claimed here of trust is false
charter: tashkent-2000
starts: 2018-05-28T09:00:00+05:00
members: [kz, kg, tm]
filings: {channel: drugs, to: parties of treaty, basis: "treaty:exchange of information"}
steps:
  - kz files secret: {kind: incident, title: A chest of saffron}
  - expect secret: {seen by: [kg]}
  - expect the ledger of secret: {delivered: [kg]}
  - expect secret: {not seen by: [kg]}
  - expect secret: {settled: true}
  - expect all logs settled
  - expect the word saffron: {kept by: [tm]}
  - expect the word saffron: {gone from: [kg]}
  - expect kz is read only: {because: read only}
  - expect kz is convicted: {by: [kg]}
  - expect kg cosigns nothing of kz: {because: frozen}
  - expect kz has confirmed secret
  - kg keeps secret: {reason: EVIDENCE, text: Nothing is to be deleted}
  - kg orders secret deleted: {reason: INACCURATE, text: It is not ours}
  - kz may not resume: {because: entries}
  - kz is cloned as kg
  - kg opens the pouch of kz
  - kz orders secret deleted: {reason: INACCURATE, text: It never was}
  - expect the ledger of secret: {executed: [kg], delivered: [tj]}
  - kz is restored from its backup
EOF
out=$("$DIWAN" play --tap --patience 1 "$tmp/untrue.yaml")
is $? 1 "so does one about trust"
is "$(printf '%s\n' "$out" | grep -c '^ok')" 4 "what holds is ok"
is "$(printf '%s\n' "$out" | grep -c '^not ok')" 17 "what does not hold is not ok"
has "$out" "there is no act on" "a ledger needs an act"
has "$out" "tm: nowhere" "a word that is not there"
has "$out" "kg: stands in" "a word that is there, and where"
has "$out" "it may sign" "a node that is not read only"
has "$out" "kg holds no proof" "a conviction needs a proof"
has "$out" "it goes on" "a node that may resume"
has "$out" "kz has no backup" "a backup needs to be made"
has "$out" "is somebody already" "a clone needs a name of its own"
has "$out" "kg: delivered" "the ledger says what is so"

cat >"$tmp/short.yaml" <<'EOF'
play: two nodes say one thing to each other
charter: charters/tashkent-2000.yaml
starts: 2018-05-28T09:00:00+05:00
members: [kz, kg]
filings: {channel: drugs, to: parties of treaty, basis: "treaty:exchange of information"}
steps:
  - kz files word: {kind: report, title: A word}
  - after 2 days
  - expect word: {seen by: [kg]}
EOF
out=$("$DIWAN" play --json --keep "$tmp/kept" --report "$tmp/report.md" "$tmp/short.yaml")
is $? 0 "a play whose expectations hold ends with 0"
has "$out" '"failed":0' "JSON counts what did not hold"
has "$out" '"step":"expect word","held":true' "JSON has every step"
has "$(cat "$tmp/report.md")" "| 2018-05-30 09:00" "the report is told on the scenario's clock"
has "$(cat "$tmp/report.md")" "| kz files word | yes | kz/0 |" "the report says what was found"
[ -d "$tmp/kept/kz" ] && [ -d "$tmp/kept/kg" ]
ok $? "--keep leaves the nodes"
has "$("$DIWAN" status "$tmp/kept/kz" --json)" '"running":false' "no node is left running"
"$DIWAN" play --keep "$tmp/kept" "$tmp/short.yaml" >/dev/null 2>"$tmp/err"
is $? 1 "--keep does not write into a folder that has something in it"
has "$(cat "$tmp/err")" "is not empty" "and says why"

"$DIWAN" play >/dev/null 2>"$tmp/err"
is $? 2 "without a scenario the command line is wrong"
"$DIWAN" play --loudly "$tmp/short.yaml" >/dev/null 2>"$tmp/err"
is $? 2 "an unknown option"
"$DIWAN" play --speed fast "$tmp/short.yaml" >/dev/null 2>"$tmp/err"
is $? 2 "a speed that is none"
"$DIWAN" play "$tmp/missing.yaml" >/dev/null 2>"$tmp/err"
is $? 1 "a scenario that is not there"
sed 's/kz files word/kz writes word/' "$tmp/short.yaml" >"$tmp/bad.yaml"
"$DIWAN" play "$tmp/bad.yaml" >/dev/null 2>"$tmp/err"
is $? 1 "a scenario that is not understood is not begun"
has "$(cat "$tmp/err")" "bad.yaml:7:" "with its place"

# The table of docs/scenarios.md and the schema for editors have every sentence.
sed -n 's/^SENTENCE([A-Z_]*, "\([^"]*\)", [A-Z]*, "\(.*\)")$/\1/p' src/play/sentences.def >"$tmp/patterns"
is "$(wc -l <"$tmp/patterns" | tr -d ' ')" "$(grep -c '^SENTENCE(' src/play/sentences.def)" "sentences.def is understood"
missing=
while read -r p; do
	grep -qF "| \`$p\` |" docs/scenarios.md || missing="$missing; $p"
done <"$tmp/patterns"
is "$missing" "" "docs/scenarios.md has every sentence"
sed -n 's/^SENTENCE([A-Z_]*, "[^"]*", [A-Z]*, "\(.*\)")$/"title": "\1",/p' src/play/sentences.def >"$tmp/titles"
missing=
while read -r t; do
	grep -qF "$t" scenarios/scenario.schema.json || missing="$missing; $t"
done <"$tmp/titles"
is "$missing" "" "scenarios/scenario.schema.json has every sentence"
tap_done
