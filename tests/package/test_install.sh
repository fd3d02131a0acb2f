#!/bin/sh
# An installed copy builds and runs C and C++ programs that find it through
# pkg-config, shared and static; uninstall leaves nothing.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: nobody installs a sanitizer's build"
	exit 77
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
lib=$root/usr/lib/here

in_root() {
	$MAKE -s B="$B" DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/here "$1"
}

in_root install
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$lib/pkgconfig"
PKG_CONFIG_LIBDIR=$PKG_CONFIG_LIBDIR:$(env -u PKG_CONFIG_LIBDIR pkg-config \
	--variable pc_path pkg-config)

cat >"$root/main.c" <<'END'
#include <memprof.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct memprof *mp;
	struct memprof_request req = { { 0 } };

	if (argc != 2 || memprof_open_log(argv[1], &mp))
		return 1;
	memprof_begin(mp, &req, "installed");
	memprof_end(&req, NULL);
	return memprof_close(mp) ? 1 : 0;
}
END
cp "$root/main.c" "$root/main.cc"

# Usage: try NAME COMPILER SOURCE FLAG...
try() {
	name=$1 compiler=$2 source=$3
	shift 3
	$compiler -Wall -Wextra -Werror -pedantic "$source" "$@" -o "$root/$name"
	LD_LIBRARY_PATH=$lib "$root/$name" "$root/$name.log"
	grep -q '	installed	' "$root/$name.log"
	echo "$name: built, ran, logged"
}

shared=$(pkg-config --cflags --libs memprof)
# The archive by its name: what a linker takes when there is nothing else.
static=$(pkg-config --static --cflags --libs memprof |
	sed 's/-lmemprof\>/-l:libmemprof.a/')
cxx=${CXX:-c++}
try c-shared "$CC" "$root/main.c" $shared
try cxx-shared "$cxx" "$root/main.cc" $shared
try c-static "$CC" "$root/main.c" $static
try cxx-static "$cxx" "$root/main.cc" $static
readelf -dW "$root/c-shared" | grep -q 'NEEDED.*libmemprof\.so\.[0-9]*\]'
if readelf -dW "$root/c-static" | grep 'NEEDED.*libmemprof'; then
	echo "the static program needs the shared library"
	exit 1
fi

"$root/usr/bin/memprof" --version |
	grep -qx "memprof $(pkg-config --modversion memprof)"
for page in man/*.[1357]; do
	[ -e "$page" ] || continue
	cmp "$page" "$root/usr/share/man/man${page##*.}/${page##*/}"
done

in_root uninstall
if find "$root/usr" ! -type d | grep .; then
	echo "the files above outlive uninstall"
	exit 1
fi
