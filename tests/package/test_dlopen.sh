#!/bin/sh
# The shared library loads late: by python3's ctypes, with jemalloc preloaded
# and without, and by a C program whose threads run already.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: a sanitizer's run-time must be loaded first"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
so=$(realpath "$B/libmemprof.so")

cat >"$work/page.py" <<'END'
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.memprof_begin.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p]
lib.memprof_end.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
lib.memprof_close.argtypes = [ctypes.c_void_p]
mp = ctypes.c_void_p()
request = (ctypes.c_uint64 * 64)()
err = lib.memprof_open_log(sys.argv[2].encode(), ctypes.byref(mp))
assert err == 0, err
lib.memprof_begin(mp, request, b"from:python")
kept = bytearray(1000000)
lib.memprof_end(request, b"OOPS-1")
err = lib.memprof_close(mp)
assert err == 0, err
END

# The column `allocated` of the one request in a log.
allocated() {
	awk -F'\t' -v page="$2" '$2 == page { print $11 }' "$1"
}

python3 "$work/page.py" "$so" "$work/plain.log"
[ "$(allocated "$work/plain.log" from:python)" = '\N' ] || {
	cat "$work/plain.log"
	echo "numbers without jemalloc"
	exit 1
}
grep -q '	OOPS-1	' "$work/plain.log"
echo "python3: a line with \\N"

LD_PRELOAD=libjemalloc.so.2 python3 "$work/page.py" "$so" "$work/preload.log"
n=$(allocated "$work/preload.log" from:python)
[ "$n" -ge 1000000 ] && [ "$n" -lt 2000000 ] || {
	cat "$work/preload.log"
	echo "allocated is $n, not about a million"
	exit 1
}
echo "python3 with jemalloc preloaded: $n bytes"

$CC -std=c11 -D_GNU_SOURCE -Wall -Wextra -Iinclude -O1 -g -pthread \
	-o "$work/late" tests/package/late.c
"$work/late" "$so" "$work/late.log"
[ "$(allocated "$work/late.log" late | sort | uniq -c | awk '{ print $1, $2 }')" \
	= '8 \N' ]
LD_PRELOAD=libjemalloc.so.2 "$work/late" "$so" "$work/late-je.log"
[ "$(allocated "$work/late-je.log" late | grep -c '^[0-9]*$')" = 8 ]
echo "C: loaded after its threads, closed, still there"
