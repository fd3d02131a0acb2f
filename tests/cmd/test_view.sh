#!/bin/sh
# memprof view: what it takes, what it refuses, and what it makes of profiles.
set -eu
. "${0%/*}/run.sh"

# ---- profiles of a program ----

${CC:-cc} -O1 -g -no-pie -fno-pie -o "$dir/app" "${0%/*}/../view/data/chains.c"
build_id=$(readelf -n "$dir/app" | sed -n 's/.*Build ID: //p')

# Usage: at FUNCTION; an address in it.
at() {
	nm "$dir/app" | sed -n "s/^0*\([0-9a-f]*\) [tT] $1\$/\1/p"
}
main=$(at main) hidden=$(at hidden) shown=$(at shown) start=$(at _start)

# Usage: profile CLOCK REQUESTS VALUE; with twice as much in shown as in hidden.
profile() {
	cat <<-END >"$dir/body"
	memprof-profile	1
	clock	$1
	requests	$2
	began	2026-11-21T01:02:03.123456Z
	page_id	Cart:add
	samples	3
	cpu_ns	$((5 * $3))
	duration_ns	$((5 * $3))
	interval_ns	1000000
	tick_ns	4000000
	peak	4096
	degraded	no perf here
	object	400000	500000	0	$build_id	$dir/app
	page	Cart:add	$2	$((5 * $3))	$((5 * $3))
	stack	cpu	2	$((2 * $3))	$shown $main $start
	stack	cpu	1	$3	$hidden $main $start
	page	Root:index	$2	\\N	\\N
	stack	cpu	1	$3	$main $start
	stack	unsampled	0	$3	-
	note	sql	0	2000	SELECT%201	$hidden $main
	END
	cat "$dir/body"
	printf 'end\t%d\n' "$(wc -l <"$dir/body")"
}
profile cpu 1 1000000 >"$dir/a.mprof"
profile cpu 2 4000000 >"$dir/b.mprof"
profile wall 1 1000000 >"$dir/wall.mprof"

# ---- what it shows ----

folded() {
	expect 0 "$memprof" view -f folded "$@"
	sort "$dir/out" >"$dir/sorted"
	mv "$dir/sorted" "$dir/out"
}
folded "$dir/a.mprof"
quiet
prints 'main;shown 2000000'
grep -q '^main;hidden.* 1000000$' "$dir/out" || fail 'no hidden'
prints 'main 1000000'
prints '[unsampled] 1000000'
[ "$(wc -l <"$dir/out")" = 4 ] || fail "more stacks: $(cat "$dir/out")"

# The standard input, and several files, which add up.
folded - <"$dir/a.mprof"
prints 'main;shown 2000000'
folded "$dir/a.mprof" "$dir/b.mprof"
prints 'main;shown 10000000'
expect 0 "$memprof" view "$dir/a.mprof" "$dir/b.mprof"
prints 'Cart:add, 2026-11-21T01:02:03.123456Z'
prints '25.00 ms of CPU time in 3 requests that took 25.00 ms; 6 samples, one each 4.00 ms'
prints 'missing: no perf here'

folded --runtime "$dir/a.mprof"
prints '_start;main;shown 2000000'
folded --focus '^shown$' "$dir/a.mprof"
[ "$(cat "$dir/out")" = 'main;shown 2000000' ] || fail '--focus'
folded --ignore 'shown|hidden' --page 'Cart:*' "$dir/a.mprof"
[ ! -s "$dir/out" ] || fail "--ignore and --page: $(cat "$dir/out")"
says 'nothing matches'
folded --page 'Root:*' "$dir/a.mprof"
[ "$(wc -l <"$dir/out")" = 2 ] || fail '--page'
folded --by object "$dir/a.mprof"
prints 'app 3000000'
folded --by line "$dir/a.mprof"
grep -q '^main:[0-9]*;shown:[0-9]* 2000000$' "$dir/out" || fail '--by line'

expect 0 "$memprof" view -f tree "$dir/a.mprof"
grep -q '^  4.00 ms   80.0 %  main chains.c:35$' "$dir/out" ||
	fail "tree: $(cat "$dir/out")"
grep -qF '└─ [self]' "$dir/out" || fail 'tree: no [self]'
prints ' 2 us 0 ns sql: SELECT 1'
grep -q "$(printf '\033')" "$dir/out" && fail 'colours in a file'
expect 0 "$memprof" view -f top -n 1 -s total "$dir/a.mprof"
grep -q ' main chains.c:35$' "$dir/out" || fail 'top by total'
grep -q ' in [0-9]* more$' "$dir/out" || fail 'top -n 1'
expect 0 "$memprof" view -f top -m '^hid' "$dir/a.mprof"
[ "$(grep -c 'chains.c' "$dir/out")" = 1 ] || fail 'top --match'

