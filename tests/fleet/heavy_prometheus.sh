#!/bin/sh
# What `memprof report --format prometheus` prints is what promtool wants.
set -eu
here=$(dirname "$0")
. "$here/need.sh"
need prometheus promtool

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for log in full empty launchpad; do
	"$here/logs.sh" $log >"$dir/$log.log"
	"$B/memprof" report --format prometheus --top 3 "$dir/$log.log" \
		>"$dir/$log.prom"
	promtool check metrics <"$dir/$log.prom"
	echo "$log: $(grep -c '^memprof' "$dir/$log.prom") samples"
done
grep -q '^memprof_requests_total{page="(other)"} 2$' "$dir/full.prom"
[ "$(grep -c '^memprof_requests_total' "$dir/full.prom")" = 4 ]
