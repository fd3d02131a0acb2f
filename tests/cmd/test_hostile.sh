#!/bin/sh
# memprof report on logs that no server of good health writes: what comes of each
# is defined, and nothing is guessed.  (Logs that change while they are read:
# tests/report/test_source.c.)
set -eu
. tests/cmd/run.sh

header=$(printf '%s\t' timestamp page_id oops_id duration start_vss start_rss \
	end_vss end_rss vss_delta rss_delta allocated freed peak overlap \
	heap_allocated heap_active heap_resident pid tid)host

# Usage: line TIME PAGE ALLOCATED FREED PID
line() {
	printf '2026-11-21T%sZ\t%s\t-\t0.250000\t1000\t500\t1000\t500\t0\t0\t' \
		"$1" "$2"
	printf '%s\t%s\t0\t0\t11\t12\t13\t%s\t%s\tweb1\n' "$3" "$4" "$5" "$5"
}

# Usage: is PAGE COLUMNS; the page's requests and, behind them, more.
row() {
	grep "^$1 " "$dir/out" | sed 's/  */ /g' | grep -q "^$1 $2" ||
		fail "$1 has not $2: $(cat "$dir/out")"
}

# Usage: peak LIMIT COMMAND...; within LIMIT MiB.  A sanitizer needs more.
peak() {
	python3 -c '
import os, resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
if kib > int(sys.argv[1]) << 10 and not os.environ.get("MEMPROF_TEST_SANITIZE"):
    sys.exit("it took %d KiB" % kib)
sys.exit(status)' "$@"
}

{
	echo "$header"
	line 01:00:00.000001 Root:a 100 40 7
	line 01:00:00.000002 Root:b 100 100 7
} >"$dir/good.log"

# A gigabyte without a newline, between lines that are good.
gigabyte=$((1 << 30))
[ -z "${MEMPROF_TEST_SANITIZE-}" ] || gigabyte=$((1 << 26))
{
	cat "$dir/good.log"
	head -c "$gigabyte" /dev/zero
	echo
	line 01:00:00.000003 Root:a 100 40 7
} | expect 0 peak 64 "$memprof" report
says 'memprof: stdin:4: line: expected fewer bytes: no record is so long'
says 'memprof: 1 line could not be read'
row total '3 '

# The same as a file with a hole, which the line does not leave.
cp "$dir/good.log" "$dir/hole.log"
truncate -s "$gigabyte" "$dir/hole.log"
expect 0 peak 64 "$memprof" report "$dir/hole.log"
says "memprof: $dir/hole.log:4: line: expected a newline at its end: it is torn"
row total '2 '

# Gzip'd: members, as cat makes them; and what is behind them.
gzip -c "$dir/good.log" >"$dir/one.gz"
cat "$dir/one.gz" "$dir/one.gz" >"$dir/two.gz"
expect 0 "$memprof" report "$dir/two.gz"
quiet
row total '4 '
{
	cat "$dir/one.gz"
	line 01:00:00.000003 Root:a 100 40 7
} >"$dir/garbage.gz"
expect 2 "$memprof" report "$dir/garbage.gz"
says "memprof: $dir/garbage.gz: something else follows the gzip'd data"
row total '2 '

# Other columns, in the middle: those lines are left out, up to the next header.
{
	cat "$dir/good.log"
	echo "$header" | sed 's/allocated	freed/freed	allocated/'
	line 01:00:00.000003 Root:a 40 100 7
	line 01:00:00.000004 Root:a 40 100 7
	cat "$dir/good.log"
} >"$dir/columns.log"
expect 0 "$memprof" report "$dir/columns.log"
says "columns.log:4: line: expected the columns of format 1; the lines below"
says 'memprof: 3 lines could not be read'
row total '4 '
expect 1 "$memprof" check "$dir/columns.log"
[ "$(grep -c 'columns.log:[56]: line: expected a header of format 1' \
	"$dir/out")" = 2 ] || fail "check said: $(cat "$dir/out")"

# Clocks that jump, back over a day too; processes that come back; frees of what
# others allocated; and sums beyond 63 bits.
{
	echo "$header"
	line 23:59:59.999999 Root:clock 100 40 7
	line 00:00:00.000000 Root:clock 100 40 7
	line 12:00:00.000000 Root:clock 100 40 8
	line 01:00:00.000000 Root:frees 100 4196 7
	line 01:00:00.000000 '(started)' '\N' '\N' 7
	line 01:00:00.000000 '(stopped)' '\N' '\N' 7
	line 01:00:00.000001 '(started)' '\N' '\N' 7
	line 01:00:00.000002 Root:wrap 9223372036854775807 0 7
	line 01:00:00.000003 Root:wrap 9223372036854775807 0 7
} >"$dir/odd.log"
expect 0 "$memprof" report "$dir/odd.log"
quiet
row Root:clock '3 '
grep -q '^Root:frees .* -4.00 KiB ' "$dir/out" ||
	fail "no growth below zero: $(cat "$dir/out")"
prints 'Processes: 2 started, 1 stopped.'
grep -q '^A sum is too large for 63 bits' "$dir/out" ||
	fail "an overflow is not told: $(cat "$dir/out")"

# One processor and all of them tell the same.
awk -v header="$header" 'BEGIN {
	print header
	for (i = 0; i < 60000; i++) {
		printf "2026-11-21T01:%02d:%02d.%06dZ\tPage:%d\t-\t0.%06d\t", \
			i / 6000 % 60, i / 100 % 60, i % 1000000, \
			i * 7919 % 300, i * 31 % 1000000
		print "1000\t500\t1000\t500\t0\t0\t" i "\t" i % 1000 \
			"\t" i "\t" i % 3 "\t11\t12\t13\t7\t8\tweb1"
		if (i % 9000 == 77)
			print "torn\0"
	}
}' >"$dir/many.log"
expect 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
	"$memprof" report "$dir/many.log"
cp "$dir/out" "$dir/one.out"
cp "$dir/err" "$dir/one.err"
for i in 1 2 3; do
	expect 0 "$memprof" report "$dir/many.log"
	cmp "$dir/out" "$dir/one.out"
	cmp "$dir/err" "$dir/one.err"
done
says 'memprof: 7 lines could not be read'
