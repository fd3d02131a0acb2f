#!/bin/sh
# memprof pause, resume, reopen: they reach all processes of a server, say who
# did it, and are for its user alone.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/running.sh"

for c in pause resume reopen; do
	refused "no recorder in $run" "$memprof" $c
done

# One server may go without a name.
start one "$dir/a.log"
one=$pid
start two "$dir/a.log"
two=$pid
expect 0 "$memprof" pause
quiet
prints "$dir/a.log: 2 processes paused"
for name in one two; do
	tell $name 'pause?'
	grep -q "^pause 1 uid $(id -u) pid [1-9][0-9]* config 0" \
		"$dir/$name.says" || fail "$name: $(cat "$dir/$name.says")"
done
expect 0 "$memprof" status
sed 's/process [0-9]*/process N/; s/since 20[-0-9T:]*Z/since T/' "$dir/out" |
	grep -qx "  paused since T by $(id -un), process N; logs direct" ||
	fail "status: $(cat "$dir/out")"
[ "$(grep -c '  paused$' "$dir/out")" = 2 ] || fail 'not both are paused'

# Again is fine, and part of it too; who was first stays.
first=$(grep '^pause' "$dir/one.says")
expect 0 "$memprof" pause "$dir/a.log"
prints "$dir/a.log: 0 processes paused, 2 paused already"
tell one 'pause?'
[ "$(grep '^pause' "$dir/one.says" | sort -u)" = "$first" ] ||
	fail 'another one has done it'
expect 0 "$memprof" resume "$one"
prints "$dir/a.log: 1 process resumed"
tell one 'pause?'
grep -q '^pause 0 ' "$dir/one.says" || fail 'not resumed'
tell two 'pause?'
! grep -q '^pause 0 ' "$dir/two.says" || fail 'both are resumed'
expect 0 "$memprof" status
grep -q '^  on in 1 processes, paused in 1 since ' "$dir/out" ||
	fail "status: $(cat "$dir/out")"
expect 0 "$memprof" status --prometheus
prints "memprof_live_processes{log=\"$dir/a.log\",user=\"$(id -un)\",state=\"paused\"} 1"
expect 0 "$memprof" resume
prints "$dir/a.log: 1 process resumed, 1 not paused"
expect 0 "$memprof" status
grep -q '^  on; ' "$dir/out" || fail "status: $(cat "$dir/out")"

# Reopening counts, and touches nothing else.
expect 0 "$memprof" reopen
prints "$dir/a.log: 2 processes told to reopen"
expect 0 "$memprof" reopen "$two"
tell one 'reopen?'
tell two 'reopen?'
grep -qx 'reopen 1' "$dir/one.says" || fail 'one is not told'
grep -qx 'reopen 2' "$dir/two.says" || fail 'two is not told twice'

# Of two servers one must be named; by that, the other is left alone.
start other "$dir/b.log"
other=$pid
for c in pause resume reopen; do
	refused '2 servers run: name one by its log or a pid' "$memprof" $c
done
expect 0 "$memprof" pause "$dir/b.log"
tell two 'pause?'
[ "$(tail -n 2 "$dir/two.says" | grep -c '^pause 0')" = 1 ] ||
	fail 'another server is paused'
refused "$dir/c.log: no recorder" "$memprof" pause "$dir/b.log" "$dir/c.log"

# One that was killed is not steered, and is not in the way.
end "$other"
refused "process $other is not running: \`memprof recover\`" \
	"$memprof" resume "$dir/b.log"
expect 0 "$memprof" pause
prints "$dir/a.log: 2 processes paused"
end "$two"
expect 0 "$memprof" resume "$dir/a.log"
prints "$dir/a.log: 1 process resumed"

# Nobody else may.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
	setpriv --reuid 65534 --clear-groups test -x "$memprof"; then
	chmod 755 "$dir" "$run"
	as_nobody="setpriv --reuid 65534 --clear-groups"
	for c in pause resume reopen; do
		refused "process $one belongs to root: permission denied: only they and root may" \
			$as_nobody "$memprof" $c "$one"
		refused "no recorder in $run but those of other users" \
			$as_nobody "$memprof" $c
	done
	tell one 'pause?'
	[ "$(tail -n 2 "$dir/one.says" | grep -c '^pause 0')" = 1 ] ||
		fail 'it was paused by another user'

	# Who did it is told: their own, and root.
	mkdir -m 777 "$dir/theirs"
	run=$dir/theirs as_user=$as_nobody start nobodys "$dir/n.log"
	expect 0 $as_nobody "$memprof" pause -r "$dir/theirs"
	tell nobodys 'pause?'
	grep -q '^pause 1 uid 65534 ' "$dir/nobodys.says" ||
		fail "$(cat "$dir/nobodys.says")"
	expect 0 "$memprof" resume -r "$dir/theirs"
	tell nobodys 'pause?'
	grep -q '^pause 0 uid 0 ' "$dir/nobodys.says" ||
		fail "$(cat "$dir/nobodys.says")"
else
	echo 'not root here: other users are not tested'
fi
