#!/bin/bash
# How fast the report is: against mawk on one core and DuckDB on all of them,
# with the same log, in turn; whether a line costs the same in a longer log; and
# how much memory it takes.
# Usage: report.sh BUILD DIR
# Env: REPORT_LINES, lines of the log (2000000; the bounds are for 10000000);
# MEMPROF_BENCH_DUCKDB, a folder where npm installed @duckdb/node-api.
set -eu
build=$1 dir=$2
lines=${REPORT_LINES:-2000000}
rounds=3
log=$dir/lines.tsv
. bench/figures.sh

rm -f "$dir/mawk" "$dir/one" "$dir/all" "$dir/duckdb" "$dir"/part*
trap 'rm -f "$log" "$dir"/part*.tsv' EXIT

# Usage: per_line SECONDS [LINES]
per_line() { awk -v s="$1" -v n="${2:-$lines}" 'BEGIN { print s / n * 1e9 }'; }

"$build/bench/bench_lines" "$lines" 1000 >"$log"
title "Report of $lines lines, $(($(stat -c %s "$log") / 1000000)) MB, 1,000 pages"
for tenths in 1 3; do
	head -n $((lines * tenths / 10)) "$log" >"$dir/part$tenths.tsv"
done
for ((i = 0; i < rounds; i++)); do
	one_core mawk -f bench/groupby.awk "$log" >>"$dir/mawk"
	one_core "$build/memprof" report "$log" >>"$dir/one"
	for tenths in 1 3; do
		one_core "$build/memprof" report "$dir/part$tenths.tsv" \
			>>"$dir/part$tenths"
	done
	seconds "$build/memprof" report "$log" >>"$dir/all"
	if [ -n "${MEMPROF_BENCH_DUCKDB:-}" ]; then
		node bench/groupby.mjs "$log" >>"$dir/duckdb"
	fi
done
mawk=$(median "$dir/mawk") one=$(median "$dir/one") all=$(best "$dir/all")
number "mawk, one core" "$(per_line "$mawk")" "ns a line"
number "memprof, one core" "$(per_line "$one")" "ns a line"
bound "memprof against mawk, one core" "$(divide "$mawk" "$one")" at-least 7 x
for tenths in 1 3; do
	number "the same, $((lines * tenths / 10)) lines" \
		"$(per_line "$(median "$dir/part$tenths")" \
			$((lines * tenths / 10)))" "ns a line"
done
bound "a line of all, to one of a tenth" \
	"$(divide "$one" "$(median "$dir/part1")" | awk '{ print $1 / 10 }')" \
	at-most 1.1 x
number "memprof, $(nproc) cores" "$(per_line "$all")" "ns a line"
if [ -e "$dir/duckdb" ]; then
	duckdb=$(best "$dir/duckdb")
	number "DuckDB, $(nproc) cores" "$(per_line "$duckdb")" "ns a line"
	bound "memprof against DuckDB, $(nproc) cores" \
		"$(divide "$duckdb" "$all")" at-least 4 x
else
	echo "  DuckDB: not compared; MEMPROF_BENCH_DUCKDB does not say where it is"
fi
few=$(peak "$build/memprof" report "$log")
bound "memory at 1,000 pages" "$few" at-most 64 MiB
"$build/bench/bench_lines" "$lines" 100000 >"$log"
many=$(peak "$build/memprof" report "$log")
number "memory at 100,000 pages" "$many" MiB
bound "more for each page" \
	"$(awk -v a="$few" -v b="$many" 'BEGIN { print (b - a) * 1024 / 99000 }')" \
	at-most 2 KiB
exit $broken
