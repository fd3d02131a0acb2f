#!/bin/sh
# A file of very many objects, pages or sentences costs memprof view what its
# length says, and not the square of that.
set -eu
. "${0%/*}/../cmd/run.sh"

count=100000
seconds=8
[ -z "${MEMPROF_TEST_SANITIZE:-}" ] || seconds=60

# Usage: lines FORMAT...; of printf, given a number in hexadecimal and the next.
lines() {
	awk -v n=$count -v format="$*" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf format, i, i + 1
	}'
}

# Usage: whole; of lines a file.
whole() {
	awk 'BEGIN { print "memprof-profile\t1\nclock\tcpu\nrequests\t1" }
		{ print } END { print "end\t" NR + 3 }'
}

# Usage: in_time FORMAT FILE; its CPU time is bounded.
in_time() {
	expect 0 sh -c "ulimit -t $seconds && exec \"\$@\"" sh \
		"$memprof" view --format "$1" "$2"
}

{
	lines 'object\t%x000\t%x000\t0\t-\t[o]\n' | awk '{ print $0 NR }'
	printf 'page\tp\t1\t\\N\t\\N\n'
	lines 'stack\tcpu\t1\t1\t%x010\n'
} | whole >"$dir/objects"
in_time pprof "$dir/objects"
in_time html "$dir/objects"
in_time folded "$dir/objects"
[ "$(wc -l <"$dir/out")" = $count ] || fail 'not all objects are told apart'

lines 'page\tp%x\t1\t\\N\t\\N\nstack\tcpu\t1\t1\t-\n' | whole >"$dir/pages"
in_time speedscope "$dir/pages"
[ "$(grep -c '^{"type"' "$dir/out")" = $count ] || fail 'not all pages'

count=200000
lines 'degraded\tno%x\n' | whole >"$dir/degraded"
in_time tree "$dir/degraded"
[ "$(grep -c '^missing: no' "$dir/out")" = $count ] || fail 'not all sentences'
