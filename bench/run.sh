#!/bin/sh
# Runs all benchmarks and shows one table, which stays in BUILD/bench.txt.
# Fails where a bound is broken.
# Env: B, the build.
set -eu
dir=$(mktemp -d "$(realpath "$B")/bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
out=$B/bench.txt
broken=0

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
echo "memprof $("$B/memprof" --version | cut -d' ' -f2)" \
	"$(git describe --always --dirty 2>/dev/null || :)," \
	"Linux $(uname -r), $(nproc) x $cpu" >"$out"
cat "$out"

# Usage: show COMMAND..., and keep what it says.
show() {
	err=0
	"$@" >"$dir/out" || err=$?
	tee -a "$out" <"$dir/out"
	[ $err = 0 ] || broken=1
	find "$dir" -name '*.log' -delete
}

launchpad() {
	ns=$(python3 bench/launchpad.py "$dir/launchpad.log")
	printf '\n%s\n  %-52s %9.1f %s\n' "In Python" \
		"Launchpad's way, measured and logged" "$ns" ns
}

# libprofiler tells of each file on stderr.
profiles() { "$B/bench/bench_profile" "$dir" 2>/dev/null; }

# The difference of two runs leaves out what happens once.
instructions() {
	for n in 1000 3000; do
		valgrind --tool=callgrind --callgrind-out-file=/dev/null \
			"$B/bench/bench_pairs" "$dir" $n 2>&1 |
			awk '/Collected/ { print $4 }' >"$dir/n$n"
	done
	awk -v a="$(cat "$dir/n1000")" -v b="$(cat "$dir/n3000")" 'BEGIN {
		if (!a || !b)
			exit 1
		n = (b - a) / 2000
		print "\nInstructions, by valgrind: the same on any day"
		printf "  %-52s %9.0f %-6s <= %-8s %s\n", "begin + end, direct",
			n, "", 3100, n <= 3100 ? "PASS" : "FAIL"
		exit n > 3100
	}'
}

show "$B/bench/bench_request" "$dir"
show "$B/bench/bench_async" "$dir"
show "$B/bench/bench_threads" "$dir"
show "$B/bench/bench_unwind"
show "$B/bench/bench_profilefile"
show profiles
show launchpad
show instructions
show bench/server.sh "$B" "$dir"
show bench/report.sh "$B" "$dir"
show bench/view.sh "$B" "$dir"
exit $broken
