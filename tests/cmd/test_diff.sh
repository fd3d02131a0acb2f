#!/bin/sh
# memprof diff: a gate for a suite of tests, and what it says of two logs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "$*"
	cat "$dir/out" "$dir/err"
	exit 1
}

# Usage: diff STATUS argument...; its output is then in out and err.
diff() {
	want=$1 got=0
	shift
	"$B/memprof" diff "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || fail "exit $got, not $want: $*"
}

# ---- a suite of tests, before and after a change ----

if [ -n "${MEMPROF_TEST_NO_JEMALLOC:-}" ]; then
	echo "the suite is left out: without jemalloc its bytes are unknown"
else
	for run in before again after; do
		changed=
		[ $run != after ] || changed=changed
		MEMPROF_MEMORY_PROFILE_LOG=$dir/$run.log \
			"$B/tests/cmd/host_suite" $changed >/dev/null 2>&1
	done
	gate='--fail-over 10% --warm-up 1'
	# shellcheck disable=SC2086
	diff 0 $gate "$dir/before.log" "$dir/again.log"
	[ ! -s "$dir/out" ] || fail "no line where nothing changed"
	# shellcheck disable=SC2086
	diff 1 $gate "$dir/before.log" "$dir/after.log"
	cat "$dir/out" "$dir/err"
	grep -qx 'Cart:add: retained for each request from 48 B to 56 B: +16.7 %' \
		"$dir/out"
	grep -q '^Search:query: allocated for each request from 112.00 KiB to 448.00 KiB: +300.0 %$' \
		"$dir/out"
	grep -q '^Search:query: peak ' "$dir/out"
	[ "$(wc -l <"$dir/out")" = 4 ] # Cart:add allocates more, too
	# shellcheck disable=SC2086
	diff 0 $gate --on duration "$dir/before.log" "$dir/before.log"
	diff 0 --fail-over 1M --warm-up 1 "$dir/before.log" "$dir/after.log"
fi

# ---- made logs ----

# Usage: request PAGE ALLOCATED FREED PEAK SECONDS
request() {
	printf '2026-11-21T01:02:03.123456Z\t%s\t-\t%s\t4096\t4096\t4096\t4096\t0\t0\t%s\t%s\t%s\t0\t\\N\t\\N\t\\N\t7\t7\thost\n' \
		"$1" "$5" "$2" "$3" "$4"
}

for side in old new; do
	for i in 1 2 3 4 5 6 7 8; do
		request Same 4096 4096 100 0.00000$i
		if [ $side = old ]; then
			request Grows 4096 4096 100 0.000100
			request Gone 1 1 1 0.000001
		else
			request Grows 5120 4608 100 0.000100
			request 'New,%0A' 1 1 1 0.000001
		fi
	done
	[ $side = old ] && request Few 10 10 10 0.000001
	[ $side = old ] || request Few 9999999 10 10 0.000001
done >"$dir/both"
head -n 25 "$dir/both" >"$dir/old.log"
tail -n +26 "$dir/both" >"$dir/new.log"

diff 0 "$dir/old.log" "$dir/new.log"
cat >"$dir/want" <<'END'
page     what         before     after   change  by chance
Grows    retained        0 B     512 B   from 0      exact
         allocated  4.00 KiB  5.00 KiB  +25.0 %      exact
Gone     requests          8         0     gone
New,%0A  requests          0         8      new

1 of 3 pages changed; --all shows the others.
1 had a number that too few requests tell to judge.
END
cmp "$dir/out" "$dir/want" || fail "another table"

diff 0 --all --width 60 "$dir/old.log" "$dir/new.log"
grep -q '^Same  *retained  *0 B  *0 B  *0 %  *same$' "$dir/out" || fail "no Same"
grep -q ' duration  *4.50 us  *4.50 us  *0 %  *1.0000$' "$dir/out" ||
	fail "no duration"
grep -q '^Few  *retained  *0 B  *9.54 MiB  *from 0  *too few$' "$dir/out" ||
	fail "no Few"

diff 1 --fail-over 10% "$dir/old.log" "$dir/new.log"
grep -q '^memprof: 2 not judged' "$dir/err" || fail "what was not judged"
[ "$(wc -l <"$dir/out")" = 2 ]
diff 1 -f 30% "$dir/old.log" "$dir/new.log"
[ "$(cut -d ' ' -f 1,2 "$dir/out")" = 'Grows: retained' ] || fail "one line"
diff 0 -f 30% --on allocated,peak "$dir/old.log" "$dir/new.log"
diff 0 -f 1K "$dir/old.log" "$dir/new.log"
diff 1 -f 1023 --on allocated "$dir/old.log" "$dir/new.log"

# A gate that has nothing to judge does not stand open.
diff 2 -f 10% "$dir/old.log" /dev/null
diff 2 -f 10% --warm-up 100 "$dir/old.log" "$dir/new.log"
grep Same "$dir/old.log" |
	sed 's/\t4096\t4096\t100\t/\t\\N\t\\N\t\\N\t/' >"$dir/unknown.log"
grep -q 'N	.N	.N	0	' "$dir/unknown.log" || fail "bytes are known"
diff 2 -f 10% "$dir/unknown.log" "$dir/unknown.log"
diff 0 -f 10% --on duration "$dir/unknown.log" "$dir/unknown.log"

# Wrong usage, and what can't be read.
diff 2 "$dir/old.log"
diff 2 "$dir/old.log" "$dir/nothing.log"
diff 2 --fail-over 10 --on duration "$dir/old.log" "$dir/new.log"
diff 2 --on retained "$dir/old.log" "$dir/new.log"
for limit in 10%% -5% x '' 1.5 nan 0x10 1e3; do
	diff 2 --fail-over "$limit" "$dir/old.log" "$dir/new.log"
	grep -q 'no LIMIT' "$dir/err" || fail "no word of the limit $limit"
done
diff 2 --fail-over 10% --on peak, "$dir/old.log" "$dir/new.log"
echo nonsense >"$dir/nonsense"
diff 2 "$dir/old.log" "$dir/nonsense"
