#!/bin/sh
# memprof report --gaps: what RSS grew by between requests, as it stands between
# the lines; also of Launchpad's forms, which have no lines for it.
set -eu
. "${0%/*}/run.sh"
header=$(head -n 1 tests/cmd/data/small.log)

# Two processes whose requests come one after another; in pid 8 some overlap.
# Every 100th gap of pid 7 grows by 64 KiB.
awk -v header="$header" '
function request(s, took, start, end, pid) {
	printf "2026-11-21T01:%02d:%02d.%06dZ\tPage:%d\t-\t%.6f\t1000\t%d" \
		"\t1000\t%d\t0\t%d\t70\t30\t60\t0\t11\t12\t13\t%d\t1\tweb\n",
		s / 60, s % 60, (s - int(s)) * 1000000 + 0.5, n++ % 30, took,
		start, end, end - start, pid
}
BEGIN {
	print header
	rss = 1048576
	for (i = 0; i < 3000; i++) {
		rss += i % 100 == 50 ? 65536 : 0
		request(i / 4, 0.125, rss, rss + 4096, 7)
		rss += 4096
		request(i / 4, 0.25, 1048576, 1048576, 8)
	}
}' >"$dir/many.log"
expect 0 "$memprof" report -w 0 --gaps "$dir/many.log"
quiet
prints 'Between requests, while none was in flight, RSS changed by 1.88 MiB in 2999 gaps.'
prints ' 64.00 KiB 2026-11-21T01:00:12.375000Z 125.00 ms 7@web'
[ "$(grep -c '^  64.00 KiB  .*7@web$' "$dir/out")" = 5 ] ||
	fail "not the largest: $(cat "$dir/out")"
! grep -q 'Lasted so long' "$dir/out"

# By the lines alone; what is left out of the log may have filled a gap.
printf '2026-11-21T01:00:00.000000Z\t(skipped)\tsampled=90,threshold=2,one_in=10\t60.000000%s\t8\t1\tweb\n' \
	"$(printf '\t\\N%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13)" >"$dir/skipped"
expect 0 "$memprof" report -w 0 --gaps "$dir/many.log" "$dir/skipped"
quiet
prints 'Not known to be in flight: 92 requests without a line.'

# A process grows from its start on, until it stops; what another one with its
# pid was as large as does not matter.
awk -v header="$header" '
function line(second, id, took, start, end) {
	printf "2026-11-21T01:02:%02d.000000Z\t%s\t-\t%s\t\\N\t%s\t1000\t%s",
		second, id, took, start, end
	for (i = 9; i < 18; i++)
		printf "\t\\N"
	print "\t1\t1\tpod"
}
BEGIN {
	print header
	line(0, "(started)", "\\N", "\\N", 1048576)
	line(1, "Root:a", "1.000000", 1048580, 2097152)
	line(3, "(started)", "\\N", "\\N", 1000)
	line(4, "Root:a", "1.000000", 1003, 1010)
	line(6, "(stopped)", "3.000000", 1000, 1090)
}' >"$dir/own.log"
expect 0 "$memprof" report -w 0 --gaps "$dir/own.log"
prints 'Between requests, while none was in flight, RSS changed by 87 B in 3 gaps.'
prints ' 80 B 2026-11-21T01:02:05.000000Z 1.00 s 1@pod'
prints ' 4 B 2026-11-21T01:02:00.000000Z 1.00 s 1@pod'
prints ' 3 B 2026-11-21T01:02:03.000000Z 1.00 s 1@pod'

# Launchpad's.
cat >"$dir/lp.log" <<'END'
2026-11-21_01:02:03.007 Root:a - 0.500000 1000 2048 1000 4096
2026-11-21_01:02:04.007 Root:b - 0.500000 1000 9216 1000 9216
2026-11-21_01:02:03.900 Root:long - 2.000000 1000 4100 1000 9300
2026-11-21_01:02:06.007 Root:b - 1000 9216 1000 9216
END
expect 0 "$memprof" report -w 0 --gaps "$dir/lp.log"
prints 'Between requests, while none was in flight, RSS changed by 4 B in 1 gap.'
prints ' 4 B 2026-11-21T01:02:03.507000 393.00 ms \N'
prints 'Left out: 1 request without a duration or a size.'

refused '--gaps takes the lines of all pages' \
	"$memprof" report --gaps --page 'Page:*' "$dir/many.log"
expect 0 "$memprof" report "$dir/many.log"
! grep -q '^Between' "$dir/out" || fail 'gaps that nobody asked for'
