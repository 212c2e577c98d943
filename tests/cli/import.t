#!/bin/sh
# Public event data in, tables and maps out.
. tests/tools/tap.sh
d=${DIWAN:-build/diwan} n=$TMPDIR/tj

run() { # STATUS NAME ARGS...: output in $out
	want=$1 name=$2; shift 2
	"$d" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null; is $? "$want" "$name: exit $want"
	out=$(cat "$TMPDIR/out")
}
count() { printf '%s' "$out" | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }

"$d" init "$n" --charter charters/tashkent-2000.yaml --member tj --address 127.0.0.1:7101 >/dev/null
{
	printf 'id\tdataset\tdate_start\tdate_end\tiso3\tlat\tlon\twhere_prec\ttype\tbest\tlow\thigh\tside_a\tside_b\theadline\n'
	printf '11\tUCDP GED 22.1\t1997-02-03\t1997-02-03\tTJK\t38.5\t68.8\t1\t1\t4\t4\t4\tGovernment of Tajikistan\tUTO\t=1+1\n'
	printf '12\tUCDP GED 22.1\t1997-02-04\t1997-02-04\tTJK\t38.6\t68.9\t1\t1\t4\t5\t3\tA\tB\tDisordered\n'
	printf '13\tUCDP GED 22.1\t1997-02-05\t1997-02-05\tAFG\t36.6\t68.9\t1\t1\t4\t4\t4\tA\tB\tElsewhere\n'
	printf '14\tUCDP GED 22.1\tyesterday\t1997-02-05\tTJK\t36.6\t68.9\t1\t1\t4\t4\t4\tA\tB\tBad date\n'
} >"$TMPDIR/ged.tsv"
set -- --channel incidents --basis treaty:3 --geo-status AGREED --purpose P05
run 1 'a dry run with a bad row' import "$n" "$TMPDIR/ged.tsv" "$@" --dry-run --json
is "$(count filed) $(count elsewhere) $(count refused) $(count flagged)" '2 1 1 1' 'counts what would be filed'
run 0 'nothing was filed' list "$n" --json
has "$out" '"records":[]' 'indeed'
run 1 'the import' import "$n" "$TMPDIR/ged.tsv" "$@" --json
is "$(count filed) $(count already) $(count elsewhere) $(count refused)" '2 0 1 1' 'files what is its own'
has "$out" 'line 5' 'the complaint names its line'
run 1 'the same again' import "$n" "$TMPDIR/ged.tsv" "$@" --json
is "$(count filed) $(count already)" '0 2' 'is filed already'
sed 's/GED 22.1/GED 23.1/' "$TMPDIR/ged.tsv" >"$TMPDIR/next.tsv"
run 1 'the next edition' import "$n" "$TMPDIR/next.tsv" "$@" --json
is "$(count filed) $(count already)" '0 2' 'meets the records of the last'
run 1 'for another country' import "$n" "$TMPDIR/ged.tsv" "$@" --country AFG --limit 1 --json
is "$(count filed)" 1 'as told'
run 2 'without a legal basis' import "$n" "$TMPDIR/ged.tsv" --channel incidents --geo-status AGREED
run 2 'a standing of points that is none' import "$n" "$TMPDIR/ged.tsv" --channel incidents --basis treaty:3 --geo-status MINE
run 1 'a file that is no data set' import "$n" "$0" "$@"
run 3 'a file that is not there' import "$n" "$TMPDIR/none" "$@"

# ---- out ------------------------------------------------------------------------------------------------------------------
run 0 'csv' export "$n" --format csv --purpose P05
is "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 4 'a header and three rows'
has "$out" "'=1+1" 'a formula is disarmed'
is "$(printf '%s\n' "$out" | grep -c ',REAL,CLEAR,')" 3 'markings in every row'
run 0 'csv without a purpose' export "$n" --format csv
case $out in *UTO* | *,38.5,*) false ;; esac; ok $? 'holds no contents'
run 0 'geojson' export "$n" --format geojson --purpose P05 -o "$TMPDIR/map.geojson" --json
is "$out" "{\"file\":\"$TMPDIR/map.geojson\",\"records\":3,\"left_out_personal\":0,\"left_out_no_point\":0}" 'says what was written'
has "$(cat "$TMPDIR/map.geojson")" '"coordinates":[68.8,38.5]' 'points as recorded'
run 0 'geojson, moved' export "$n" --format geojson --purpose P05 --fuzz 5000
case $out in *'[68.8,38.5]'*) false ;; esac; ok $? 'points elsewhere'
has "$out" '"moved_up_to_m":5000' 'and said so'
run 0 'ndjson' export "$n" --format ndjson --purpose P05 --limit 2
is "$(printf '%s\n' "$out" | grep -c '"record":{"diwan":1')" 2 'a record a line'
run 1 'nothing is overwritten' export "$n" --format csv -o "$TMPDIR/map.geojson"
run 2 'a format that is none' export "$n" --format xls
run 2 'an option of another format' export "$n" --format ndjson --fuzz 5
is "$(grep -c '"sha256":"' "$n/exports.ndjson")" 6 'every export is in the inventory'
has "$(sed -n 3p "$n/exports.ndjson")" "$(sha256sum <"$TMPDIR/map.geojson" | cut -d ' ' -f 1)" 'with the hash of what was written'

# ---- real data --------------------------------------------------------------------------------------------------------------
if [ -r "${TEST_DATA:-/nonexistent}/data/ucdp-ged-region-public.tsv" ]; then
	run 0 'the regional extract' import "$n" "$TEST_DATA/data/ucdp-ged-region-public.tsv" "$@" --json
	[ "$(count filed)" -gt 200 ]; ok $? 'hundreds of events'
	is "$(count refused)" 0 'none refused'
	run 0 'and again' import "$n" "$TEST_DATA/data/ucdp-ged-region-public.tsv" "$@" --json
	is "$(count filed)" 0 'nothing new'
	run 0 'sound' verify "$n" --member tj
else
	skip 'TEST_DATA is not set' 7
fi
tap_done
