#!/bin/sh
# What `memprof report --format prometheus` prints is what promtool wants, and
# node_exporter's textfile collector hands it on.
set -eu
here=$(dirname "$0")
. "$here/need.sh"
need prometheus promtool
need prometheus-node-exporter prometheus-node-exporter

dir=$(mktemp -d)
exporter=
server=
cleanup() {
	[ -z "$exporter$server" ] || kill $exporter $server 2>/dev/null || :
	rm -rf "$dir"
}
trap cleanup EXIT
for log in full empty launchpad; do
	"$here/logs.sh" $log >"$dir/$log.log"
	"$B/memprof" report --format prometheus --top 3 "$dir/$log.log" \
		>"$dir/$log.prom"
	promtool check metrics <"$dir/$log.prom"
	echo "$log: $(grep -c '^memprof' "$dir/$log.prom") samples"
done
grep -q '^memprof_requests_total{page="(other)"} 2$' "$dir/full.prom"
[ "$(grep -c '^memprof_requests_total' "$dir/full.prom")" = 4 ]

mkdir "$dir/textfile"
mv "$dir/full.log" "$dir/memory.log"
PATH=$(cd "$B" && pwd):$PATH
"$here/recipe.sh" prometheus | sed -e "s,/var/log/server,$dir," \
	-e "s,/var/lib/prometheus/node-exporter,$dir/textfile," | sh -e
[ "$(ls "$dir/textfile")" = memprof.prom ]

# What a running server tells, beside that.
mkdir "$dir/run"
mkfifo "$dir/in"
"$B/tests/live/host_recorder" "$dir/run" /log/memory.log logged=7 begun=7 \
	<>"$dir/in" >"$dir/ready" &
server=$!
tries=0
until grep -q ready "$dir/ready"; do
	tries=$((tries + 1))
	[ $tries -le 600 ]
	sleep 0.1
done
"$here/recipe.sh" prometheus-live | sed -e \
	"s,/var/lib/prometheus/node-exporter,$dir/textfile," |
	MEMPROF_RUN_DIR="$dir/run" sh -e
promtool check metrics <"$dir/textfile/memprof-live.prom"
port=$(python3 "$here/port.py")
prometheus-node-exporter --web.listen-address="127.0.0.1:$port" \
	--collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$dir/textfile" >"$dir/log" 2>&1 &
exporter=$!
tries=0
until python3 -c 'import sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' \
	"http://127.0.0.1:$port/metrics" >"$dir/metrics" 2>"$dir/err"; do
	tries=$((tries + 1))
	[ $tries -le 600 ] || { cat "$dir/log" "$dir/err"; exit 1; }
	sleep 0.1
done
grep -q '^node_textfile_scrape_error 0$' "$dir/metrics"
grep '^memprof_.*Root:index' "$dir/metrics"
grep -q '^memprof_retained_bytes{page="Root:index.html"} 2048$' "$dir/metrics"
[ "$(grep -c '^memprof_requests_total' "$dir/metrics")" = 5 ]
grep '^memprof_live_requests{.*state="logged".*} 7$' "$dir/metrics"