# One document, whose sums agree.
expect 0 "$memprof" view -f json "$dir/a.mprof"
python3 - "$dir/out" <<'END' || fail 'json'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["clock"] == "cpu" and d["requests"] == 1 and d["pid"] is None
assert d["memory"] == {"peak": 4096} and d["degraded"] == ["no perf here"]
assert d["total_ns"] == 5000000 == sum(s["value_ns"] for s in d["stacks"])
assert d["tree"]["total_ns"] == 5000000 and d["tree"]["place"] is None
assert sum(f["self_ns"] for f in d["functions"]) == 5000000
assert [p["id"] for p in d["pages"]] == ["Cart:add", "Root:index"]
assert d["pages"][1]["cpu_ns"] is None
assert d["notes"][0]["text"] == "SELECT 1"


def check(node):
    kinds = sum(check(child) for child in node["children"])
    assert node["total_ns"] == node["self_ns"] + kinds
    return node["total_ns"]


def name(node):
    place = d["places"][node["place"]]
    return d["functions"][place["function"]]["name"]


check(d["tree"])
main = d["tree"]["children"][0]
assert name(main) == "main" and main["samples"] == 4
assert name(main["children"][0]) == "shown"
END

# One that does not say when it began takes no other's begin away.
sed 's/^began.*/colour	red/' "$dir/b.mprof" >"$dir/timeless.mprof"
for files in 'a timeless' 'timeless a'; do
	set -- $files
	expect 0 "$memprof" view -f json "$dir/$1.mprof" "$dir/$2.mprof"
	grep -q '"began":"2026-11-21T01:02:03.123456Z"' "$dir/out" ||
		fail "began, of $files"
done
expect 0 "$memprof" view -f json "$dir/timeless.mprof"
grep -q '"began":null' "$dir/out" || fail 'began, of none'

# Of several: the earliest begin, what they agree on, and no readings.
sed 's/^began.*/began	2026-11-20T01:02:03.123456Z/; s/^page_id.*/page_id	-/
	s/^tick_ns.*/tick_ns	1/' "$dir/b.mprof" >"$dir/early.mprof"
for files in 'a early' 'early a'; do
	set -- $files
	expect 0 "$memprof" view -f json "$dir/$1.mprof" "$dir/$2.mprof"
	python3 - "$dir/out" <<-'END' || fail "json of $files"
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["began"] == "2026-11-20T01:02:03.123456Z", d["began"]
	assert d["memory"] == {} and d["page_id"] is None
	assert d["tick_ns"] is None and d["interval_ns"] == 1000000
	assert d["requests"] == 3 and d["cpu_ns"] == 25000000
	assert d["degraded"] == ["no perf here"]
	assert sum(p["inlined"] for p in d["places"]) > 0
	END
done

# ---- two against each other ----

expect 0 "$memprof" view --diff -f top "$dir/a.mprof" "$dir/b.mprof"
prints 'before Cart:add: 5.00 ms of CPU time for each of 1 request; 3 samples'
prints 'after Cart:add: 10.00 ms of CPU time for each of 2 requests; 3 samples'
prints ' 2.00 ms 4.00 ms +2.00 ms +100.0 % ~ shown'
expect 0 "$memprof" view --diff "$dir/a.mprof" "$dir/b.mprof"
prints ' 5.00 ms 10.00 ms +5.00 ms +100.0 % ~ [all]'
refused '--diff takes two profiles' "$memprof" view --diff "$dir/a.mprof"
for format in flamegraph icicle sunburst html; do
	expect 0 "$memprof" view --diff -f $format "$dir/a.mprof" "$dir/b.mprof"
	grep -q 'shown: 4.00 ms (40.00 %), before 2.00 ms, +2.00 ms; itself +2.00 ms, maybe chance' \
		"$dir/out" || fail "$format: not what changed"
done
grep -q '<td data-h="Self changed" data-v="2000000">+2.00 ms</td><td data-h="Self before" data-v="2000000">2.00 ms</td><td data-h="Self after" data-v="4000000">4.00 ms</td>' \
	"$dir/out" || fail 'html: no table'
refused "pprof can't show a --diff" "$memprof" view --diff -f pprof \
	"$dir/a.mprof" "$dir/b.mprof"

# The same numbers in each: nanoseconds of a request, or all with the requests.
folded --diff "$dir/a.mprof" "$dir/b.mprof"
prints 'main;shown 2000000 4000000'
prints '[unsampled] 1000000 2000000'
[ "$(wc -l <"$dir/out")" = 4 ] || fail "more stacks: $(cat "$dir/out")"
expect 0 "$memprof" view --diff -f json "$dir/a.mprof" "$dir/b.mprof"
python3 - "$dir/out" <<'END' || fail 'json of two'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["clock"] == "cpu" and d["before"]["page_id"] == "Cart:add"
assert [d[side]["requests"] for side in ("before", "after")] == [1, 2]
for side, total in (("before", 5000000), ("after", 20000000)):
    assert d[side]["total_ns"] == d[side]["cpu_ns"] == total
    assert sum(s[side]["value_ns"] for s in d["stacks"]) == total
    assert sum(f[side]["self_ns"] for f in d["functions"]) == total
    assert sum(s[side]["samples"] for s in d["stacks"]) == 4
