# TAP for shell tests, the sibling of tests/tap.h. Source it, call these, and end with `tap_done`:
#   ok STATUS NAME            is GOT WANT NAME            has TEXT PART NAME            skip WHY N
# shellcheck shell=sh
tap_count=0 tap_failed=0

ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		printf '%s\n' "got:" "$1" "want:" "$2" | sed 's/^/#   /'
	fi
}

has() {
	case $1 in
	*"$2"*) ok 0 "$3" ;;
	*)	ok 1 "$3"
		printf '%s\n' "no \"$2\" in:" "$1" | sed 's/^/#   /' ;;
	esac
}

skip() {
	for _ in $(seq "$2"); do
		tap_count=$((tap_count + 1))
		echo "ok $tap_count # SKIP $1"
	done
}

tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
