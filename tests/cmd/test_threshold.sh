#!/bin/sh
# memprof report --threshold: the lines themselves, as awk finds them and in
# their order, from logs of any size; and what they come to, on stderr.
set -eu
. "${0%/*}/run.sh"
header=$(head -n 1 tests/cmd/data/small.log)

# 60,000 requests, of which some are above a size by RSS, by heap, or by both.
awk -v header="$header" 'BEGIN {
	srand(7)
	print header
	for (i = 0; i < 60000; i++) {
		rss = rand() < 0.99 ? 0 : int(rand() * 300 - 100) * 4096
		kept = rand() < 0.99 ? 0 : int(rand() * 60) * 16384
		printf "2026-11-21T01:%02d:%02d.%06dZ\tPage:%d\t-\t0.%06d\t" \
			"1000\t900000\t1000\t%d\t0\t%d\t%d\t100\t%d\t%d\t" \
			"11\t12\t13\t%d\t8\tweb1\n", int(i / 6000) % 60,
			int(i / 100) % 60, i, i * 7919 % 300, i % 1000000,
			900000 + rss, rss, 100 + kept, 100 + kept, i % 3, 5 + i % 5
	}
}' >"$dir/many.log"

# Usage: above BYTES [CONDITION]; the same by awk.
above() {
	awk -F '\t' -v n="$1" "NR == 1 || ((\$10 > n || \$11 - \$12 > n) && ${2:-1})" \
		"$dir/many.log"
}

above 400000 >"$dir/want"
[ "$(wc -l <"$dir/want")" -gt 400 ]
for how in '-t 400000' '--threshold=400000'; do
	# shellcheck disable=SC2086
	expect 0 "$memprof" report $how "$dir/many.log"
	cmp "$dir/want" "$dir/out" || fail "$how: other lines"
done
requests=$(($(wc -l <"$dir/want") - 1))
says "memprof: $requests of 60000 requests grew RSS by more than 390.62 KiB"
own=$(awk -F '\t' 'NR > 1 && $14 == 0' "$dir/want" | wc -l)
says "in $own requests that overlapped no other: own growth"
says "in $((requests - own)) requests that overlapped others: shared growth"

# Sizes have units, and one processor prints the same lines.
above 524288 >"$dir/want"
expect 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
	"$memprof" report -t 512K "$dir/many.log"
cmp "$dir/want" "$dir/out" || fail '-t 512K: other lines'

# What is printed is a log.
expect 0 "$memprof" report -t 64K "$dir/many.log"
mv "$dir/out" "$dir/some.log"
expect 0 "$memprof" check "$dir/some.log"
expect 0 "$memprof" report -t 64K "$dir/some.log"
cmp "$dir/out" "$dir/some.log"

# Several logs, in their order; the names of the columns once.
head -n 30000 "$dir/many.log" | gzip >"$dir/first.gz"
tail -n +30001 "$dir/many.log" >"$dir/second.log"
expect 0 "$memprof" report -t 64K "$dir/first.gz" "$dir/second.log"
cmp "$dir/out" "$dir/some.log" || fail 'in two parts: other lines'

# Pages and times go with it.
above 65536 '$2 == "Page:7"' >"$dir/want"
expect 0 "$memprof" report -t 64K --page Page:7 "$dir/many.log"
cmp "$dir/want" "$dir/out" || fail '--page: other lines'
above 65536 '$1 >= "2026-11-21T01:01" && $1 < "2026-11-21T01:03"' >"$dir/want"
expect 0 "$memprof" report -t 64K --since 2026-11-21T01:01 \
	--until 2026-11-21T01:03 "$dir/many.log"
cmp "$dir/want" "$dir/out" || fail '--since: other lines'

# None is no line at all, and no error.
expect 0 "$memprof" report --threshold 1G "$dir/many.log"
[ ! -s "$dir/out" ] || fail 'lines above all of them'
says 'memprof: 0 of 60000 requests grew RSS by more than 1.00 GiB'

# Launchpad's lines come in format 1, as `memprof cat` has it.
for page in Root:a '(started)'; do
	echo "2026-11-21_01:02:03.7 $page - 0.500000 1000 2000 1000 6096"
done >"$dir/lp.log"
export TZ=UTC-2
"$memprof" cat -t memprof "$dir/lp.log" >"$dir/want"
grep -q '^2026-11-20T23:02:03.007000Z' "$dir/want"
expect 0 "$memprof" report -t 4095 "$dir/lp.log"
diff -u "$dir/want" "$dir/out" >&2
says 'of which overlap is not known'

for wrong in x -1 10Q '' 5%; do
	refused 'no SIZE' "$memprof" report --threshold="$wrong" "$dir/many.log"
done
for other in --by=host --top=3 --format=json --worst=2 --width=80; do
	refused 'is not for it' "$memprof" report -t 1M "$other" "$dir/many.log"
done
