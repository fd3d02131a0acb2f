#!/bin/bash
# Servers that fork, rotate, are paused, killed and out of disk, all at random;
# at the end the ledger of each process must balance, those of killed ones too,
# and the logs must hold what the ledgers say.
# Usage: soak.sh BUILD SECONDS [SEED]
set -euo pipefail

build=$(realpath "$1") seconds=$2 seed=${3:-$RANDOM}
RANDOM=$seed
memprof=$build/memprof host=$build/tests/soak/host_soak
dir=$(mktemp -d /tmp/memprof-soak.XXXXXX)
run=$(mktemp -d /dev/shm/memprof-soak.XXXXXX)
export MEMPROF_RUN_DIR=$run
# Its leaks are on purpose.
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-}
servers=() # their pids, by place
small=     # a disk that can be filled

clean_up() {
	rm -f "$dir/small/filler"
	[ -z "$small" ] || umount -l "$dir/small"
	rm -rf "$dir" "$run"
}
trap clean_up EXIT

fail() {
	echo "$*"
	exit 1
}

echo "seed $seed, $seconds s"
mkdir "$dir/small" "$dir/large"
if mount -t tmpfs -o size=1g memprof-soak "$dir/small" 2>"$dir/mount"; then
	small=yes
else
	echo "skipped: a full disk: $(cat "$dir/mount")"
fi
: >"$dir/ledgers"

# Usage: configure PLACE LOG KEYS...
configure() {
	printf '%s\n' '[profiling]' "memory_profile_log: $2" \
		'outside_threshold: 4K' 'abandon_after: 1' "${@:3}" \
		>"$dir/$1.conf"
}

configure 0 "$dir/small/direct.log"
configure 1 "$dir/small/async.log" 'memory_profile_write: async' \
	'memory_profile_queue: 64'
configure 2 "$dir/large/rotating.log" 'memory_profile_max_size: 256K' \
	'memory_profile_keep: 999' 'statm_max_age: 0.001'
configure 3 "$dir/large/async.log" 'memory_profile_write: async' \
	'sample_one_in: 3' 'log_threshold: 1K'
places=4

start() {
	"$host" "$dir/$1.conf" "$dir/ledgers" $((1 + RANDOM % 5)) $RANDOM \
		>>"$dir/said" 2>&1 &
	servers[$1]=$!
}

# Who does the same at once is done first.  On a full disk it fails.
recover() {
	"$memprof" recover >>"$dir/said" 2>>"$dir/complaints"
}

log_of() {
	sed -n 's/^memory_profile_log: //p' "$dir/$1.conf"
}

rename() {
	local log
	log=$(log_of "$1")
	[ ! -e "$log" ] || mv "$log" "$log.moved-$SECONDS-$RANDOM"
}

fill_disk() {
	[ -n "$small" ] || return 0
	cat /dev/zero >"$dir/small/filler" 2>>"$dir/complaints" || :
	sleep 0.2
	rm "$dir/small/filler"
}

disturb() {
	local place=$((RANDOM % places))

	case $((RANDOM % 10)) in
	0 | 1 | 2) kill -KILL "${servers[place]}" || : ;;
	3) "$memprof" pause "$(log_of $place)" || : ;;
	4) "$memprof" resume "$(log_of $place)" || : ;;
	5) rename $place && "$memprof" reopen "$(log_of $place)" || : ;;
	6) rename $place ;;
	7) fill_disk ;;
	8) "$memprof" status || : ;;
	9) recover & recover || : ;;
	esac >>"$dir/said" 2>>"$dir/complaints"
}

end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
	for ((i = 0; i < places; i++)); do
		if [ -z "${servers[i]-}" ] || ! kill -0 "${servers[i]}" 2>/dev/null; then
			start $i
		fi
	done
	disturb
	sleep 0.2
done
# A server that is stopped by nobody ends within seconds.
wait

# Children of killed servers may go on for a while.
for pid in $(awk '$1 == "began" { print $2 }' "$dir/ledgers"); do
	for ((i = 0; i < 400; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
done
"$memprof" recover >>"$dir/said" || fail "the last recovery failed"
left=$(find "$run" -type f)
[ -z "$left" ] || fail "recorders are left: $left"
if grep -n -E 'Sanitizer|runtime error' "$dir/said"; then
	fail "a sanitizer complains"
fi

python3 tests/soak/balance.py "$dir/ledgers" "$dir"/*/*.log* || fail "the ledgers do not balance: seed $seed"
