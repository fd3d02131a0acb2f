#!/bin/sh
# The header compiles alone, in each language and compiler, and the program in
# its opening comment builds and runs as it stands there.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: the header is the same without a sanitizer"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$(realpath "$B")
include=$(realpath include)

strict='-Wall -Wextra -Wpedantic -pedantic -Wundef -Wstrict-prototypes -Werror'
strict_cxx='-Wall -Wextra -Wpedantic -pedantic -Wundef -Werror'
printf '#include <memprof.h>\n#include <memprof.h>\n' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cc"

for cc in gcc clang "$CC"; do
	command -v "${cc%% *}" >/dev/null || continue
	for std in c99 c11 c17; do
		$cc -std=$std $strict -I"$include" -fsyntax-only "$work/alone.c"
	done
	for std in c++98 c++11 c++17; do
		$cc -x c++ -std=$std $strict_cxx -I"$include" -fsyntax-only \
			"$work/alone.cc"
	done
	echo "$cc: alone as C and as C++"
done

# From the include of the opening comment to the brace that closes main().
awk '/^ \*\t#include <memprof.h>/ { on = 1 }
	on { sub("^ \\*\t?", ""); print }
	on && /^}$/ { exit }' "$include/memprof.h" >"$work/example.c"
grep -q 'memprof_begin' "$work/example.c" || {
	echo "no program in the opening comment"
	exit 1
}
$CC -std=c99 -Wall -Wextra -Wpedantic -Werror -I"$include" -o "$work/example" \
	"$work/example.c" "$build/libmemprof.a" -linih -pthread

cd "$work"
printf '[profiling]\nmemory_profile_log: requests.log\n' >server.conf
./example 2>talk
[ ! -s talk ] || {
	cat talk
	exit 1
}
[ "$(awk '$2 == "Root:index.html"' requests.log | wc -l)" = 1 ] || {
	cat requests.log
	exit 1
}
echo "the program in the header ran"

# And it goes on, and says why, where its configuration is missing.
rm server.conf
./example 2>talk
grep -q 'server.conf' talk
