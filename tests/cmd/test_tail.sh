#!/bin/sh
# memprof tail: the last lines, filters, and following through rotation, in a
# pipe and on a terminal.
set -eu
dir=$(mktemp -d)
tail=
cleanup() {
	[ -z "$tail" ] || kill "$tail" 2>/dev/null || :
	rm -rf "$dir"
}
trap cleanup EXIT
log=$dir/log

fail() {
	echo "$*"
	cat "$dir/out" "$dir/err" 2>/dev/null || :
	exit 1
}

# Usage: request PAGE [OOPS ALLOCATED RSS]
request() {
	printf '2026-11-21T01:02:03.123456Z\t%s\t%s\t0.001250\t4096\t4096\t4096\t%d\t0\t%d\t%s\t0\t%s\t2\t\\N\t\\N\t\\N\t7\t7\thost\n' \
		"$1" "${2:--}" $((4096 + ${4:-0})) "${4:-0}" "${3:-0}" "${3:-0}"
}

# Wait until the command succeeds, a minute at most.
within_a_minute() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -le 1200 ] || fail "in vain: $*"
		sleep 0.05
	done
}

shown() {
	grep -q " $1\$" "$dir/out"
}

pages() {
	sed -n 's/^[0-9:.]\{12\} .*  //p' "$dir/out" | tr '\n' ' '
}

# ---- the last ones ----

for i in $(seq 1 4000); do
	request "p$i"
done >"$log"
[ "$(wc -c <"$log")" -gt 262144 ] # more than is looked at first
"$B/memprof" tail "$log" >"$dir/out"
[ "$(pages)" = 'p3991 p3992 p3993 p3994 p3995 p3996 p3997 p3998 p3999 p4000 ' ] ||
	fail "not the last ten"
"$B/memprof" tail -n 3 <"$log" >"$dir/out"
[ "$(pages)" = 'p3998 p3999 p4000 ' ] || fail "not the last three of stdin"
cat "$log" | "$B/memprof" tail -n 1 - >"$dir/out"
[ "$(pages)" = 'p4000 ' ] || fail "not the last one of a pipe"
"$B/memprof" tail -n 5000 "$log" >"$dir/out"
[ "$(wc -l <"$dir/out")" = 4002 ] || fail "not all"
"$B/memprof" tail --page 'p[12]' "$log" >"$dir/out"
[ "$(pages)" = 'p1 p2 ' ] || fail "not the pages from far back"
"$B/memprof" tail -n 0 "$log" >"$dir/out"
[ -z "$(pages)" ] || fail "something of nothing"

{
	echo nonsense
	request kept - 2000
	request rss - 0 8192
	request oops 'O%20ne' 10
	request freed
	printf '2026-11-21T01'
} >"$log"
"$B/memprof" tail -n 4 "$log" >"$dir/out" 2>"$dir/err"
cat >"$dir/want" <<'END'
time                 kept          RSS        peak      took  others  page, oops
2026-11-21
01:02:03.123    +1.95 KiB          0 B    1.95 KiB   1.25 ms       2  kept
01:02:03.123          0 B    +8.00 KiB         0 B   1.25 ms       2  rss
01:02:03.123        +10 B          0 B        10 B   1.25 ms       2  oops O%20ne
01:02:03.123          0 B          0 B         0 B   1.25 ms       2  freed
END
cmp "$dir/out" "$dir/want" || fail "other lines"
grep -q 'a line that is no record: line: expected' "$dir/err" || fail "no word"
"$B/memprof" tail --threshold 1999 "$log" >"$dir/out" 2>/dev/null
[ "$(pages)" = 'kept rss ' ] || fail "not those over the threshold"
"$B/memprof" tail --threshold 2K "$log" >"$dir/out" 2>/dev/null
[ "$(pages)" = 'rss ' ] || fail "not the one over 2K"
"$B/memprof" tail --oops "$log" >"$dir/out" 2>/dev/null
[ "$(pages)" = 'oops O%20ne ' ] || fail "not the one with an oops"

# ---- following ----

request first >"$log"
"$B/memprof" tail -f --page '[a-z]*' "$log" >"$dir/out" 2>"$dir/err" &
tail=$!
within_a_minute shown first
request second >>"$log"
within_a_minute shown second

# A line that is written in two parts comes when it is whole.
request parted >"$dir/line"
head -c 30 "$dir/line" >>"$log"
tail -c +31 "$dir/line" >>"$log"
within_a_minute shown parted

# Moved, and written to while nothing has its name, and afterwards.
mv "$log" "$log.1"
request late >>"$log.1"
within_a_minute shown late
request new >"$log"
within_a_minute shown new
request later >>"$log.1"
request newer >>"$log"
within_a_minute shown later
within_a_minute shown newer

# Moved twice at once.
mv "$log" "$log.2"
request again >"$log"
within_a_minute shown again

# Cut to nothing, which shows while it is shorter than before.
for i in $(seq 1 300); do
	request "bulk$i"
done >>"$log"
within_a_minute shown bulk300
: >"$log"
within_a_minute eval 'request a >>"$log"; shown a'
for page in first second parted late new later newer again; do
	[ "$(grep -c " $page\$" "$dir/out")" = 1 ] || fail "$page not once"
done
[ ! -s "$dir/err" ] || fail "something on stderr"

kill -INT $tail
wait $tail || fail "interrupted: exit $?"
tail=

# With logrotate's own ways, where it is there.
if command -v logrotate >/dev/null; then
	: >"$log"
	"$B/memprof" tail -f "$log" >"$dir/out" &
	tail=$!
	for how in create copytruncate; do
		for i in $(seq 1 300); do
			request "$how$i"
		done >>"$log"
		within_a_minute shown ${how}300
		printf '%s {\n rotate 9\n %s\n}\n' "$log" $how >"$dir/conf"
		chmod 600 "$dir/conf"
		logrotate -f -s "$dir/state" "$dir/conf"
		within_a_minute eval \
			"request after-$how >>'$log'; shown after-$how"
	done
	kill -TERM $tail
	wait $tail || fail "terminated: exit $?"
	tail=
fi

# It ends when its reader does, though nothing is written any more.
"$B/memprof" tail -f "$log" 2>"$dir/err" | head -n 1 >"$dir/out"
grep -q '^time ' "$dir/out" || fail "no titles"

# A terminal has colours, unless the user wants none; a pipe has none.
request grown - 2000000 >"$log"
terminal() {
	TERM=xterm script -qec "$1" /dev/null </dev/null >"$dir/out"
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	terminal "'$B/memprof' tail '$log'"
	grep -q "$(printf '\033\\[1;31m *+1.91 MiB\033\\[0m')" "$dir/out" ||
		fail "no red"
	terminal "NO_COLOR=1 '$B/memprof' tail '$log'"
	if grep -q "$(printf '\033')" "$dir/out"; then
		fail "a colour"
	fi
else
	echo 'no terminal here: colours are not tested'
fi

# Wrong usage, and what is not there.
for wrong in "$dir/none" "-n -1 $log" "-n 1000000 $log" "-t x $log" \
	"$log $log" "$dir"; do
	# shellcheck disable=SC2086
	if "$B/memprof" tail $wrong >"$dir/out" 2>"$dir/err"; then
		fail "exit 0: $wrong"
	fi
	[ -s "$dir/err" ] || fail "no word on stderr: $wrong"
done
