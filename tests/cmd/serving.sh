# Sourced, after run.sh: a server that makes profiles, host_pages; its log is
# $dir/log, its profiles are in $dir/profiles, its pid is in $server.

export MEMPROF_PROFILING_ALLOWED=true MEMPROF_RUN_DIR="$dir/run"
export MEMPROF_MEMORY_PROFILE_LOG="$dir/log"
export MEMPROF_PROFILE_DIR="$dir/profiles"
case $(stat -f -c %T "$dir") in
tmpfs) ;;
*) MEMPROF_RUN_DIR=$(mktemp -d /dev/shm/test.XXXXXX) ;;
esac
mkdir -p "$dir/run" "$dir/profiles"
server=

end_server() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null || :
	server=
}

leave() {
	end_server
	rm -rf "$dir" "$MEMPROF_RUN_DIR"
}
trap leave EXIT

# Usage: serve [ARGUMENT...]
serve() {
	[ -p "$dir/in" ] || mkfifo "$dir/in"
	: >"$dir/says"
	"$B/tests/cmd/host_pages" "$@" <>"$dir/in" >"$dir/says" &
	server=$!
	tries=0
	until grep -q '^ready' "$dir/says"; do
		tries=$((tries + 1))
		[ $tries -le 1200 ] || fail 'the server does not start'
		sleep 0.05
	done
}

# Let it close its session.
end_well() {
	echo >"$dir/in"
	wait "$server" || fail "the server: exit status $?"
	server=
}
