#!/bin/sh
# Each page of memprof-demo leaves its line in the log, and that says what the
# page did.  Works without jemalloc too, where bytes are unknown.
set -eu
here=$(dirname "$0")
. "$here/serving.sh"

fail() {
	echo "$*"
	cat "$dir/out"
	cat "$log"
	exit 1
}

# Wait for a command to succeed, a minute at most.
within_a_minute() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || fail "in vain: $*"
		sleep 0.1
	done
}

# How many lines of page $1 the log has for which the condition $2 holds.
lines() {
	awk -F '\t' -v page="$1" '$2 == page && ('"$2"')' "$log" | wc -l
}

expect() {
	[ "$(lines "$2" "$3")" -eq "$1" ] ||
		fail "$(lines "$2" "$3") lines of $2 with $3, not $1"
}

log=$dir/memory.log
printf '[profiling]\nmemory_profile_log: %s\n' "$log" >"$dir/conf"
"$B/memprof-demo" --config "$dir/conf" >"$dir/out" 2>&1 &
server=$!
wait_for_start
oops=$(python3 "$here/client.py" "$address")

# The stream that was cut off ends by itself, before the server does.
all_ended() {
	[ "$(lines Demo:stream 1)" -eq 3 ] && [ "$(lines Demo:disposer 1)" -eq 1 ]
}
within_a_minute all_ended
cp "$log" "$dir/once.log"

# Rotation with SIGHUP, as logrotate does it, leaves the server running, and the
# log goes on in a new file, header first.
mv "$log" "$log.1"
kill -HUP "$server"
reopened() {
	python3 "$here/client.py" "$address" >/dev/null
	[ -e "$log" ]
}
within_a_minute reopened
head -n 1 "$log" | grep -q '^timestamp	page_id	' || fail "no header"

end_server
expect 1 '(stopped)' 1
grep -q ' 0 dropped, 0 in flight, 0 misused calls$' "$dir/out" ||
	fail "calls were misused, or lines lost"

log=$dir/once.log
"$B/memprof" check "$log" || fail "not a good log"
expect 1 '(started)' 1
expect 1 Demo:index '$3 == "-"'
expect 2 Demo:clean '$3 == "-"'
expect 1 Demo:failing '$3 == "'"$oops"'"'
expect 1 'Straße%20&%20Café:%20page' 1
expect 1 NotFound 1
# The page waits for 30 ms, and its thread serves others meanwhile.
expect 1 Demo:slow '$4 >= 0.030'
expect 1 Demo:busy 1
expect 1 Demo:handover 1
expect 1 Demo:disposer 1

if [ -n "${MEMPROF_TEST_NO_JEMALLOC-}" ]; then
	echo "bytes are not looked at: jemalloc is not linked"
	expect 1 Demo:leaking '$11 == "\\N" && $12 == "\\N" && $13 == "\\N"'
	exit 0
fi
for page in Demo:index Demo:busy Demo:clean Demo:failing Demo:slow Demo:stream Demo:spike \
	NotFound 'Straße%20&%20Café:%20page'; do
	expect 0 "$page" '$11 != $12'
done
expect 1 Demo:leaking '$11 == 4144 && $12 == 0'
expect 1 Demo:spike '$11 >= 33554432 && $13 >= 33554432'
expect 1 Demo:cached '$11 == 1024 && $12 == 0'
expect 1 Demo:handover '$11 == 1536 && $12 == 0'
expect 1 Demo:disposer '$11 == 0 && $12 == 1536'
# Pieces of 4,096 bytes, one after the other, beside a buffer of 30,000.  Of the
# one that was cut off the client had taken a million bytes.
expect 1 Demo:stream '$11 == 32768 + 3 * 4096'
expect 1 Demo:stream '$11 == 32768 + 16 * 4096'
expect 1 Demo:stream '$11 > 1000000 && $11 < 1000000 * 4096'
