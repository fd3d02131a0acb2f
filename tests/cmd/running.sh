# Sourced, after run.sh, by the tests of what looks at running servers: makes
# processes with recorders.

run=$dir/run
mkdir "$run"
export MEMPROF_RUN_DIR="$run"
started=

stop_all() {
	# shellcheck disable=SC2086
	[ -z "$started" ] || kill -9 $started 2>/dev/null || :
	rm -rf "$dir"
}
trap stop_all EXIT

# Wait until the command succeeds, a minute at most.
within_a_minute() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -le 1200 ] || fail "in vain: $*"
		sleep 0.05
	done
}

# Usage: start NAME LOG [what host_recorder takes]...; its pid is in $pid.
start() {
	name=$1
	shift
	mkfifo "$dir/$name.in"
	${as_user-} "$B/tests/live/host_recorder" "$run" "$@" <>"$dir/$name.in" \
		>"$dir/$name.says" &
	pid=$!
	started="$started $pid"
	within_a_minute grep -qs '^ready' "$dir/$name.says"
}

# Usage: tell NAME LINE; its answer is in $dir/NAME.says when it returns.
tell() {
	before=$(grep -c '^done' "$dir/$1.says" || :)
	echo "$2" >"$dir/$1.in"
	within_a_minute eval \
		"[ \$(grep -c '^done' '$dir/$1.says') -gt $before ]"
}

# Usage: end PID; it leaves its recorder behind.
end() {
	kill -9 "$1"
	wait "$1" 2>/dev/null || :
}
