#!/bin/sh
# memprof report lists the worst requests: as awk and sort find them, by what
# the log knows, as many as are asked for.
set -eu
. "${0%/*}/run.sh"
header=$(head -n 1 tests/cmd/data/small.log)

# 20,000 requests of 300 pages; sizes repeat, and so do times.
awk -v header="$header" 'BEGIN {
	srand(42)
	print header
	for (i = 0; i < 20000; i++) {
		kept = int(rand() * 4000) * 16 - 16000
		rss = int(rand() * 200 - 100) * 4096
		printf "2026-11-21T01:%02d:%02d.%06dZ\tPage:p%d\t%s\t0.%06d\t" \
			"1000\t900000\t1000\t%d\t0\t%d\t%d\t20000\t%d\t%d\t" \
			"11\t12\t13\t7\t%d\tweb1\n", int(i / 6000) % 60,
			int(i / 100) % 60, i % 50, i * 7919 % 300,
			i % 1000 ? "-" : "OOPS-" i, i * 31 % 1000000,
			900000 + rss, rss, 20000 + kept, int(rand() * 900) * 64,
			i % 4, i
	}
}' >"$dir/many.log"

# Usage: list HEADING; the rows of that section: number, moment, page.
list() {
	awk -v heading="$1" '
	on && / began / { next }
	on && (!NF || $1 == "and") { exit }
	on { print $1 " " $2, $3, $7 }
	$0 == heading { on = 1 }' "$dir/out"
}

# Usage: worst EXPRESSION N; the same by awk and sort.
worst() {
	tail -n +2 "$dir/many.log" |
		awk -F '\t' -v OFS='\t' "{ v = $1 } v > 0 { print v, \$1, \$19, \$2 }" |
		sort -t "$(printf '\t')" -k 1,1nr -k 2,2 -k 3,3n | head -n "$2" |
		awk -F '\t' '{
			if ($1 < 1024) printf "%d B", $1
			else if ($1 < 1048576) printf "%.2f KiB", $1 / 1024
			else printf "%.2f MiB", $1 / 1048576
			print "", $2, $4 }'
}

# Usage: agrees HEADING EXPRESSION N
agrees() {
	list "$1" >"$dir/got"
	worst "$2" "$3" >"$dir/want"
	[ "$(wc -l <"$dir/want")" = "$3" ] || fail "$1: a test without data"
	diff -u "$dir/want" "$dir/got" >&2 || fail "$1"
}

for n in 5 1 300; do
	expect 0 "$memprof" report -w 0 --worst $n "$dir/many.log"
	quiet
	agrees 'Requests that retained most heap:' '$11 - $12' $n
	agrees 'Requests that held most heap at once:' '$13' $n
done
expect 0 "$memprof" report "$dir/many.log"
quiet
agrees 'Requests that retained most heap:' '$11 - $12' 5
cp "$dir/out" "$dir/all.out"
expect 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
	"$memprof" report "$dir/many.log"
cmp "$dir/out" "$dir/all.out"

# How many more there are of the same size.
most=$(awk -F '\t' 'NR > 1 && $13 > m { m = $13 } END { print m }' \
	"$dir/many.log")
equal=$(awk -F '\t' -v m="$most" '$13 == m { n++ } END { print n - 1 }' \
	"$dir/many.log")
[ "$equal" -gt 0 ]
expect 0 "$memprof" report -w 0 --worst 1 "$dir/many.log"
grep -q "^  and $equal more with " "$dir/out" ||
	fail "not $equal more: $(cat "$dir/out")"

expect 0 "$memprof" report --worst=0 "$dir/many.log"
! grep -q '^Requests' "$dir/out" || fail 'a list in spite of --worst=0'

# Without jemalloc's columns RSS that is their own tells, then RSS of all.
awk -F '\t' -v OFS='\t' 'NR > 1 { $11 = $12 = $13 = "\\N" } 1' \
	"$dir/many.log" >"$dir/rss.log"
expect 0 "$memprof" report -w 0 "$dir/rss.log"
agrees 'Requests that RSS grew with most, of those that overlapped no other:' \
	'$14 == 0 ? $10 : 0' 5
! grep -q '^Requests that held' "$dir/out" || fail 'a peak that nobody knows'
awk -F '\t' -v OFS='\t' 'NR > 1 { $14 = "\\N" } 1' "$dir/rss.log" >"$dir/any.log"
expect 0 "$memprof" report -w 0 "$dir/any.log"
agrees 'Requests that RSS grew with most, which others may share:' '$10' 5

# Launchpad's times are local ones.
echo '2026-11-21_01:02:03.7 Root:a OOPS-1 0.500000 1000 2000 1000 6096' |
	expect 0 "$memprof" report
prints ' 4.00 KiB 2026-11-21T01:02:03.007000 500.00 ms \N Root:a OOPS-1'

# On a terminal of 80 columns no line is broken, and pages are told.
expect 0 "$memprof" report -w 80 "$dir/many.log"
sed -n '/^Requests that/,$p' "$dir/out" >"$dir/lists"
[ "$(wc -L <"$dir/lists")" -le 80 ] || fail "too wide: $(cat "$dir/lists")"
grep -q ' Page:' "$dir/lists" || fail "no page: $(cat "$dir/lists")"

for n in x -1 1001 ''; do
	refused 'no N: ' "$memprof" report --worst="$n" "$dir/any.log"
done
