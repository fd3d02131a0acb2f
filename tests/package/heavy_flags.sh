#!/bin/sh
# A packager's flags are kept, and the library keeps its word with them.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS

# Usage: try NAME CFLAGS LDFLAGS, and see it built and tested with them.
try() {
	b=$work/$1
	$MAKE -s CC="$CC" WERROR=1 B="$b" CFLAGS="$2" LDFLAGS="$3" >"$work/log" ||
		{ cat "$work/log" && exit 1; }
	B=$b tests/package/test_abi.sh
	B=$b tests/package/test_header.sh >/dev/null
	B=$b CC="$CC $2" tests/package/test_linking.sh | tail -1
	echo "$1: $2 $3"
}

hardened='-O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong'
try plain '-O0 -g' ''
try fast '-O3 -DNDEBUG' '-Wl,-O1'
try small '-Os -fno-plt -ffunction-sections' '-Wl,--gc-sections'
try hardened "$hardened -fstack-clash-protection" '-Wl,-z,relro,-z,now'
