#!/bin/sh
# What does setup do to a machine? A box with a package manager of straw: dpkg-query tells what the case says is installed, and
# apt-get only writes down how it was called.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
setup=$PWD/tools/setup.sh
box=$(mktemp -d "${TMPDIR:-/tmp}/setup-test.XXXXXX")
trap 'rm -rf "$box"' EXIT
mkdir "$box/bin"
for tool in sh sed env; do
	ln -s "$(command -v $tool)" "$box/bin/$tool"
done

straw() {
	{ echo '#!/bin/sh'; cat; } >"$box/bin/$1"
	chmod +x "$box/bin/$1"
}
straw dpkg-query <<S
shift 2
for p; do
	if grep -qx "\$p" "$box/have"; then echo "ii  \$p"; fi
done
S
ln -s "$(command -v grep)" "$box/bin/grep"
straw apt-get <<S
echo "\$*" >>"$box/calls"
exit \$(cat "$box/apt-status")
S
ln -s "$(command -v cat)" "$box/bin/cat"
straw id <<S
cat "$box/uid"
S
tools='gcc make pkg-config perl'
libs='libc6-dev libsqlite3-dev libsodium-dev nettle-dev libzstd-dev libfyaml-dev libmicrohttpd-dev libgnutls28-dev
libcurl4-gnutls-dev libunistring-dev libseccomp-dev'

everything() {
	for t in $tools; do straw "$t" </dev/null; done
	# shellcheck disable=SC2086 # a list of package names
	printf '%s\n' $libs >"$box/have"
	echo 0 >"$box/uid"
	echo 0 >"$box/apt-status"
	rm -f "$box/calls"
}
lose() { grep -vx "$1" "$box/have" >"$box/less"; mv "$box/less" "$box/have"; }
run() {
	status=0
	out=$(PATH=$box/bin "$setup" "$@" 2>&1 </dev/null) || status=$?
	calls=$(cat "$box/calls" 2>/dev/null)
}

everything
run build
is "$status|$out|$calls" '0||' 'all is there: silence, and apt-get is not called'

lose nettle-dev
rm "$box/bin/make"
run build
is "$status" 0 'something is missing: it is installed'
has "$out" 'installing with apt-get: make nettle-dev' 'it says what it installs'
has "$calls" 'update' 'the package lists are brought up to date first'
has "$(printf '%s\n' "$calls" | tail -n 1)" 'install -y --no-install-recommends --no-remove make nettle-dev' \
	'only what is missing, and nothing is removed for it'

echo 100 >"$box/apt-status"
run build
is "$status" 1 'apt-get fails: so does setup'
has "$out" 'as root: apt-get update && apt-get install --no-install-recommends make nettle-dev' 'it shows the command'

everything
lose nettle-dev
echo 1000 >"$box/uid"
run build
is "$status|$calls" '1|' 'neither root nor sudo: nothing is tried'
has "$out" 'apt-get update && apt-get install --no-install-recommends nettle-dev' 'the exact command is shown'

straw sudo <<S
[ "\$1" != -n ] || shift
exec "\$@"
S
straw true </dev/null
run build
is "$status" 0 'with sudo: installed'
has "$calls" '--no-remove nettle-dev' 'with sudo: the same apt-get'
rm "$box/bin/sudo"

everything
lose libcurl4-gnutls-dev
echo libcurl4-openssl-dev >>"$box/have"
run build
is "$status|$calls" '1|' 'another libcurl: left alone'
has "$out" 'libcurl4-openssl-dev is installed' 'another libcurl: explained'

everything
run build lint
has "$calls" 'mandoc' 'a set that was not asked for before is looked at when asked for'
everything
status=0
out=$(PATH=$box/bin DIWAN_SETUP=check "$setup" lint 2>&1) || status=$?
is "$status|$out|$(cat "$box/calls" 2>/dev/null)" '1|setup: missing: mandoc|' 'DIWAN_SETUP=check only tells'
run nonsense
is "$status" 1 'an unknown set is refused'
tap_done
