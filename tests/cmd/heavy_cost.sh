#!/bin/sh
# What `memprof status` says that memprof costs is right within a factor of two:
# a server under load uses that much more CPU time a request while it is
# measured than while it is paused.
set -eu
. "${0%/*}/run.sh"
rounds=8
run=
server=
cleanup() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null || :
	rm -rf "$dir" "$run"
}
trap cleanup EXIT
if ! command -v wrk >/dev/null || [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	echo 'skipped: no wrk, or no tmpfs, here'
	exit 77
fi
run=$(mktemp -d /dev/shm/memprof-test-XXXXXX)
export MEMPROF_RUN_DIR="$run"

# Others get in the way of this: caches are what is measured.
first=
[ "$(id -u)" != 0 ] || first='nice -n -15'
MEMPROF_MEMORY_PROFILE_LOG="$dir/memory.log" $first "$B/memprof-demo" \
	>"$dir/server.txt" 2>&1 &
server=$!
tries=0
until url=$(sed -n 's/^listening on //p' "$dir/server.txt") && [ -n "$url" ]; do
	tries=$((tries + 1))
	[ $tries -le 1200 ] || fail "the server: $(cat "$dir/server.txt")"
	sleep 0.05
done

# CPU time and requests so far.
look() {
	cat /proc/"$server"/task/*/schedstat | awk '{ n += $1 }
		END { printf "%.0f ", n }'
	"$memprof" status "$server" |
		sed -n 's/^  \([0-9]*\) requests begun.*/\1/p'
}
load() {
	$first wrk -t 1 -c 1 -d "${1}s" "${url}clean" >"$dir/wrk" ||
		fail "wrk: $(cat "$dir/wrk")"
}
phase() {
	"$memprof" "$1" "$server" >/dev/null
	look >"$dir/before"
	load 1
	look | paste "$dir/before" - |
		awk '{ print ($3 - $1) / ($4 - $2) }' >>"$dir/$1"
}
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

is_right() {
	rm -f "$dir/resume" "$dir/pause"
	i=0
	while [ $i -lt $rounds ]; do
		phase resume
		phase pause
		i=$((i + 1))
	done
	told=$("$memprof" status "$server" |
		sed -n 's/.*CPU time: \([0-9.]*\) us a request.*/\1/p')
	# The difference to the phase beside it: a machine may be slow for a while.
	paste "$dir/resume" "$dir/pause" | awk '{ print $1 - $2 }' >"$dir/more"
	awk -v more="$(median "$dir/more")" -v off="$(median "$dir/pause")" \
		-v told="$told" 'BEGIN {
		real = more / 1000
		printf "told %.2f us a request, in fact %.2f above %.2f\n",
			told, real, off / 1000
		exit !(told > real / 2 && told < real * 2)
	}'
}

# Where the machine is busy with other things, not at once.
load 1
attempt=1
until is_right; do
	attempt=$((attempt + 1))
	[ $attempt -le 6 ] || fail 'not within a factor of two'
done
