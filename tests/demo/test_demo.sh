#!/bin/sh
# A short `make demo` finds the leak under load, and says so.
set -eu
if [ -n "${MEMPROF_TEST_NO_JEMALLOC-}" ]; then
	echo "skipped: the bytes of requests are jemalloc's"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

src/demo/demo.sh "$B" "$dir/demo" 2 >"$dir/out"
grep -q ' 0 misused calls$' "$dir/out" || { cat "$dir/out"; exit 1; }
for f in memory.log report.txt memory.svg memory.png; do
	[ -s "$dir/demo/$f" ] || { echo "no $f"; exit 1; }
done
