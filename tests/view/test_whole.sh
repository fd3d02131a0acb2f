#!/bin/sh
# From a request that is profiled to what a person reads: the functions that
# took its time, as much as it took, and the calls that it told of.
set -eu
. "${0%/*}/../cmd/run.sh"

case ${MEMPROF_TEST_SANITIZE-} in
*thread*)
	echo 'skipped: the thread sanitizer holds signals back'
	exit 77
	;;
esac
export MEMPROF_PROFILING_ALLOWED=true MEMPROF_MEMORY_PROFILE_LOG="$dir/log"
export MEMPROF_PROFILE_DIR="$dir" MEMPROF_PROFILE_ALL_REQUESTS=true

# Usage: serve NAME PRICES_MS STOCK_MS; the profile is NAME.
serve() {
	"$B/tests/view/host_burn" "$2" "$3"
	set -- "$1" "$dir"/*.mprof
	[ $# = 2 ] || fail "not one profile: $*"
	mv "$2" "$dir/$1"
}
serve before 300 100
serve after 300 400

# All CPU time is there, and where it went.
"$memprof" view -f json "$dir/before" >"$dir/out"
python3 - "$dir/before" "$dir/out" <<'END' || fail "$(cat "$dir/before")"
import json, sys
cpu = [int(line.split()[1]) for line in open(sys.argv[1])
       if line.startswith("cpu_ns")][0]
d = json.load(open(sys.argv[2]))
assert d["total_ns"] == cpu == d["tree"]["total_ns"] >= 390e6, d["total_ns"]
assert d["total_ns"] == d["cpu_ns"] <= d["duration_ns"]
assert d["samples"] > 5
total = {f["name"]: f["total_ns"] for f in d["functions"]}
own = {f["name"]: f["self_ns"] for f in d["functions"]}
# A quarter of the whole either way: samples are not that exact.
assert abs(total["add_prices"] - 300e6) < cpu / 4, total
assert abs(total["look_up_stock"] - 100e6) < cpu / 4, total
assert total["main"] > 0.9 * cpu, total
assert own["count"] > 0.8 * cpu, own
name = lambda n: d["functions"][d["places"][n["place"]]["function"]]["name"]
main = [n for n in d["tree"]["children"] if name(n) == "main"][0]
assert name(main["children"][0]) == "add_prices"
inlined = [d["places"][n["place"]]["inlined"]
           for n in main["children"][0]["children"] if name(n) == "count"]
# One for each of its lines that was met.
assert inlined and all(inlined), inlined
END

expect 0 "$memprof" view "$dir/before"
# A libc may be stripped, and its debug file not be installed.
! grep -v '/libc\.so\.6: .* without a name: it is stripped$' "$dir/err" ||
	fail "said: $(cat "$dir/err")"
grep -q ' main host_burn.c:' "$dir/out" || fail "no main: $(cat "$dir/out")"
# In one line, unless a sample met what else it calls.
tr '\n' ' ' <"$dir/out" |
	grep -q '─ add_prices\( > \|[^>]*\(├\|└\)─ \)count host_burn.c:' ||
	fail "no call of it: $(cat "$dir/out")"
prints ' 10 us 2 sql: SELECT stock; -- of one'
prints ' 2 from ask'

# What changed, and what did not.
expect 0 "$memprof" view --diff -s total -f top "$dir/before" "$dir/after"
sed -n '/ look_up_stock$/p' "$dir/out" | grep -q '+' || fail 'it shrank'
