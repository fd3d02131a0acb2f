# Sourced: a folder and a memprof-demo for the tests of it.

dir=$(mktemp -d)
server=
cleanup() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null || :
	rm -rf "$dir"
}
trap cleanup EXIT

fail() {
	echo "$*"
	cat "$dir/out"
	exit 1
}

# Until it listens: its address is in $address then.
wait_for_start() {
	tries=0
	until grep -q '^listening on' "$dir/out"; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || fail "the server does not start"
		sleep 0.1
	done
	address=$(sed -n 's,^listening on http://\(.*\)/$,\1,p' "$dir/out")
}

# Start it with its doors open, with at most $1 profiles a minute; its key is
# open-sesame, its pid is in $server.
serve_doors() {
	mkdir "$dir/profiles" "$dir/oopses"
	cat >"$dir/conf" <<-EOF
	[profiling]
	profiling_allowed: true
	memory_profile_log: $dir/log
	profile_dir: $dir/profiles
	oops_dir: $dir/oopses
	profile_key: open-sesame
	profile_max_per_minute: $1
	EOF
	PATH=$(realpath "$B"):$PATH "$B/memprof-demo" --config "$dir/conf" \
		>"$dir/out" 2>&1 &
	server=$!
	wait_for_start
}

end_server() {
	kill "$server"
	wait "$server" || fail "the server ended badly: $?"
	server=
}
