#!/bin/sh
# memprof top: one frame for scripts, and the keys, colours and sizes of a real
# terminal.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/running.sh"
log=$dir/a.log

# Usage: request PAGE KEPT RSS AGE_S; one that ended so long ago.
request() {
	at=$(($(date +%s) - $4))
	printf '%s.000000Z\t%s\t-\t0.500000\t4096\t4096\t4096\t%d\t0\t%d\t%d\t0\t%d\t0\t\\N\t\\N\t\\N\t7\t7\thost\n' \
		"$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%S)" "$1" $((4096 + $3)) \
		"$3" "$2" "$2"
}

refused "no recorder in $run" "$memprof" top --once

request Leak:here 2000000 8192 20 >"$log"
{
	request Leak:here 2000000 8192 10
	request Root:index 100 4096 5
	request 'Café:日本' 50 0 5
	request Old:page 9000000 0 100
	echo nonsense
	printf '2026-'
} >>"$log"
start one "$log" logged=1000 begun=1000 Root:index@1.5 Slow:page@70
one=$pid
start two "$log" logged=100 begun=100
two=$pid
start other "$dir/b.log" logged=5 begun=5 'Café:日本@30'
other=$pid

# ---- once ----

expect 0 "$memprof" top --once
quiet
cp "$dir/out" "$dir/frame"
sed 's/  */ /g; s/^ //' "$dir/frame" >"$dir/out"
grep -q '^memprof [0-9:]* UTC: 2 servers, 3 processes' \
	"$dir/out" || fail "head: $(cat "$dir/out")"
prints 'by age, not all logs can be read: 1108 begun, 1105 logged, 0 skipped, 0 dropped, 3 in flight'
grep -q "^$one [a-z]* 1 .* - - 2 1m1[0-9]s $log\$" "$dir/out" ||
	fail "no process $one: $(cat "$dir/out")"
grep -q "^$two [a-z]* 1 .* - - 0 - $log\$" "$dir/out" ||
	fail "no process $two: $(cat "$dir/out")"
sed -n '/PAGE IN FLIGHT/,/^$/s/.* //p' "$dir/out" | paste -sd' ' >"$dir/pages"
[ "$(cat "$dir/pages")" = 'FLIGHT Slow:page Café:日本 Root:index' ] ||
	fail "in flight: $(cat "$dir/pages")"
sed -n '/LAST MINUTE/,$p' "$dir/out" >"$dir/pages"
cat >"$dir/want" <<'END2'
KEPT EACH RSS REQUESTS LONGEST PAGE, LAST MINUTE
+3.81M +1.91M +16.0K 2 500ms Leak:here
+100B +100B +4.00K 1 500ms Root:index
+50B +50B 0B 1 500ms Café:日本
END2
diff -u "$dir/want" "$dir/pages" >&2 || fail 'other pages'

# Sorted, and of some pages or servers alone.
pages() {
	sed -n '/LAST MINUTE/,$s/.* //p' "$dir/out" | sed 1d | paste -sd' '
}
expect 0 "$memprof" top --once --sort name
[ "$(pages)" = 'Café:日本 Leak:here Root:index' ] || fail "by name: $(pages)"
expect 0 "$memprof" top --once --page 'R*'
[ "$(pages)" = 'Root:index' ] || fail "of R*: $(pages)"
! grep -q 'Slow:page' "$dir/out" || fail 'a request of another page'
expect 0 "$memprof" top --once --page 日本
[ "$(pages)" = 'Café:日本' ] || fail "of a part: $(pages)"
expect 0 "$memprof" top --once "$other"
! grep -q "^ *$one " "$dir/out" || fail 'a server that was not asked for'
[ -z "$(pages)" ] || fail "pages of another log: $(pages)"
for wrong in '--sort size' '--interval 0' '--interval 9999' '--interval x'; do
	# shellcheck disable=SC2086
	refused 'memprof: top: ' "$memprof" top --once $wrong
done
refused 'no terminal to draw on: --once prints instead' "$memprof" top
refused "$dir/c.log: no recorder" "$memprof" top --once "$dir/c.log"

# A log that is none is left alone.
mkfifo "$dir/fifo"
start piped "$dir/fifo"
expect 0 timeout 60 "$memprof" top --once "$pid"
end "$pid"
rm -f "$run"/memprof-*-"$pid"-*

# ---- on a terminal ----

if ! command -v tmux >/dev/null ||
	! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	echo 'no tmux, or no terminals here: these are not tested'
	exit 0
