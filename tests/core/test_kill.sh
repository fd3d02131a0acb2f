#!/bin/sh
# A server is killed at random moments, and eight processes at once, of which
# some are killed as well, recover it: each request is in the log just once.
# heavy_kill.sh does it two hundred times.
# Usage: test_kill.sh [ROUNDS [SECONDS]], for each kind of log.
set -eu
rounds=${1:-5}
seconds=${2:-15}
if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	echo "skipped: /dev/shm is not on tmpfs"
	exit 77
fi
if [ -n "${MEMPROF_TEST_SANITIZE:-}" ]; then
	rounds=2
fi
B=$(cd "$B" && pwd)
disk=$(mktemp -d)
tmpfs=$(mktemp -d /dev/shm/test_kill.XXXXXX)
trap 'rm -rf "$disk" "$tmpfs" "${run:-/nowhere}"' EXIT
run=$tmpfs/run
seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')

# $1: where the log is; the rest: keys.
try() {
	where=$1
	shift
	rm -rf "${where:?}"/*
	mkdir "$run" "$where/log"
	echo "$where $*"
	"$B/tests/core/host_kill" "$B/memprof" "$where/log" "$run" "$rounds" \
		"$seconds" "$seed" "$@"
	rm -rf "$run"
}

try "$disk"
try "$tmpfs"
try "$disk" 'memory_profile_max_size: 1M' 'memory_profile_keep: 999'
try "$tmpfs" 'sample_one_in: 3'
# A sanitizer's own locks may be held by that thread when the server forks; the
# soak test has children that are given up then.
if [ -n "${MEMPROF_TEST_SANITIZE:-}" ]; then
	echo "without async: sanitizers do not fork beside a thread"
	exit 0
fi
try "$disk" 'memory_profile_write: async' 'memory_profile_queue: 8192'
try "$tmpfs" 'memory_profile_write: async' 'memory_profile_queue: 8192'
