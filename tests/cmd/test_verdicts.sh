#!/bin/sh
# report judges what the pages of a log do; the options move the warm-up; and
# it says the same however the log comes.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# An hour of a server: one page leaks 48 bytes in one of 20 requests, one fills
# a cache for ten minutes, and one hands to another what that one frees.
awk -v OFS='\t' 'BEGIN {
	print "timestamp", "page_id", "oops_id", "duration", "start_vss",
		"start_rss", "end_vss", "end_rss", "vss_delta", "rss_delta",
		"allocated", "freed", "peak", "overlap", "heap_allocated",
		"heap_active", "heap_resident", "pid", "tid", "host"
	for (s = 0; s < 3600; s++) {
		line("leaks", s % 20 ? 0 : 48, 0)
		line("caches", s < 600 ? 1024 : 0, 0)
		line("gives", 1536, 0)
		line("takes", 0, 1536)
		line("clean", 300, 300)
		if (s % 60 == 0)
			line("spikes", 33554432, 33554432)
	}
}
function line(page, allocated, freed, peak) {
	peak = page == "spikes" ? 33554432 : allocated
	printf "2026-11-21T%02d:%02d:%02d.000000Z", 1 + s / 3600,
		s % 3600 / 60, s % 60
	print "", page, "-", "0.001000", 1000000, 1000000, 1000000, 1000000,
		0, 0, allocated, freed, peak, 1, "\\N", "\\N", "\\N", 7, 7, "h"
}' >"$dir/log"
"$B/memprof" check "$dir/log"
"$B/memprof" report "$dir/log" >"$dir/report"

expect() {
	grep -q -- "$1" "$dir/report" || {
		cat "$dir/report"
		fail "no line: $1"
	}
}
expect '^leaks .* leak$'
expect '^caches .* warm-up$'
expect '^gives .* hand-over$'
expect '^takes .* hand-over$'
expect '^clean .* steady$'
expect '^spikes .* spike$'
expect '^total .* -$'
expect '^  leaks: leak: after the warm-up [0-9]* of [0-9]* requests kept memory'
expect '^  gives: hand-over: what it allocates takes frees'
expect '^  1 page is steady\.$'

# The order of the lines, and cutting them in files, change nothing.
head -n 1 "$dir/log" >"$dir/first"
sed 1d "$dir/log" | sort -r -k 2 | sed 9000q >>"$dir/first"
sed 1d "$dir/log" | sort -r -k 2 | sed 1,9000d | gzip >"$dir/second.gz"
"$B/memprof" report "$dir/second.gz" "$dir/first" >"$dir/other"
cmp "$dir/report" "$dir/other" || fail "another order is another report"

# 45 minutes are more than half of the log, which is left out at most.
"$B/memprof" report --warmup-time=2700 --warmup-count=0 "$dir/log" \
	>"$dir/report"
expect 'warm-up: 2700 s and 0 requests'
judged=$(sed -n 's/^  leaks: .* of \([0-9]*\) requests.*/\1/p' "$dir/report")
[ "$judged" -ge 1800 ] && [ "$judged" -lt 2000 ] || fail "judged $judged"
"$B/memprof" report --warmup-time 0 --warmup-count 0 "$dir/log" >"$dir/report"
judged=$(sed -n 's/^  leaks: .* of \([0-9]*\) requests.*/\1/p' "$dir/report")
[ "$judged" -eq 3600 ] || fail "judged $judged"

for wrong in --warmup-time=x --warmup-count=-1 --warmup-time=; do
	status=0
	"$B/memprof" report $wrong "$dir/log" 2>"$dir/err" || status=$?
	[ $status -eq 2 ] || fail "$wrong: exit $status"
	grep -q '^memprof: report: no [NS]: ' "$dir/err" ||
		fail "$wrong: $(cat "$dir/err")"
done
