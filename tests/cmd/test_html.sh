#!/bin/sh
# report's HTML: whole, in need of nothing beside it, with the numbers of the
# JSON; and no page id is more than text.  (How it looks and whether it runs:
# tests/report/heavy_html.sh.)
set -eu
. "${0%/*}/run.sh"
log=tests/cmd/data/small.log

agree() {
	expect 0 "$memprof" report -f json "$1"
	cp "$dir/out" "$dir/json"
	expect 0 "$memprof" report -f html "$1"
	quiet
	cp "$dir/out" "$dir/html"
	python3 tests/cmd/readhtml.py "$dir/html" "$dir/json" ||
		fail "$1: not the page it should be"
}

# Usage: holds TEXT; in the last page.
holds() {
	grep -qF -e "$1" "$dir/html" || fail "the page has no '$1'"
}

agree "$log"
holds '<h1>No leak found in 5 pages; too few requests to tell of 4</h1>'
holds '16 requests of 5 pages, 2 with an oops id, from 2026-11-21 01:02:00 to 2026-11-21 01:02:10 UTC.'
holds '<li>These totals are partial: 900 requests were left out by sampling, 7 by the threshold.</li>'
holds '<h3>Requests that retained most heap</h3>'
holds '<tr><th scope="row" class="text"><bdi>Root:leak</bdi></th><td data-h="retained">4.05 KiB</td><td data-h="began">2026-11-21T01:02:00.500000Z</td>'
holds '<p class="dim">and 2 more with 4.05 KiB</p>'
holds '<tr><th scope="row" class="text"><bdi>4711@web1</bdi></th><td data-h="began">2026-11-21T01:02:00Z</td>'
python3 tests/cmd/hostile.py >"$dir/hostile.log"
agree "$dir/hostile.log"
holds '<h1>8 of 37 pages leak</h1>'
holds '<h3><bdi>&lt;script&gt;hacked=1&lt;/script&gt;</bdi>: <span class="leak">leak</span></h3>'
holds 'what it allocates <bdi>a|b||c</bdi> frees'

holds '<th scope="row" class="text"><bdi>&lt;script&gt;hacked=1&lt;/script&gt;</bdi></th><td data-h="retained">97.67 KiB</td>'

! grep -q '<b>Next:</b> nothing\.' "$dir/html" || fail 'advice to do nothing'
holds '<b>Next:</b> look for what this page stores'

# Its plots are in it, drawn twice, as SVG that is no part of the page.
expect 0 "$memprof" report -f html "$log"
quiet
grep -o 'data:image/svg+xml;base64,[A-Za-z0-9+/=]*' "$dir/out" >"$dir/svg"
[ "$(wc -l <"$dir/svg")" = 2 ] || fail "$(wc -l <"$dir/svg") pictures, not 2"
cut -d , -f 2 "$dir/svg" | while read -r svg; do
	echo "$svg" | base64 -d >"$dir/one.svg"
	python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' \
		"$dir/one.svg"
	grep -q '>Root:leak' "$dir/one.svg" || fail 'a picture without a page'
done
expect 0 "$memprof" report -f html --page Root:late "$log"
grep -o 'base64,[A-Za-z0-9+/=]*' "$dir/out" | head -n 1 | cut -c 8- |
	base64 -d >"$dir/one.svg"
! grep -q '>Root:leak' "$dir/one.svg" || fail '--page: others are drawn'
grep -q '>started' "$dir/one.svg" || fail '--page: no process is drawn'

# Without gnuplot it says so and is else the same.
mkdir "$dir/bin"
expect 0 env PATH="$dir/bin" "$memprof" report -f html "$log"
cp "$dir/out" "$dir/html"
says 'memprof: gnuplot: No such file or directory (Debian: gnuplot-nox)'
holds '<p class="dim">There are no plots: there is no gnuplot.</p>'
holds '<bdi>Root:leak</bdi>'
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/gnuplot"
chmod +x "$dir/bin/gnuplot"
expect 0 env PATH="$dir/bin" "$memprof" report -f html "$log"
cp "$dir/out" "$dir/html"
says 'memprof: gnuplot failed'
holds 'There are no plots: gnuplot failed.'

# Rows that are no pages have no verdicts; none at all have no table.
expect 0 "$memprof" report -f html --by host "$log"
cp "$dir/out" "$dir/html"
holds '<h1>Requests by host</h1>'
! grep -q '<h2>Verdicts\|verdict</th>' "$dir/html" ||
	fail 'a host has a verdict'
expect 0 "$memprof" report -f html /dev/null
cp "$dir/out" "$dir/html"
holds '<h1>There are no requests</h1>'
! grep -q '<table' "$dir/html" || fail 'a table of nothing'

# Of many pages, those that grew most are told apart.
{
	head -n 1 "$log"
	line=$(awk -F '\t' '$2 == "Root:leak"' "$log" | head -n 1)
	yes "$line" | head -n 1200 | awk '{ sub(/Root:leak/, "Page:" NR) } 1'
} >"$dir/many.log"
expect 0 "$memprof" report -f html "$dir/many.log"
sed '/<\/table>/q' "$dir/out" >"$dir/html"
[ "$(grep -c '<th scope="row"' "$dir/html")" = 1002 ] ||
	fail "$(grep -c '<th scope="row"' "$dir/html") rows"

# What could not be read stands in the page, too.
{
	cat "$log"
	echo nonsense
} >"$dir/bad.log"
expect 2 "$memprof" report -f html "$dir/bad.log" "$dir/none.log"
cp "$dir/out" "$dir/html"
holds '<li>1 line could not be read.</li>'
holds '<li>A log, or the end of one, could not be read.</li>'
