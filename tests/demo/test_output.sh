#!/bin/sh
# profile_output: of the profile of a page, the server has each format made by
# the real `memprof view`, and none fails.
set -eu
. "${0%/*}/serving.sh"

fail() {
	echo "$*"
	cat "$dir/out"
	ls -l "$dir/profiles"
	exit 1
}

mkdir "$dir/profiles"
cat >"$dir/conf" <<END
[profiling]
profiling_allowed: true
memory_profile_log: $dir/log
profile_dir: $dir/profiles
profile_one_in: 1
profile_output: raw, tree, top, folded, json, callgrind, pprof, speedscope, pstats, flamegraph, icicle, sunburst, html
END
PATH=$(realpath "$B"):$PATH "$B/memprof-demo" --config "$dir/conf" \
	>"$dir/out" 2>&1 &
server=$!
wait_for_start
python3 -c 'import sys, urllib.request as r
r.urlopen(sys.argv[1] + "/busy").read()' "http://$address" ||
	fail "the page is not served"
# The page does not wait for it; the last one comes at last.
tries=0
until ls "$dir/profiles" | grep -q '\.html$'; do
	tries=$((tries + 1))
	[ $tries -le 1000 ] || fail "the formats do not come"
	sleep 0.1
done
"$B/memprof" status "$server" >"$dir/status" || fail "no status"
! grep 'failed, the last one' "$dir/status" || fail "some failed"
children=$(cat /proc/"$server"/task/*/children 2>/dev/null)
[ -z "$children" ] || fail "children are left: $children"
end_server

raw=$(ls "$dir"/profiles/*.mprof)
stem=${raw%.mprof}
for suffix in txt top.txt folded json callgrind pb.gz speedscope.json pstats \
	svg icicle.svg sunburst.svg html; do
	[ -s "$stem.$suffix" ] || fail "there is no $suffix"
done
[ "$(ls -A "$dir/profiles" | wc -l)" -eq 13 ] || fail "there is more"
