#!/bin/sh
# memprof view writes one profile of a real program in each format that others
# read: with the same total and functions, and binary ones not to a terminal.
set -eu
. "${0%/*}/../cmd/run.sh"
here=${0%/*}
export PYTHONDONTWRITEBYTECODE=1

# Every third address of the program, five of them a stack.
${CC:-cc} -O2 -g -o "$dir/chains" "$here/data/chains.c"
python3 "$here/mkprofile.py" "$dir/chains" 3 >"$dir/flat"
awk -F '\t' '
/^stack/ { pcs = pcs (pcs ? " " : "\t") $5; if (++n % 5) next; add() }
/^(memprof|clock|requests|object)/ { print; lines++ }
function add() {
	if (!n)
		return
	if (!page++)
		print "page\tShop:cart\t1\t1\t1"
	print "stack\tcpu\t" n "\t" 1000 + n pcs
	pcs = ""
	lines += page == 1 ? 2 : 1
}
END {
	print "stack\tunsampled\t0\t77\t-"
	print "end\t" lines + 1
}' "$dir/flat" >"$dir/mprof"

for format in json callgrind pprof speedscope pstats; do
	expect 0 "$memprof" view --runtime -f "$format" -o "$dir/$format" \
		"$dir/mprof"
done
build=$(sed -n 's/^object\t[^\t]*\t[^\t]*\t[^\t]*\t\([^\t]*\).*/\1/p' \
	"$dir/mprof")
python3 "$here/exports.py" "$dir" "$build"

# What is no text may go through a pipe, but not to a terminal.
for format in pprof pstats; do
	"$memprof" view -f "$format" "$dir/mprof" 2>"$dir/err" | cat \
		>"$dir/piped"
	[ -s "$dir/piped" ] || fail "$format: nothing in the pipe"
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || continue
	script -qec "'$memprof' view -f $format '$dir/mprof'" /dev/null \
		>"$dir/seen" </dev/null && fail "$format: on a terminal"
	grep -q 'nothing to read' "$dir/seen" ||
		fail "$format: $(cat "$dir/seen")"
done
