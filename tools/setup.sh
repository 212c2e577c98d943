#!/bin/sh
# Install what is missing of the Debian packages that building and testing need:
#   tools/setup.sh [set ...]        sets: build (default) lint fuzz analyze go
#
# Nothing is asked of the network, and nothing is printed, when all is there. With something missing it says what it
# installs and how.
# It only ever adds: apt-get runs with --no-remove, so no package of yours goes away for it (a Node.js from elsewhere,
# another libcurl).
# DIWAN_SETUP=check only tells what is missing (exit 1).
set -eu

say() { echo "setup: $*"; }
stop() { say "$*" >&2; exit 1; }

# A tool is wanted by its command, whoever provides it; a library by its Debian package.
tools='' libs=''
for set in "${@:-build}"; do
	case $set in
	build)
		tools="$tools gcc:gcc make:make pkg-config:pkg-config perl:perl"
		libs="$libs libc6-dev libsqlite3-dev libsodium-dev nettle-dev libzstd-dev libfyaml-dev"
		libs="$libs libmicrohttpd-dev libgnutls28-dev libcurl4-gnutls-dev libunistring-dev libseccomp-dev" ;;
	lint)	tools="$tools mandoc:mandoc" ;;
	fuzz)	tools="$tools clang:clang"; libs="$libs libclang-rt-14-dev" ;;
	analyze) tools="$tools clang:clang cppcheck:cppcheck shellcheck:shellcheck" ;;
	go)	tools="$tools go:golang-go"; libs="$libs golang-golang-x-mod-dev" ;;
	*)	stop "no such set: $set (there are: build lint fuzz analyze go)" ;;
	esac
done

missing=''
for t in $tools; do
	command -v "${t%%:*}" >/dev/null || missing="$missing ${t#*:}"
done

if ! command -v dpkg-query >/dev/null; then
	# Not Debian: we cannot install, but what is there may do.
	if [ -z "$missing" ] &&
	    pkg-config --exists sqlite3 libsodium nettle libzstd libfyaml libmicrohttpd gnutls libcurl libseccomp; then
		exit 0
	fi
	stop "this is not a Debian system; please install the counterparts of:$missing$libs"
fi

# Architecture and version are dpkg's business; "ii" is what counts.
# shellcheck disable=SC2086 # a list of package names
have=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' $libs 2>/dev/null | sed -n 's/^ii  *//p') || true
for p in $libs; do
	case "
$have
" in *"
$p
"*) ;; *) missing="$missing $p" ;; esac
done
[ -n "$missing" ] || exit 0

case $missing in
*libcurl4-gnutls-dev*)
	for p in libcurl4-openssl-dev libcurl4-nss-dev; do
		case $(dpkg-query -W -f='${db:Status-Abbrev}' $p 2>/dev/null || true) in
		ii*)	stop "$p is installed. Diwan's client needs the GnuTLS flavour of libcurl, and Debian keeps
setup: one flavour's development files at a time. If nothing else of yours needs $p, replace it:
setup:   apt-get install libcurl4-gnutls-dev" ;;
		esac
	done ;;
esac

# shellcheck disable=SC2086 # a list of package names
install() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get $quiet -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
quiet='-qq -o Dpkg::Use-Pty=0'
command="apt-get update && apt-get install --no-install-recommends$missing"
if [ "${DIWAN_SETUP:-}" = check ]; then
	stop "missing:$missing"
elif [ "$(id -u)" = 0 ]; then
	root=''
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	root='sudo'
	[ ! -t 0 ] || sudo -v || stop "sudo refused; as root run: $command"
else
	stop "missing:$missing
setup: neither root nor sudo here; as root run:
setup:   $command"
fi

say "installing with apt-get:$missing"
install update || say "apt-get update failed; trying with the package lists at hand" >&2
# shellcheck disable=SC2086 # a list of package names
install install -y --no-install-recommends --no-remove $missing >/dev/null ||
	stop "apt-get could not install them (see above). By hand, as root: $command"
say "done"
