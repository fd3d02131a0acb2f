#!/bin/sh
# Starts memprof-demo, loads it with wrk, stops it, reports and draws its log,
# and fails unless memprof named the page that leaks, and how much.
# Usage: demo.sh BUILD OUT SECONDS, where OUT is a folder for what comes of it.
set -eu
build=$1 out=$2 seconds=$3
here=$(dirname "$0")
connections=16
server=

fail() {
	echo "demo: $*" >&2
	exit 1
}

# The server is a child of timeout(1), which hands the signal on, and ends it
# by force where it does not stop.
cleanup() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || :
		wait "$server" || :
	fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$out/profiles"
log=$out/memory.log
rm -f "$log" "$out"/wrk.txt "$out"/report.txt \
	"$out"/memory.svg "$out"/memory.png
cat >"$out/memprof.conf" <<END
[profiling]
memory_profile_log: $(cd "$out" && pwd)/memory.log
profiling_allowed: true
profile_dir: $(cd "$out" && pwd)/profiles
END

: >"$out/server.txt"
timeout -k 5 $((seconds + 60)) "$build/memprof-demo" \
	--config "$out/memprof.conf" >"$out/server.txt" 2>&1 &
server=$!
tries=0
until url=$(sed -n 's/^listening on //p' "$out/server.txt") && [ -n "$url" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
		fail "the server does not start: $(cat "$out/server.txt")"
	fi
	sleep 0.1
done

echo "$connections connections ask $url for all its pages, for $seconds s"
timeout --foreground $((seconds + 30)) wrk -t 2 -c $connections \
	-d "${seconds}s" -s "$here/load.lua" "$url" >"$out/wrk.txt" 2>&1 ||
	fail "wrk: $(cat "$out/wrk.txt")"
grep 'Requests/sec' "$out/wrk.txt"

kill "$server"
wait "$server" || fail "the server ended badly: $(cat "$out/server.txt")"
server=
sed 1d "$out/server.txt"

"$build/memprof" check "$log"
"$build/memprof" report "$log" >"$out/report.txt"
"$build/memprof" plot "$log" -o "$out/memory.svg"
"$build/memprof" plot "$log" -o "$out/memory.png"
printf '\n$ %s report %s\n' "$build/memprof" "$log"
cat "$out/report.txt"

# What the page really leaked is the server's own word.
first=$(awk 'NR == 2 { print $1 }' "$out/report.txt")
awk -F '\t' -v page=Demo:leaking -v first="$first" '
FILENAME == ARGV[1] {
	if (split($0, word, " ") > 5 && word[1] == "leaked") {
		bytes = word[2]
		requests = word[5]
	}
	next
}
$2 == "(stopped)" { process = $10 }
$2 !~ /^\(/ { rss[$2] += $10 }
$2 == page {
	kept = $11 - $12
	if (!n || kept < kept_min) kept_min = kept
	if (!n || kept > kept_max) kept_max = kept
	if (!n || $10 < rss_min) rss_min = $10
	if (!n || $10 > rss_max) rss_max = $10
	kept_sum += kept
	rss_sum += $10
	shared += $14 > 0
	n++
}
END {
	if (!requests || n != requests) {
		printf "demo: %d requests leaked, the log has %d\n", requests,
			n >"/dev/stderr"
		exit 1
	}
	printf "\n%s leaks.  %d %% of its %d requests overlapped others.\n\n",
		first, shared * 100 / n, n
	row = "%-34s%10.1f bytes a request, %s\n"
	printf row, "leaked, by malloc_usable_size(3)", bytes / requests,
		"all told"
	printf row, "retained, as memprof measured it", kept_sum / n,
		"each from " kept_min " to " kept_max
	printf row, "growth of RSS meanwhile", rss_sum / n,
		"each from " rss_min " to " rss_max
	for (p in rss) {
		all += rss[p]
		size = rss[p] < 0 ? -rss[p] : rss[p]
		if (size >= largest) { largest = size; most = p }
	}
	printf "\nBy RSS the requests of %s come to %.1f MiB, and all requests " \
		"to %.1f MiB,\nwhile the process grew by %.1f MiB.\n", most,
		rss[most] / 1048576, all / 1048576, process / 1048576
	if (first != page) {
		print "demo: that is the wrong page" >"/dev/stderr"
		exit 1
	}
	off = (kept_sum / bytes - 1) * 100
	if (off > 1 || off < -1) {
		printf "demo: memprof is %.2f %% off\n", off >"/dev/stderr"
		exit 1
	}
}' "$out/server.txt" "$log"

cat <<END

the log      $log
the report   $out/report.txt
the picture  $out/memory.svg, $out/memory.png

To look on while it serves, and at what /busy computes when you ask for that:

  $build/memprof-demo --config $out/memprof.conf
  $build/memprof top
  $build/memprof profile --page Demo:busy --wait
END
