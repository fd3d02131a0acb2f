#!/bin/bash
# How fast memprof view names the samples of a large program: against perf
# script, which names the very same ones.  The program is clang, at work.
# Usage: view.sh BUILD DIR
set -eu
build=$1 dir=$2
rounds=5
. bench/figures.sh

title "View of clang's samples, 10,000 a second, by their names"
for tool in perf clang; do
	if ! command -v $tool >/dev/null; then
		echo "  not compared: there is no $tool"
		exit 0
	fi
done

# Templates, for a compiler to work on for long.
awk 'BEGIN {
	print "#include <algorithm>\n#include <map>\n" \
		"#include <string>\n#include <vector>"
	for (i = 0; i < 100; i++)
		printf "struct S%d { std::map<std::string, std::vector<int>> m;" \
			" int f(int x) { std::vector<int> v(x);" \
			" std::sort(v.begin(), v.end(), [](int a, int b)" \
			" { return a * %d < b; }); m[\"a\"] = v;" \
			" return m.size(); } };\n" \
			"int f%d(int x) { return S%d().f(x); }\n", i, i, i, i
}' >"$dir/load.cc"
# Of the program alone: memprof has no samples of the kernel.
if ! perf record -q -e cpu-clock:u -F 10000 -g -o "$dir/perf.data" -- \
	clang++ -fintegrated-cc1 -O2 -c -o "$dir/load.o" "$dir/load.cc" \
	2>"$dir/perf.err"; then
	echo "  not compared: perf record: $(tail -1 "$dir/perf.err")"
	exit 0
fi
trap 'rm -f "$dir"/perf.* "$dir"/load.* "$dir/samples.mprof"' EXIT
perf buildid-list -i "$dir/perf.data" >"$dir/perf.ids"
perf script -i "$dir/perf.data" -F ip,dso 2>/dev/null |
	python3 bench/perfsamples.py "$dir/perf.ids" >"$dir/samples.mprof"
samples=$(grep -c ^stack "$dir/samples.mprof")

# Usage: spent COMMAND...; seconds of CPU time; what it warns of is not told.
spent() { one_core sh -c 'exec "$@" 2>/dev/null' sh "$@"; }

view=("$build/memprof" view -f folded "$dir/samples.mprof")
# Each sample is there, wherever it ran.
if [ "$("${view[@]}" 2>/dev/null | awk '{ n += $NF } END { print n }')" != \
	"$samples" ]; then
	echo '  memprof view: not all samples'
	exit 1
fi
for ((i = 0; i < rounds; i++)); do
	spent perf script -i "$dir/perf.data" >>"$dir/perf.times"
	spent "${view[@]}" >>"$dir/load.times"
done
perf=$(median "$dir/perf.times") memprof=$(median "$dir/load.times")
number "samples" "$samples" ""
number "perf script" "$(divide "${perf}e6" "$samples")" "us each"
number "memprof view" "$(divide "${memprof}e6" "$samples")" "us each"
bound "memprof against perf script" "$(divide "$perf" "$memprof")" at-least 3 x
bound "memprof, of 100,000 samples" \
	"$(divide "${memprof}e5" "$samples")" at-most 10 s
bound "its memory" "$(peak "${view[@]}")" at-most 500 MiB
exit $broken
