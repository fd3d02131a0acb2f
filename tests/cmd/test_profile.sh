#!/bin/sh
# memprof profile: the next requests of a running server are profiled, as many
# as are wanted, of the page that is wanted, and none after that.
set -eu
. "${0%/*}/run.sh"
. "${0%/*}/serving.sh"

for o in '--next 0' '--next x' '--every 0' '--interval 0.00001' '--interval 2' \
	'--page ' "--page $(printf %300s x | tr ' ' y)"; do
	# shellcheck disable=SC2086
	refused "profile: ${o%% *}" "$memprof" profile "${o%% *}" "${o#* }"
done
refused 'no recorder in' "$memprof" profile

# Usage: page_of FILE
page_of() { awk '$1 == "page_id" { print $2 }' "$1"; }

serve
expect 0 timeout 60 "$memprof" profile --page '/bus*' --next 3 --wait
says '1 process will profile 3 requests of /bus*'
met=
[ "$(wc -l <"$dir/out")" = 3 ] || fail "not 3 files: $(cat "$dir/out")"
[ "$(sort -u "$dir/out" | wc -l)" = 3 ] || fail 'not each another'
while read -r file; do
	[ "$(page_of "$file")" = /busy ] || fail "$file: not of /busy"
	[ "$(stat -c %a "$file")" = 600 ] || fail "$file: others may read it"
	expect 0 "$memprof" view "$file" --format top
	# The thread sanitizer holds signals back.
	case ${MEMPROF_TEST_SANITIZE-} in *thread*) met=untold ;; esac
	# Where the machine is busy, no tick may meet it.
	! grep -q burn "$dir/out" || met=yes
done <<-files
	$(cat "$dir/out")
files
[ -n "$met" ] || fail "not where it was: $(cat "$dir/out")"
[ "$(ls "$dir/profiles" | wc -l)" = 3 ] || fail 'more than was wanted'

# One in four of all, at another rate.
expect 0 timeout 60 "$memprof" profile "$server" --every 4 --next 2 --wait \
	--interval 0.005
[ "$(wc -l <"$dir/out")" = 2 ] || fail "not 2 files: $(cat "$dir/out")"
for file in $(cat "$dir/out"); do
	grep -qx 'interval_ns	5000000' "$file" || fail "$file: another rate"
done

# By the wall clock it is seen asleep.
expect 0 timeout 60 "$memprof" profile --page /idle --wall --interval 0.001 \
	--next 3 --wait
cat $(cat "$dir/out") >"$dir/all"
[ "$(grep -cx 'clock	wall' "$dir/all")" = 3 ] || fail 'another clock'
grep -q '^stack	blocked' "$dir/all" || fail "not asleep: $(cat "$dir/all")"
rm $(cat "$dir/out")

# Without --wait it is over at once; what is taken back is not done.
expect 0 "$memprof" profile "$dir/log" --page /none --next 5
[ ! -s "$dir/out" ] || fail "$(cat "$dir/out")"
expect 0 "$memprof" profile --stop
expect 0 "$memprof" profile "$dir/log" --page /busy
tries=0
until [ "$(ls "$dir/profiles" | wc -l)" = 6 ]; do
	tries=$((tries + 1))
	[ $tries -le 1200 ] || fail 'it did not come'
	sleep 0.05
done
end_well
[ "$(ls "$dir/profiles" | wc -l)" = 6 ] || fail 'profiles that nobody wanted'

# Wait for what does not come, until it says that it ordered it.
wait_in_vain() {
	: >"$dir/waiting"
	timeout 60 "$memprof" profile --page /none --wait >/dev/null \
		2>"$dir/waiting" &
	waiting=$!
	tries=0
	until grep -q 'will profile' "$dir/waiting"; do
		tries=$((tries + 1))
		[ $tries -le 1200 ] || fail "no order: $(cat "$dir/waiting")"
		sleep 0.05
	done
}

ends_in_vain() {
	status=0
	wait "$waiting" || status=$?
	[ $status = 1 ] || fail "exit status $status where nothing came"
}

