#!/bin/sh
# memprof recover: whose recorders, of which logs, with whose rights.
set -eu
. "${0%/*}/run.sh"
if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	echo "skipped: /dev/shm is not on tmpfs"
	exit 77
fi
run=$(mktemp -d /dev/shm/test_recover.XXXXXX)
trap 'rm -rf "$dir" "$run"' EXIT
chmod 1777 "$run"
chmod 755 "$dir"
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'

# Run a server as $1 says with its log at $2, and kill it at work.
killed() {
	printf '[profiling]\nmemory_profile_log: %s\nrun_dir: %s\n' "$2" \
		"$run" >"$dir/conf"
	before=$(ls "$run" | wc -l)
	$1 "$B/tests/core/host_oom" "$dir/conf" &
	host=$!
	for i in $(seq 6000); do
		[ "$(ls "$run" | wc -l)" -le "$before" ] ||
			! grep -q index "$2" 2>/dev/null || break
		sleep 0.01
	done
	kill -9 $host
	wait $host 2>/dev/null || :
}

# Nothing, and what is no directory.
expect 0 "$memprof" recover -r "$run"
quiet
prints_nothing() { [ ! -s "$dir/out" ] || fail "$(cat "$dir/out")"; }
prints_nothing
expect 0 "$memprof" recover -r "$run" "$dir/misspelt.log"
says "nothing in $run to recover into $dir/misspelt.log"
prints_nothing
refused 'No such file' "$memprof" recover -r /nowhere

# --dry-run tells, and changes nothing; a log by its name alone.
mkdir "$dir/logs"
killed '' "$dir/logs/a"
killed '' "$dir/logs/b"
expect 0 "$memprof" recover -n -r "$run"
[ "$(grep -c ' unfinished, .*; begun [0-9]* = logged ' "$dir/out")" = 2 ] ||
	fail "not both are told"
[ "$(ls "$run" | wc -l)" = 2 ] || fail "--dry-run removed one"
want=$(sed -n 's,.*/logs/b: \([0-9]*\) unfinished\, \([0-9]*\) to look for;.*,\1 \2,p' \
	"$dir/out")
(cd "$dir/logs" && "$memprof" recover -r "$run" b) >"$dir/out"
[ "$(sed 's/.*: \([0-9]*\) unfinished, \([0-9]*\) found, \([0-9]*\) written;.*/\1 \2 \3/' \
	"$dir/out" | awk '{ print $1, $2 + $3 }')" = "$want" ] ||
	fail "--dry-run told $want, and not: $(cat "$dir/out")"
[ "$(ls "$run" | wc -l)" = 1 ] || fail "not b alone"
grep -q 'UNFINISHED' "$dir/logs/b" || fail "b has nothing"
! grep -q 'UNFINISHED' "$dir/logs/a" || fail "a has something"
MEMPROF_RUN_DIR=$run "$memprof" recover >"$dir/out"
grep -q 'Chat:stream.UNFINISHED' "$dir/logs/a" || fail "a has nothing"
[ -z "$(ls "$run")" ] || fail "something is left"

# What is no recorder is told.
echo x >"$run/memprof-$(id -u)-1-1-00000001"
chmod 600 "$run"/memprof-*
expect 2 "$memprof" recover -r "$run"
grep -q 'it is cut short' "$dir/err" || fail "$(cat "$dir/err")"
chmod 644 "$run"/memprof-*
expect 2 "$memprof" recover -r "$run"
grep -q 'its mode is not 0600' "$dir/err" || fail "$(cat "$dir/err")"
rm "$run"/memprof-*

if [ "$(id -u)" != 0 ] || ! $nobody "$memprof" version >/dev/null 2>&1; then
	echo "skipped: the rights of others, for which it takes root"
	exit 0
fi

# Root's is nobody's business.
killed '' "$dir/logs/a"
expect 0 $nobody "$memprof" recover -r "$run"
prints_nothing
[ "$(ls "$run" | wc -l)" = 1 ] || fail "another user removed it"
expect 0 "$memprof" recover -r "$run"

# Root recovers what others left, as they: where they may not write any more,
# root does not either.
mkdir "$dir/theirs"
chown 65534 "$dir/theirs"
killed "$nobody" "$dir/theirs/log"
chown 0 "$dir/theirs" "$dir/theirs/log"
chmod 700 "$dir/theirs"
expect 2 "$memprof" recover -r "$run"
grep -q 'Permission denied' "$dir/err" || fail "$(cat "$dir/err")"
! grep -q 'UNFINISHED' "$dir/theirs/log" || fail "root wrote as root"
chown 65534 "$dir/theirs" "$dir/theirs/log"
expect 0 "$memprof" recover -r "$run"
grep -q 'UNFINISHED' "$dir/theirs/log" || fail "root did not recover it"
[ -z "$(ls "$run")" ] || fail "something is left"
