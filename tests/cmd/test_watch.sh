#!/bin/sh
# memprof watch: growth arms the profiler, within a budget.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/serving.sh"

refused 'name one log' "$memprof" watch
refused '--arm is missing' "$memprof" watch "$dir/log"
for arm in retained 'retained>' 'growth>1' '>1K' 'retained>x' 'duration>1K'; do
	refused '--arm: as retained>64K' "$memprof" watch "$dir/log" --arm "$arm"
done
refused '--budget: 1 to 3600' "$memprof" watch log --arm 'rss>1' --budget 0
refused '--count: 1 or more' "$memprof" watch log --arm 'rss>1' --count 0
refused 'No such file' "$memprof" watch "$dir/none" --arm 'rss>1'
mkfifo "$dir/fifo"
refused 'not a regular file' "$memprof" watch "$dir/fifo" --arm 'rss>1'

# Told at once, before anything passes the bound.
echo >"$dir/old"
refused 'old: no recorder in' timeout 20 "$memprof" watch "$dir/old" --arm 'rss>1T'
unset MEMPROF_PROFILING_ALLOWED
serve
refused 'its server makes no profiles' \
	timeout 20 "$memprof" watch "$dir/log" --arm 'rss>1T'
end_well
export MEMPROF_PROFILING_ALLOWED=true

# /busy takes longer than the bound in each request, /idle may on a busy
# machine, and is not asked for.
serve
expect 0 timeout 60 "$memprof" watch "$dir/log" --arm 'duration>0.01' \
	--page '/b*' --count 2
[ "$(wc -l <"$dir/out")" = 2 ] || fail "not 2 files: $(cat "$dir/out")"
says '/busy passed the bound: its next request is profiled'
for file in $(cat "$dir/out"); do
	grep -qx 'page_id	/busy' "$file" || fail "$file: not of /busy"
done

# What no request passes arms nothing; nor does anything once the budget is
# spent.
"$memprof" watch "$dir/log" --arm 'duration>0.01' --page '/b*' --budget 1 \
	>"$dir/out" 2>"$dir/err" &
watching=$!
"$memprof" watch "$dir/log" --arm 'rss>1T' >"$dir/out2" 2>"$dir/err2" &
idle=$!
tries=0
until [ -s "$dir/out" ]; do
	tries=$((tries + 1))
	[ $tries -le 1200 ] || fail "nothing: $(cat "$dir/err")"
	sleep 0.05
done
lines=$(wc -l <"$dir/log")
until [ "$(wc -l <"$dir/log")" -gt $((lines + 20)) ]; do sleep 0.05; done
kill "$watching" "$idle"
for pid in $watching $idle; do
	wait "$pid" || fail "exit status $? after SIGTERM"
done
[ "$(wc -l <"$dir/out")" = 1 ] || fail "beyond its budget: $(cat "$dir/out")"
[ ! -s "$dir/out2" ] || fail "armed by nothing: $(cat "$dir/out2")"
end_well

# A server that was killed meanwhile takes no order.
serve
"$memprof" watch "$dir/log" --arm 'allocated>1G' >"$dir/out" 2>"$dir/err" &
watching=$!
until ls -l "/proc/$watching/fd" 2>/dev/null | grep -q "$dir/log"; do
	kill -0 "$watching" || fail "it ends: $(cat "$dir/err")"
	sleep 0.05
done
until [ "$(wc -l <"$dir/log")" -gt 3 ]; do sleep 0.05; done
kill -9 "$server"
wait "$server" || :
server=
line=$(grep '/busy' "$dir/log" | tail -n 1 |
	awk -F '\t' -v OFS='\t' '{ $11 = "2147483648"; print }')
tries=0
until grep -q 'no server writes it' "$dir/err"; do
	tries=$((tries + 1))
	[ $tries -le 200 ] || fail "it goes on: $(cat "$dir/err")"
	echo "$line" >>"$dir/log"
	sleep 0.05
done
status=0
wait "$watching" || status=$?
[ $status = 2 ] || fail "exit status $status without a server"