# Another order takes its place.
serve
wait_in_vain
expect 0 "$memprof" profile --page /none --next 2
ends_in_vain
grep -q 'another order took its place' "$dir/waiting" ||
	fail "$(cat "$dir/waiting")"

# So does taking it back.
wait_in_vain
expect 0 "$memprof" profile --stop
ends_in_vain
grep -q 'took it back' "$dir/waiting" || fail "$(cat "$dir/waiting")"

# Of more files than it can be told of at once, the last ones are named.
before=$(ls "$dir/profiles" | wc -l)
: >"$dir/waiting"
"$memprof" profile --next 12 --wait >"$dir/out" 2>"$dir/waiting" &
waiting=$!
tries=0
until grep -q 'will profile' "$dir/waiting"; do
	tries=$((tries + 1))
	[ $tries -le 200 ] || fail "no order: $(cat "$dir/waiting")"
	sleep 0.05
done
kill -STOP "$waiting"
tries=0
until [ "$(ls "$dir/profiles" | wc -l)" -ge $((before + 12)) ]; do
	tries=$((tries + 1))
	[ $tries -le 400 ] || fail "they do not come"
	sleep 0.05
done
kill -CONT "$waiting"
wait "$waiting" || fail "exit status $? where all came"
told=$(wc -l <"$dir/out")
[ "$told" -ge 8 ] || fail "only $told of 12 files are named"
[ "$(sort -u "$dir/out" | wc -l)" = "$told" ] || fail 'one is named twice'
for file in $(cat "$dir/out"); do
	[ -f "$file" ] || fail "named, and not there: $file"
done
[ "$(grep -c 'name was not kept' "$dir/waiting")" = $((12 - told)) ] ||
	fail "$told named: $(cat "$dir/waiting")"

# However its end comes, the order goes with it.
for signal in INT TERM HUP PIPE; do
	[ -p "$dir/pipe" ] || mkfifo "$dir/pipe"
	"$memprof" profile --next 1000 --wait >"$dir/pipe" 2>"$dir/err" &
	waiting=$!
	{
		head -n 1 >"$dir/out"
		[ $signal = PIPE ] || kill -$signal $waiting
		[ $signal = PIPE ] || cat >/dev/null
	} <"$dir/pipe"
	status=0
	wait "$waiting" || status=$?
	# 2 where a path could not be printed any more.
	[ $status = 1 ] || { [ $signal = PIPE ] && [ $status = 2 ]; } ||
		fail "exit status $status by SIG$signal: $(cat "$dir/err")"
	before=$(ls "$dir/profiles" | wc -l)
	lines=$(wc -l <"$dir/log")
	until [ "$(wc -l <"$dir/log")" -gt $((lines + 8)) ]; do sleep 0.05; done
	[ "$(ls "$dir/profiles" | wc -l)" -le $((before + 1)) ] ||
		fail "the order still stands after SIG$signal"
done

# Who ends while it is waited for.
wait_in_vain
end_well
ends_in_vain
grep -q 'ended after 0 of 1 profiles' "$dir/waiting" ||
	fail "$(cat "$dir/waiting")"

# One that was killed is none that runs.
serve
kill -9 "$server"
wait "$server" || :
MEMPROF_MEMORY_PROFILE_LOG=$dir/other.log
serve
expect 0 timeout 60 "$memprof" profile --page /busy --wait
expect 0 "$memprof" profile --stop
end_well
MEMPROF_MEMORY_PROFILE_LOG=$dir/log
expect 0 "$memprof" recover

# A page that is named when the request is half done.
serve late
expect 0 timeout 60 "$memprof" profile --page /busy --wait
[ "$(page_of "$(cat "$dir/out")")" = /busy ] || fail 'not the page'
end_well

# Permission for the log is none for profiles.
unset MEMPROF_PROFILING_ALLOWED
serve
refused 'makes no profiles' "$memprof" profile
end_well