fi
echo 'set-option -g default-terminal screen-256color' >"$dir/tmux.conf"
mux() {
	tmux -S "$dir/tmux" -f "$dir/tmux.conf" "$@"
}
stop_all_and_tmux() {
	mux kill-server 2>/dev/null || :
	stop_all
}
trap stop_all_and_tmux EXIT
mux new-session -d -x 80 -y 24 -s top \
	"MEMPROF_RUN_DIR='$run' '$memprof' top -i 0.2 2>'$dir/talk'; echo \"status \$?\"; cat"

# Usage: sees TEXT, or the contrary; on the screen.
screen() {
	mux capture-pane -p -t top >"$dir/screen"
}
sees() {
	screen
	grep -qF -e "$1" "$dir/screen"
}
misses() {
	! sees "$1"
}
seen() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -le 1200 ] || fail "not: $*: $(cat "$dir/screen")"
		sleep 0.05
	done
}
keys() {
	mux send-keys -t top "$@"
}

seen sees 'q quit  ? help'
seen sees 'Slow:page'
seen sees 'Leak:here'
sees 'Café:日本' || fail "no UTF-8: $(cat "$dir/screen")"
[ "$(wc -l <"$dir/screen")" = 24 ] || fail 'not 24 lines'
# Rates come with the second look.
seen sees '  0.0     0.0      2'

# Growth is red where there are colours.
mux capture-pane -p -e -t top | grep 'Leak:here' |
	grep -q "$(printf '\033\\[[0-9;]*31m')" || fail 'no red'

# New lines of the log, and new requests, come by themselves.
request New:page 3000000 0 0 >>"$log" # behind a torn line: lost
request New:page 70000000 0 0 >>"$log"
seen sees 'New:page'
[ "$(grep -n 'New:page' "$dir/screen" | cut -d: -f1)" -lt \
	"$(grep -n 'Leak:here' "$dir/screen" | cut -d: -f1)" ] ||
	fail "not ranked: $(cat "$dir/screen")"

# Keys.
keys n
seen sees 'by name'
keys r
seen sees 'by requests'
keys m
seen sees 'by memory'
keys a
seen sees 'by age'
keys '?'
seen sees 'any key goes back'
sees 'memprof top' || fail 'no help'
keys x
seen sees 'q quit'
keys /
seen sees 'pages like (enter'
keys -l 'Café'
seen sees 'by age, pages like Café'
misses 'Slow:page' || fail 'not filtered'
keys BSpace
seen sees 'like Caf,'
keys Enter
seen sees 'q quit'
misses 'Slow:page' || fail 'not filtered any more'
keys /
seen sees 'escape'
keys -l 'zzz'
seen sees 'Cafzzz'
keys Escape
seen sees 'pages like Caf,'
keys /
seen sees 'escape'
keys BSpace BSpace BSpace Enter
seen sees 'Slow:page'

# The display stands still, and goes on.
keys Space
seen sees 'paused: space goes on'
request Later:page 80000000 0 0 >>"$log"
keys n
seen sees 'by name'
then=$(date +%s)
until [ "$(date +%s)" -gt $((then + 1)) ]; do
	sleep 0.1
done
misses 'Later:page' || fail 'it goes on'
keys Space
seen sees 'Later:page'
keys a

# Other sizes: a large one shows whole paths, a tiny one something.
mux resize-window -t top -x 200 -y 60
seen sees "$log"
sees 'OLDEST  LOG' || fail 'no titles'
[ "$(wc -l <"$dir/screen")" = 60 ] || fail 'not 60 lines'
mux resize-window -t top -x 30 -y 6
seen misses "$log"
seen sees 'memprof '
mux resize-window -t top -x 80 -y 24
seen sees 'Slow:page'

# A server that is killed, one that goes, and one that comes.
end "$two"
seen sees '1 killed'
rm "$run"/memprof-*-"$two"-*
seen misses 'killed'
start new "$dir/new.log" Brand:new@2
seen sees 'Brand:new'

keys q
seen sees 'status 0'
[ ! -s "$dir/talk" ] || fail "said: $(cat "$dir/talk")"

# Interrupted, it gives the terminal back; without colours it has none.
mux respawn-window -k -t top \
	"MEMPROF_RUN_DIR='$run' NO_COLOR=1 '$memprof' top; echo \"status \$?\"; cat"
seen sees 'Slow:page'
! mux capture-pane -p -e -t top | grep -q "$(printf '\033\\[[0-9;]*3[1-7]m')" ||
	fail 'colours in spite of NO_COLOR'
keys C-c
seen sees 'status 0'

# A terminal that can't be drawn on, where ncurses itself loses some memory.
mux respawn-window -k -t top \
	"MEMPROF_RUN_DIR='$run' ASAN_OPTIONS=detect_leaks=0 TERM=dumber '$memprof' top; echo \"status \$?\"; cat"
seen sees 'status 2'
sees 'no terminal to draw on' || fail "said: $(cat "$dir/screen")"
