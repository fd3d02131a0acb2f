#!/bin/sh
# status, pause, top and recover, of a real server with forked workers, whose
# numbers move while they are read.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/running.sh"
if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	echo 'skipped: no tmpfs here'
	exit 77
fi
rm -rf "$run"
run=$(mktemp -d /dev/shm/memprof-test-XXXXXX)
export MEMPROF_RUN_DIR="$run" MEMPROF_MEMORY_PROFILE_LOG="$dir/memory.log"
log=$dir/memory.log
stop_server() {
	# The server's own process group has its workers.
	[ -z "${server-}" ] || kill -9 -"$server" 2>/dev/null || :
	rm -rf "$run"
	stop_all
}
trap stop_server EXIT

# A group of its own, whose number is the server's pid.
setsid "$B/tests/cmd/host_prefork" 2 >"$dir/server.says" 2>&1 &
server=$!
within_a_minute grep -qs '^ready' "$dir/server.says"

look() {
	expect 0 "$memprof" status "$log"
}
# Usage: counts WORD; the number before it in the ledger.
counts() {
	look
	sed -n "s/^  .*[=+ ] \([0-9]*\) $1.*/\1/p" "$dir/out" | head -n 1
}
has_processes() {
	look
	[ "$(grep -c '^ *[0-9]* *\(running\|sleeping\)' "$dir/out")" = "$1" ]
}
more_than() {
	n=$(counts "$2")
	[ -n "$n" ] && [ "$n" -gt "$1" ]
}

# All processes are one server, and its numbers grow.
within_a_minute has_processes 3
within_a_minute more_than 300 logged
look
grep -q '^  on; logs direct$' "$dir/out" || fail "state: $(cat "$dir/out")"
[ "$(grep -c 'Long:page' "$dir/out")" = 2 ] || fail "$(cat "$dir/out")"
within_a_minute eval "look; grep -q 'memprof costs this server [0-9.]* %' '$dir/out'"

# The ledger balances, but for what is just ending, however often it is read.
for i in 1 2 3 4 5 6 7 8 9 10; do
	look
	sed -n 's/.* \([0-9]*\) just ending.*/\1/p; s/^  \([0-9]*\) of them ended meanwhile/\1/p' \
		"$dir/out"
done >"$dir/rest"
awk '$1 > 6 { exit 1 }' "$dir/rest" || fail "rests: $(cat "$dir/rest")"

# Paused, nothing is logged; a child that is forked now is paused, too.
expect 0 "$memprof" pause
prints "$log: 3 processes paused"
within_a_minute more_than 50 'while paused'
lines=$(grep -c 'Worker:page' "$log")
kill -USR1 "$server"
within_a_minute has_processes 4
look
[ "$(grep -c '  paused$' "$dir/out")" = 4 ] || fail "$(cat "$dir/out")"
before=$(counts 'while paused')
within_a_minute more_than $((before + 100)) 'while paused'
# Each of two workers may have been ending one.
[ "$(grep -c 'Worker:page' "$log")" -le $((lines + 2)) ] ||
	fail 'it was logged all the same'
expect 0 "$memprof" resume "$log"
prints "$log: 4 processes resumed"
before=$(counts logged)
within_a_minute more_than $((before + 100)) logged

# It opens its log anew.
mv "$log" "$log.1"
expect 0 "$memprof" reopen "$server" "$log"
prints "$log: 4 processes told to reopen"
within_a_minute grep -qs 'Worker:page' "$log"

# What it does is seen, though it is one moment of many.
expect 0 "$memprof" top --once "$log"
grep -q ' Worker:page$' "$dir/out" || fail "top: $(cat "$dir/out")"

# A worker is killed, and nobody has waited for it: that is told, until it is
# recovered.
victim=$(cut -d' ' -f1 "/proc/$server/task/$server/children")
kill -9 "$victim"
killed() {
	look
	grep -q "^ *$victim *killed" "$dir/out"
}
within_a_minute killed
grep -q "^ *$victim *killed *- *[0-9.]* MiB" "$dir/out" ||
	fail "no size: $(cat "$dir/out")"
expect 1 "$memprof" status --max-inflight-age 1000 "$log"
grep -q "^process $victim of $log: killed, with [12] requests in flight" \
	"$dir/out" || fail "$(cat "$dir/out")"
refused "process $victim is not running" "$memprof" pause "$victim"
expect 0 "$memprof" recover "$log"
expect 0 "$memprof" status --max-inflight-age 1000 "$log"
[ "$(awk -F '\t' -v pid="$victim" '$18 == pid && $3 == "UNFINISHED" &&
	$2 == "Long:page"' "$log" | wc -l)" = 1 ] || fail 'not logged once'

# It ends in good order, and leaves nothing.
kill -TERM "$server"
gone() {
	! kill -0 "$server" 2>/dev/null
}
within_a_minute gone
