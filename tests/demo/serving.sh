# Sourced: memprof-demo with its doors open, for the tests of what they give.

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

# Start it, with at most $1 profiles a minute; its key is open-sesame, its
# address is in $address then, its pid in $server.
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
	tries=0
	until grep -q '^listening on' "$dir/out"; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || fail "the server does not start"
		sleep 0.1
	done
	address=$(sed -n 's,^listening on http://\(.*\)/$,\1,p' "$dir/out")
}

end_server() {
	kill "$server"
	wait "$server" || fail "the server ended badly"
	server=
}
