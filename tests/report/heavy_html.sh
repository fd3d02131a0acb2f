#!/bin/sh
# A report as HTML in Chromium: on a phone nothing scrolls sideways, nothing
# leaves the page, ids of any kind do not run, the table can be sorted, and its
# numbers are those of the JSON.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! command -v chromium >/dev/null; then
	echo 'chromium is not here: nobody has seen the page'
	exit 77
fi

# Usage: see NAME LOG OPTION...
see() {
	name=$1
	shift
	for f in html json; do
		"$B/memprof" report --top 200 -f "$f" -o "$dir/$name.$f" "$@"
	done
	python3 tests/report/seehtml.py "$dir/$name.html" "$dir/$name.json"
}
see small tests/cmd/data/small.log
python3 tests/cmd/hostile.py >"$dir/hostile.log"
see hostile "$dir/hostile.log"
