#!/bin/sh
# The doors of memprof-demo in Chromium: what is put into a page is a part of it
# and nothing of a name runs, on a screen and on a phone; help, text and picture
# show what they should.
set -eu
here=$(dirname "$0")
if ! command -v chromium >/dev/null; then
	echo "skipped: chromium is not here"
	exit 77
fi
dir=$(mktemp -d)
server=
cleanup() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null || :
	rm -rf "$dir"
}
trap cleanup EXIT

mkdir "$dir/profiles" "$dir/oopses"
cat >"$dir/conf" <<EOF
[profiling]
profiling_allowed: true
memory_profile_log: $dir/log
profile_dir: $dir/profiles
oops_dir: $dir/oopses
profile_key: open-sesame
profile_max_per_minute: 60
EOF
PATH=$(realpath "$B"):$PATH "$B/memprof-demo" --config "$dir/conf" \
	>"$dir/out" 2>&1 &
server=$!
tries=0
until grep -q '^listening on' "$dir/out"; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ]; then
		echo "the server does not start"
		exit 1
	fi
	sleep 0.1
done
address=$(sed -n 's,^listening on http://\(.*\)/$,\1,p' "$dir/out")
python3 "$here/seedoors.py" "$address" open-sesame "${PICTURES:-$dir}"
kill "$server"
wait "$server"
server=