names = [f["name"] for f in d["functions"]]
shown = [s for s in d["stacks"]
         if [names[f] for f in s["functions"]] == ["main", "shown"]]
assert len(shown) == 1 and shown[0]["kind"] == "cpu"
assert shown[0]["before"] == {"value_ns": 2000000, "samples": 2}
assert shown[0]["after"] == {"value_ns": 8000000, "samples": 2}
main = d["functions"][names.index("main")]
assert main["after"]["total_ns"] == 16000000 and main["object"] == "app"
END
refused 'one profile is of CPU time, the other of wall time' \
	"$memprof" view --diff "$dir/a.mprof" "$dir/wall.mprof"

# ---- kinds of stacks ----

# Of the wall clock's, one that has no addresses, and one that came later.
sed 's/^stack	unsampled	0/stack	queued	0/
	s/^stack	cpu	1/stack	of-another-kind	1/' "$dir/wall.mprof" \
	>"$dir/kinds.mprof"
folded "$dir/kinds.mprof"
prints '[waiting for a CPU] 1000000'
prints 'main 1000000'
"$memprof" view -f json "$dir/kinds.mprof" >"$dir/out"
python3 - "$dir/out" <<END || fail 'other kinds'
import json, sys
kinds = {}
for s in json.load(open(sys.argv[1]))["stacks"]:
    kinds[s["kind"]] = kinds.get(s["kind"], 0) + s["value_ns"]
assert kinds == {"cpu": 2000000, "queued": 1000000, "unsampled": 2000000}
END
"$memprof" view -f pprof "$dir/kinds.mprof" | gzip -dc >"$dir/out"
grep -aq queued "$dir/out" || fail 'pprof: no such label'
"$memprof" view -f html "$dir/kinds.mprof" >"$dir/out"
grep -q '<dt>Waiting for a CPU</dt>' "$dir/out" || fail 'html: not told'

# ---- what it refuses ----

refused 'name a profile, or - for stdin' "$memprof" view
refused 'no format: `nonsense`' "$memprof" view -f nonsense "$dir/a.mprof"
refused 'no column: `nonsense`' "$memprof" view -s nonsense "$dir/a.mprof"
refused '--by: no function, line or object: `file`' \
	"$memprof" view -b file "$dir/a.mprof"
refused '--count: no number: `0`' "$memprof" view -n 0 "$dir/a.mprof"
refused '`(`: Unmatched ( or \(' "$memprof" view --focus '(' "$dir/a.mprof"
refused '`[`: ' "$memprof" view --ignore '[' "$dir/a.mprof"
refused '`*`: ' "$memprof" view --match '*' "$dir/a.mprof"
refused "$dir/none: No such file or directory" "$memprof" view "$dir/none"
refused "$dir: Is a directory" "$memprof" view "$dir"
refused "$dir/wall.mprof: its clock is wall, the one before has cpu" \
	"$memprof" view "$dir/a.mprof" "$dir/wall.mprof"
sed 's/^stack	cpu	2/stack	cpu	x/' "$dir/a.mprof" >"$dir/bad.mprof"
refused "$dir/bad.mprof:15: samples: expected digits" \
	"$memprof" view "$dir/bad.mprof"
refused "$dir/bad.mprof:15: " "$memprof" view "$dir/a.mprof" "$dir/bad.mprof"
refused 'stdin:1: file: expected a profile' \
	"$memprof" view - <tests/cmd/data/small.log

# A sum that the header belies is shown, and told.
sed 's/^cpu_ns.*/cpu_ns	1000000000/' "$dir/a.mprof" >"$dir/odd.mprof"
expect 0 "$memprof" view "$dir/odd.mprof"
says 'the stacks add up to 0.005000 s, but their header says 1.000000 s'

# ---- where it writes ----

"$memprof" view -f folded -o "$dir/made" "$dir/a.mprof" >"$dir/out"
[ ! -s "$dir/out" ] || fail 'data on stdout in spite of -o'
grep -q '^main;shown 2000000$' "$dir/made" || fail 'nothing written'
echo old >"$dir/made"
refused "$dir/bad.mprof:15: " "$memprof" view -o "$dir/made" "$dir/bad.mprof"
[ "$(cat "$dir/made")" = old ] || fail 'what was there is gone'
refused 'No space left on device' \
	"$memprof" view -o /dev/full "$dir/a.mprof"
for format in tree top folded json; do
	status=0
	"$memprof" view -f $format "$dir/a.mprof" >/dev/full 2>"$dir/err" ||
		status=$?
	[ "$status" = 2 ] || fail "$format: exit status $status on a full disk"
	says 'memprof: standard output: No space left on device'
done
