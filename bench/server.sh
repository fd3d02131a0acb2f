#!/bin/sh
# What memprof costs a web server: the demo under wrk, memprof off and on, in
# turn, as medians.
# Usage: server.sh BUILD DIR
set -eu
build=$1 dir=$2
rounds=7
seconds=2
pids=

trap 'kill $pids 2>/dev/null || :; wait' EXIT

# Usage: start NAME true|false; what it listens on is in DIR/NAME.url.
start() {
	printf '[profiling]\nprofiling_allowed: %s\nmemory_profile_log: %s\n' \
		"$2" "$dir/server.log" >"$dir/$1.conf"
	"$build/memprof-demo" --config "$dir/$1.conf" >"$dir/$1.txt" 2>&1 &
	pids="$pids $!"
	tries=0
	until sed -n 's/^listening on //p' "$dir/$1.txt" >"$dir/$1.url" &&
		[ -s "$dir/$1.url" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { cat "$dir/$1.txt" && exit 1; }
		sleep 0.1
	done
}

# Requests a second, of a page that does next to nothing.
load() {
	wrk -t 1 -c 8 -d "${seconds}s" "$(cat "$dir/$1.url")clean" \
		>"$dir/wrk.txt"
	awk '/^Requests\/sec/ { print $2 }' "$dir/wrk.txt" >>"$dir/$1.rps"
}

median() {
	sort -n "$dir/$1.rps" | sed -n "$((rounds / 2 + 1))p"
}

start off false
start on true
for _ in $(seq $rounds); do
	load off
	load on
done
awk -v off="$(median off)" -v on="$(median on)" 'BEGIN {
	print "\nThe demo server under wrk, a page that does next to nothing"
	printf "  %-52s %9.0f %s\n", "memprof off", off, "requests/s"
	printf "  %-52s %9.0f %s\n", "memprof on", on, "requests/s"
	printf "  %-52s %9.1f %s\n", "cost", (off / on - 1) * 100, "%"
	printf "  %-52s %9.2f %s\n", "cost of a request", 1e6 / on - 1e6 / off,
		"us"
}'
