#!/bin/sh
# Prints a log with what engines stumble over: unknown numbers, ids with commas,
# quotes, UTF-8 and escapes, memprof's own lines.
# Usage: logs.sh full|empty|launchpad
set -eu
header='timestamp page_id oops_id duration start_vss start_rss end_vss end_rss
vss_delta rss_delta allocated freed peak overlap heap_allocated heap_active
heap_resident pid tid host'

tabs() {
	tr ' \n' '\t\t' | sed 's/\t$//'
	echo
}

# Usage: line SECOND PAGE OOPS DURATION ALLOCATED FREED PEAK OVERLAP
line() {
	echo "2026-11-21T01:02:0$1.123456Z $2 $3 $4 4096000 1024000 4096000" \
		"1028096 0 4096 $5 $6 $7 $8 100 200 300 7 8 web1" | tabs
}

case $1 in
full)
	echo "$header" | tabs
	line 1 '(started)' - '\N' '\N' '\N' '\N' '\N'
	line 2 Root:index.html - 0.000004 1024 0 1024 0
	line 3 Root:index.html OOPS-1 12.500000 2048 1024 2048 1
	line 4 'a,"b"' - 0.100000 512 512 512 0
	line 5 'Straße%20&%20Café=1' - 0.010000 '\N' '\N' '\N' 3
	line 6 '%28outside)' - 0.000001 0 9223372036854775807 0 0
	line 7 "O'Neil~;=" - 0.000000 0 0 0 0
	line 8 '(skipped)' sampled=90,threshold=3,one_in=10 '\N' '\N' '\N' \
		'\N' '\N'
	line 9 '(stopped)' - 1.000000 '\N' '\N' '\N' '\N'
	;;
empty)
	echo "$header" | tabs
	;;
launchpad)
	echo '2026-11-21_01:02:03.7 Root:index.html - 0.500000 1 2 3 4'
	echo '2026-11-21_01:02:04.12 Root:index.html OOPS-1 5 6 7 8'
	;;
esac
