#!/bin/sh
# The kernel's OOM killer ends a server in async mode, in a memory cgroup where
# there may be one, else abort(3) does at a limit of its address space.  What was
# finished is in the log, and the report names the guilty page first.
set -eu
if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	echo "skipped: /dev/shm is not on tmpfs"
	exit 77
fi
case ${MEMPROF_TEST_SANITIZE:-} in
*address* | *thread*)
	echo "skipped: the sanitizer needs more memory than there will be"
	exit 77 ;;
esac
B=$(cd "$B" && pwd)
dir=$(mktemp -d)
run=$(mktemp -d /dev/shm/test_oom.XXXXXX)
group=
trap '[ -z "$group" ] || rmdir "$group" 2>/dev/null || :
	rm -rf "$dir" "$run"' EXIT

fail() {
	echo "$*" >&2
	cat "$dir"/out* >&2
	exit 1
}

# A cgroup of 160 MiB at $1, limited by its file $2.
make_group() {
	mkdir "$1" 2>/dev/null || return 1
	group=$1
	[ -w "$1/$2" ] && echo 160M >"$1/$2" 2>/dev/null && return 0
	rmdir "$1"
	group=
	return 1
}

own=$(sed -n 's/^0:://p' /proc/self/cgroup)
how=
for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
	if make_group "$root$own/test_oom.$$" memory.max; then
		how="a memory cgroup, version 2"
		break
	fi
done
if [ -z "$group" ]; then
	own=$(sed -n 's/^[0-9]*:[^:]*memory[^:]*://p' /proc/self/cgroup)
	if make_group "/sys/fs/cgroup/memory$own/test_oom.$$" \
		memory.limit_in_bytes; then
		how="a memory cgroup, version 1"
	fi
fi

cat >"$dir/conf" <<END
[profiling]
memory_profile_log: $dir/log
memory_profile_write: async
run_dir: $run
END
status=0
if [ -n "$group" ]; then
	echo "killed by $how"
	timeout 60 sh -c 'echo $$ >"$1/cgroup.procs"; exec "$2" "$3"' sh \
		"$group" "$B/tests/core/host_oom" "$dir/conf" \
		>"$dir/out" 2>&1 || status=$?
	[ $status = 137 ] || fail "the server ended with $status"
else
	echo "killed by abort(3) at RLIMIT_AS: no memory cgroup may be made"
	timeout 60 "$B/tests/core/host_oom" "$dir/conf" 1000000000 \
		>"$dir/out" 2>&1 || status=$?
	[ $status = 134 ] || fail "the server ended with $status"
fi

"$B/memprof" recover --run-dir "$run" >"$dir/out.recover" ||
	fail "it can't be recovered"
grep -q ' [34] unfinished, .*; begun [0-9]* = logged' "$dir/out.recover" ||
	fail "not what was in flight"
[ -z "$(ls "$run")" ] || fail "the recorder is left"
# The kill may have torn a line, which is there again as a whole.
"$B/memprof" check "$dir/log" >"$dir/out.faults" 2>&1 || :
[ "$(grep -c expected "$dir/out.faults")" -le 1 ] || fail "the log has faults"

"$B/memprof" report "$dir/log" >"$dir/out.report"
first=$(sed -n '/^In flight when killed: /{n;n;p;q}' "$dir/out.report")
case $first in
*MiB*Report:export) echo "$first" ;;
*) fail "not first: $first" ;;
esac
grep -q 'Chat:stream$' "$dir/out.report" || fail "Chat:stream is not told"
