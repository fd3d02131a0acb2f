#!/bin/sh
# memprof status: what it tells of running and killed servers, to people and to
# Prometheus, and when it says that something is wrong.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/running.sh"

refused "no recorder in $run" "$memprof" status
refused "$dir/none: No such file or directory" "$memprof" status -r "$dir/none"
refused "1: no recorder in $run that you may open" "$memprof" status 1

# One server of two processes, and another one.
start one "$dir/a.log" logged=1000 dropped=2 begun=1003 slotless=4 \
	threshold=1 cost-requests=10 cost-ns=31000 Root:index@1.5 Slow:page@70
one=$pid
start two "$dir/a.log" async=1 logged=100 begun=100
two=$pid
start other "$dir/b.log" logged=5 cancelled=1 abandoned=1 begun=7 new@1
other=$pid

# Usage: shows REGEX; as a line of what was printed, blanks squeezed.
shows() {
	sed 's/  */ /g; s/ $//' "$dir/out" | grep -qx -e "$1" ||
		fail "no line like '$1': $(cat "$dir/out")"
}

expect 0 "$memprof" status
quiet
prints "$dir/a.log"
prints ' on; logs direct'
prints ' 1105 requests begun = 1100 logged + 1 under the threshold + 2 dropped + 2 in flight'
prints ' 4 began when all slots were taken: a kill would lose their names'
shows " $one [a-z]* 1 [0-9.]* MiB [0-9.]* [A-Z]iB 1005 2 7[0-9.]* s"
shows " $two [a-z]* 1 [0-9.]* MiB [0-9.]* [A-Z]iB 100 0 -"
shows " $one $one 7[0-9.]* s 0 B [0-9.]* [KM]iB Slow:page"
shows " $one $one [0-9.]* s 0 B [0-9.]* [KM]iB Root:index"
prints "$dir/b.log"
prints ' 8 requests begun = 5 logged + 0 dropped + 1 cancelled + 1 abandoned + 1 in flight'
[ "$(grep -c 'page in flight' "$dir/out")" = 2 ] || fail 'not two lists'
[ "$(grep -n 'Slow:page' "$dir/out" | cut -d: -f1)" -lt \
	"$(grep -n 'Root:index' "$dir/out" | cut -d: -f1)" ] ||
	fail 'the oldest is not first'

# Which of them: by log, from any directory, and by pid.
expect 0 "$memprof" status "$dir/b.log"
! grep -q 'a.log' "$dir/out" || fail 'not b alone'
(cd "$dir" && expect 0 "$memprof" status ./b.log) || fail 'not by ./b.log'
expect 0 "$memprof" status "$one" "$dir/b.log"
! grep -q " $two " "$dir/out" || fail "$two was not asked for"
grep -q " $one " "$dir/out" && grep -q " $other " "$dir/out" ||
	fail 'not what was asked for'
refused "$dir/c.log: no recorder" "$memprof" status "$dir/b.log" "$dir/c.log"
MEMPROF_RUN_DIR=/nowhere expect 0 "$memprof" status --run-dir "$run" "$other"

# What it costs is told where the process has used some CPU time.
tell one 'spend 200'
expect 0 "$memprof" status "$one"
shows ' memprof costs this server [0-9.]* % of its CPU time: 3.10 us a request, measured in 10'
expect 0 "$memprof" status "$two"
prints " memprof's own cost is not measured yet"

# Limits.
expect 0 "$memprof" status --max-inflight-age 1000
[ ! -s "$dir/out" ] || fail 'something over no limit'
expect 1 "$memprof" status --max-inflight-age 60
shows "process $one of $dir/a.log: Slow:page in flight for 7[0-9.]* s, over 60 s"
[ "$(wc -l <"$dir/out")" = 1 ] || fail 'more than one offender'
expect 1 "$memprof" status --max-inflight-age 0.5
shows "process $one of .*, over 0.5 s, and 1 more"
[ "$(wc -l <"$dir/out")" = 2 ] || fail 'not two offenders'
expect 0 "$memprof" status --max-rss-growth 1M/min --interval 0.1
[ ! -s "$dir/out" ] || fail 'growth of nothing'

# A process that grows and grows, while it is looked at twice.
"$memprof" status --max-rss-growth 100K/s --interval 1 "$two" >"$dir/grown" &
status_pid=$!
steps=0
while kill -0 $status_pid 2>/dev/null && [ $steps -lt 100 ]; do
	tell two 'grow 1048576'
	steps=$((steps + 1))
done
status=0
wait $status_pid || status=$?
[ $status = 1 ] || fail "growth: exit status $status"
grep -q "^process $two of $dir/a.log: RSS grew by [0-9.]* [KM]iB in [0-9.]* s: [0-9.]* [MG]iB/min, over 5.86 MiB/min\$" \
	"$dir/grown" || fail "growth: $(cat "$dir/grown")"
expect 0 "$memprof" status --max-rss-growth 100T/s --interval 0.1 "$two"

for wrong in '--max-rss-growth 10M' '--max-rss-growth 10M/day' \
	'--max-rss-growth x/min' '--max-inflight-age -1' '--max-inflight-age x' \
	'--interval 5' '--max-rss-growth 1M/s --interval 0' \
	'--max-rss-growth 1M/s --interval 4000' \
	'--prometheus --max-inflight-age 1'; do
	# shellcheck disable=SC2086
	refused 'memprof: status: ' "$memprof" status $wrong
