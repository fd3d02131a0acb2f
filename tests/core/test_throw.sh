#!/bin/sh
# memprof_call() ends its request when a C++ exception passes through it, from
# the archive and from the shared library.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE:-}" ]; then
	echo "skipped: the sanitizer's run-time is C's"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
B=$(cd "$B" && pwd)

cat >"$dir/throw.cc" <<'END'
#include "memprof.h"

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

static int thrower(void *arg)
{
	throw std::runtime_error(static_cast<const char *>(arg));
}

int main(int, char **argv)
{
	static char what[] = "thrown by the handler";
	struct memprof_stats stats = {};
	struct memprof *mp;
	std::string got;

	stats.size = sizeof(stats);
	if (memprof_open_log(argv[1], &mp)) {
		std::fprintf(stderr, "%s\n", memprof_open_error());
		return 1;
	}
	for (int i = 0; i < 3; i++) {
		try {
			memprof_call(mp, "thrown", thrower, what);
		} catch (const std::runtime_error &e) {
			got = e.what();
		}
		if (got != what)
			return 2;
	}
	memprof_stats(mp, &stats);
	if (stats.logged != 3 || stats.in_flight != 0)
		return 3;
	return memprof_close(mp) ? 4 : 0;
}
END

for lib in "$B/libmemprof.a" "$B/libmemprof.so"; do
	"${CXX:-g++}" -std=c++11 -Wall -Wextra -Werror -Iinclude \
		-o "$dir/throw" "$dir/throw.cc" "$lib" -Wl,-rpath,"$B" \
		-linih -pthread
	rm -f "$dir/log"
	"$dir/throw" "$dir/log"
	[ "$(grep -c '	thrown	-	' "$dir/log")" = 3 ]
done
