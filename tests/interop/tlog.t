#!/bin/sh
# Goal: logs that Diwan writes are verified by other people's code (the Go checksum database's), as exported files and at several
# sizes; and a log with one changed byte is not.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
gopath=/usr/share/gocode
work=$(mktemp -d "${TMPDIR:-/tmp}/tlog.XXXXXX")
trap 'rm -rf "$work"' EXIT

if ! command -v go >/dev/null || [ ! -d $gopath/src/golang.org/x/mod/sumdb/tlog ]; then
	skip "needs go and golang-golang-x-mod-dev" 9
	tap_done
	exit
fi
mkdir -p "$work/go/src/tlogverify"
cp tests/interop/tlogverify.go "$work/go/src/tlogverify/main.go"
(cd "$work/go/src/tlogverify" &&
	GO111MODULE=off GOFLAGS='' GOCACHE="$work/cache" GOPATH="$gopath:$work/go" go build -o "$work/verify" .)
ok $? "the verifier builds"

node=$work/kz
$DIWAN init "$node" --charter charters/tashkent-2000.yaml --member kz --address 127.0.0.1:7999 >/dev/null
key=$($DIWAN pair "$node" 2>/dev/null | sed -n 's/^log //p')

# One line a record: complete but for what `diwan file --complete` fills in.
records() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		print "{\"kind\":\"incident\",\"channel\":\"incidents\",\"state\":\"OPEN\",\"mode\":\"REAL\"," \
		    "\"purpose\":[\"P05\"]," \
		    "\"basis\":[{\"instrument\":\"treaty\",\"article\":\"3\"}]," \
		    "\"audience\":{\"base\":\"PARTIES\",\"of\":\"treaty\"}," \
		    "\"tlp\":\"AMBER\",\"pd\":\"NONE\",\"body\":{\"class\":\"OTHER\",\"stage\":\"OCCURRED\"," \
		    "\"when\":{\"occurred_from\":\"2018-05-27\"},\"response\":[{\"lang\":\"en\",\"text\":\"patrol " i "\"}]," \
		    "\"confidence\":\"PROBABLE\",\"impact\":\"LOW\"}}" }'
}

verify_at() {
	rm -rf "$work/log"
	$DIWAN export-log "$node" -o "$work/log" >/dev/null
	has "$("$work/verify" "$key" "$work/log")" "verified $1 " "a log of $1 entries"
}

records 1 | $DIWAN file "$node" - --complete >/dev/null
ok $? "one record is filed"
verify_at 1
records 255 | $DIWAN file "$node" - --complete >/dev/null
verify_at 256
records 300 | $DIWAN file "$node" - --complete >/dev/null
verify_at 556

printf 'X' | dd of="$work/log/tile/entries/001" bs=1 seek=900 conv=notrunc 2>/dev/null
"$work/verify" "$key" "$work/log" >/dev/null
is $? 1 "a changed entry is found"
$DIWAN verify --log "$work/log" --vkey "$key" >/dev/null 2>&1
is $? 1 "and our own verifier finds it too"
rm -rf "$work/log"
$DIWAN export-log "$node" -o "$work/log" >/dev/null
printf 'X' | dd of="$work/log/tile/0/000" bs=1 seek=40 conv=notrunc 2>/dev/null
"$work/verify" "$key" "$work/log" >/dev/null
is $? 1 "a changed hash tile is found"
"$work/verify" "$($DIWAN pair "$node" 2>/dev/null | sed -n 's/^log //p' | sed 's/+A/+B/2')" "$work/log" >/dev/null
is $? 1 "another key is refused"
tap_done
