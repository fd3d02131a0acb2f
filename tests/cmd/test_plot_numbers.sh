#!/bin/sh
# memprof plot over a longer log: the numbers of the script against awk's, over
# the same log.
set -eu
. "${0%/*}/run.sh"
log=$dir/long.log

# Usage: block NAME; the lines of that block of data in the script.
block() {
	sed -n "/^\\\$$1 << EOD\$/,/^EOD\$/p" "$dir/script" | sed '1d;$d'
}

# Usage: same WHAT; what we say and what awk says.
same() {
	diff "$dir/ours" "$dir/theirs" >&2 || fail "$1"
}

awk 'BEGIN {
	OFS = "\t"
	print "timestamp", "page_id", "oops_id", "duration", "start_vss",
		"start_rss", "end_vss", "end_rss", "vss_delta", "rss_delta",
		"allocated", "freed", "peak", "overlap", "heap_allocated",
		"heap_active", "heap_resident", "pid", "tid", "host"
	srand(3)
	for (i = 0; i < 20000; i++) {
		s = i * 4
		rss = 50000000 + int(rand() * 1000) * 4096
		kept = rand() < 0.3 ? int(rand() * 5000) - 2000 : 0
		took = 10000 + int(rand() ^ 8 * 4000000)
		held = 3000 + int(rand() ^ 4 * 1000000)
		printf "2026-11-%02dT%02d:%02d:%02d.000000Z\t", 21 + s / 86400,
			int(s / 3600) % 24, int(s / 60) % 60, s % 60
		print "Page:" int(rand() ^ 2 * 40),
			rand() < 0.001 ? "OOPS-1" : "-",
			sprintf("%d.%06d", took / 1000000, took % 1000000),
			100000000, rss, 100000000, rss + 4096, 0, 4096,
			100000 + kept, 100000, held, 0, 1000000 + i,
			2000000 + i, 3000000 + i, 100 + i % 3, 100, "web1"
	}
}' >"$log"
expect 0 "$memprof" check "$log"
expect 0 "$memprof" plot --script --plot all "$log"
quiet
mv "$dir/out" "$dir/script"

# No spike of a process is lost, and there are as many points as can be drawn.
for n in 0 1 2; do
	{ block "rss$n" && block "rss_reach$n"; } | awk 'NF == 2 {
		v = int($2 * 1048576 + 0.5)
		if (!n++ || v < least) least = v
		if (v > most) most = v
	}
	END { printf "%d %d\n", least, most }'
	points=$(block "rss$n" | wc -l)
	[ "$points" -le 1024 ] || fail 'too many points'
	[ "$points" -ge 500 ] || fail 'too few points'
done | sort >"$dir/ours"
awk -F '\t' 'NR > 1 {
	if (!n[$18]++ || $6 < least[$18]) least[$18] = $6
	if ($8 > most[$18]) most[$18] = $8
}
END { for (p in n) printf "%d %d\n", least[p], most[p] }' "$log" |
	sort >"$dir/theirs"
same 'a spike is lost'

# What each page kept, where its line ends, in MiB as all pages need it.
for n in 0 1 2 3 4 5 6; do
	block "retained$n" | tail -n 1 | awk '{ printf "%.0f\n", $2 * 1048576 }'
done >"$dir/ours"
awk -F '\t' 'NR > 1 { kept[$2] += $11 - $12 }
END {
	for (p in kept)
		print kept[p] < 0 ? -kept[p] : kept[p], kept[p]
}' "$log" | sort -rn | awk 'NR <= 7 { print $2 }' >"$dir/theirs"
same 'the pages kept something else'

# And what it had kept at noon, which is a while before.
noon=1795262400 # 12:00 on the first day
block retained0 | awk -v t="$noon" '$1 <= t { from = $1; low = $2 }
$1 > t {
	printf "%.0f\n", (low + ($2 - low) * (t - from) / ($1 - from)) * 1048576
	exit
}' >"$dir/ours"
page=$(sed -n 's/^  NaN with lines lt 1 .* title "\(Page:[0-9]*\): .*/\1/p' \
	"$dir/script" | head -n 1)
awk -F '\t' -v page="$page" 'NR > 1 && $2 == page && $1 < "2026-11-21T12" {
	kept += $11 - $12
	if ($1 < "2026-11-21T11:50") before += $11 - $12
}
END { print kept, kept - before + 5000 }' "$log" >"$dir/theirs"
awk 'FNR == NR { ours = $1; next }
{ off = ours - $1; exit !(off < $2 && -off < $2 && $1 > 5000) }' \
	"$dir/ours" "$dir/theirs" ||
	fail "at noon $(cat "$dir/ours"), not $(cat "$dir/theirs")"

# Deltas by powers of two.
block deltas | awk '$2' >"$dir/ours"
awk -F '\t' 'NR > 1 {
	n = 0
	for (v = $11 - $12; v >= 1 || v <= -1; v = int(v / 2)) n++
	count[$11 < $12 ? -n : n]++
}
END { for (n in count) print n, count[n] }' "$log" | sort -n >"$dir/theirs"
same 'deltas are counted wrong'

# Each box of durations holds the requests between its edges.
sed -n '/^\$duration[0-9]* << EOD$/,/^EOD$/p' "$dir/script" |
	grep '^[0-9]' >"$dir/boxes"
awk 'FILENAME == ARGV[1] {
	n++
	left[n] = 2 ^ $1 - 0.5; right[n] = 2 ^ $2 - 0.5
	low[n] = 2 ^ $3 - 0.5; high[n] = 2 ^ $4 - 0.5
	want[n] = $5
	sum += $5
	next
}
FNR > 1 {
	x = $4 * 1000000
	for (i = 1; i <= n; i++)
		if (x >= left[i] && x < right[i] && $13 >= low[i] && $13 < high[i])
			got[i]++
}
END {
	for (i = 1; i <= n; i++)
		off += (got[i] > want[i] ? got[i] - want[i] : want[i] - got[i])
	# The edges have four decimals.
	if (sum != 20000 || n < 100 || off > 100) {
		print n, "boxes hold", sum, "and", off, "are elsewhere"
		exit 1
	}
}' "$dir/boxes" "$log" >&2 || fail 'a box holds something else'

# The same whatever the number of threads.
taskset -c 0 "$memprof" plot --script --plot all "$log" >"$dir/one"
cmp "$dir/one" "$dir/script" || fail 'it depends on the number of threads'

# And gnuplot has nothing to say.
gnuplot -d <"$dir/script" >"$dir/picture.svg" 2>"$dir/err"
quiet