done

# For Prometheus: a line a server, whatever its processes are.
expect 0 "$memprof" status --prometheus
quiet
user=$(id -un)
a="{log=\"$dir/a.log\",user=\"$user\""
prints "memprof_live_processes$a,state=\"on\"} 2"
prints "memprof_live_processes$a,state=\"paused\"} 0"
prints "memprof_live_processes$a,state=\"killed\"} 0"
prints "memprof_live_requests$a,state=\"logged\"} 1100"
prints "memprof_live_requests$a,state=\"in_flight\"} 2"
prints "memprof_live_slotless$a} 4"
shows "memprof_live_oldest_seconds$a} 7[0-9.]*"
shows "memprof_live_own_cpu_seconds$a} 0.003116"
prints "memprof_live_requests{log=\"$dir/b.log\",user=\"$user\",state=\"logged\"} 5"
cp "$dir/out" "$dir/prom"
if command -v promtool >/dev/null; then
	promtool check metrics <"$dir/prom"
fi
[ "$(grep -c '^# TYPE' "$dir/prom")" = 8 ] || fail 'not eight metrics'

# A killed one is told, and is over every limit.
end "$two"
expect 0 "$memprof" status "$dir/a.log"
prints " $two killed - \\N \\N 100 0 -"
prints " killed: run \`memprof recover $dir/a.log\`, or start the server, to have in the log what they did"
prints ' 1005 requests begun = 1000 logged + 1 under the threshold + 2 dropped + 2 in flight'
expect 1 "$memprof" status --max-inflight-age 1000
prints "process $two of $dir/a.log: killed, with 0 requests in flight: run \`memprof recover\`"
expect 0 "$memprof" status --prometheus
prints "memprof_live_processes$a,state=\"killed\"} 1"
end "$other"
expect 0 "$memprof" status "$dir/b.log"
prints ' not running'

# Requests in flight of several processes are one list, the oldest first.
start odd "$dir/d.log" First@90 Third@30
odd=$pid
start even "$dir/d.log" Second@60 Fourth@10
expect 0 "$memprof" status "$dir/d.log"
order=$(sed -n 's/.* \(First\|Second\|Third\|Fourth\)$/\1/p' "$dir/out" |
	paste -sd ' ')
[ "$order" = 'First Second Third Fourth' ] || fail "the order: $(cat "$dir/out")"
end "$odd"

# The ten oldest of a server are listed, and the rest is counted.
start ten "$dir/e.log" P1@100 P2@95 P3@90 P4@85 P5@80 P6@75 P7@70 P8@65 P9@60 \
	P10@55
expect 0 "$memprof" status "$dir/e.log"
[ "$(grep -c ' P[0-9]*$' "$dir/out")" = 10 ] || fail "not ten: $(cat "$dir/out")"
! grep -q 'younger' "$dir/out" || fail 'more than ten of ten'
start more "$dir/e.log" P11@50 P12@110
expect 0 "$memprof" status "$dir/e.log"
listed=$(sed -n 's/.* \(P[0-9]*\)$/\1/p' "$dir/out" | paste -sd ' ')
[ "$listed" = 'P12 P1 P2 P3 P4 P5 P6 P7 P8 P9' ] || fail "listed: $listed"
prints ' and 2 younger ones'
end "$pid"

# Names steer no terminal, and no two of them become one series.
escape=$(printf '\033')
start hostile "$dir/x${escape}[31m\"\\y" logged=1
hostile=$pid
expect 0 "$memprof" status "$hostile"
prints "$dir/x?[31m\"\\y"
expect 0 "$memprof" status --prometheus "$hostile"
grep -qF "$dir/x\\\\x1B[31m\\\"\\\\\\\\y\"" "$dir/out" ||
	fail "the label: $(cat "$dir/out")"
if command -v promtool >/dev/null; then
	promtool check metrics <"$dir/out"
fi
end "$hostile"

# What is no recorder, no whole one, or of another version is left out.
rm -f "$run"/*
start fine "$dir/c.log" logged=1
fine=$pid
start newer "$dir/c.log" version=99
start short "$dir/c.log" slots=2048
: >"$run/memprof-0-1-1-ffffffff"
mkfifo "$run/memprof-0-1-1-fffffffe"
ln -s /etc/passwd "$run/memprof-0-1-1-fffffffd"
: >"$run/memprof-0-1-1-fffffffc"
chmod 644 "$run/memprof-0-1-1-fffffffc"
: >"$run/nonsense"
expect 0 timeout 60 "$memprof" status
says "$run: recorders of another version of memprof: 1"
says "$run: files that are no whole recorders: 5"
[ "$(grep -c 'sleeping\|running' "$dir/out")" = 1 ] || fail 'not one process'
grep -q " $fine " "$dir/out" || fail 'not the right one'

# Of other users nobody but root sees anything.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
	setpriv --reuid 65534 --clear-groups test -x "$memprof"; then
	chmod 755 "$dir" "$run"
	as_nobody="setpriv --reuid 65534 --clear-groups"
	refused "no recorder in $run but those of other users" \
		$as_nobody "$memprof" status
	refused "process $fine belongs to $(id -un): permission denied" \
		$as_nobody "$memprof" status "$fine"
else
	echo 'not root here: other users are not tested'
fi
