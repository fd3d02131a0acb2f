#!/bin/sh
# memprof plot: the numbers of the script are those of the log, gnuplot draws
# it, and no page id makes it do anything else.
set -eu
. "${0%/*}/run.sh"
log=tests/cmd/data/small.log

# Usage: block NAME; the lines of that block of data in the script.
block() {
	sed -n "/^\\\$$1 << EOD\$/,/^EOD\$/p" "$dir/out" | sed '1d;$d'
}

# Usage: has NAME LINE
has() {
	block "$1" | grep -qxF -e "$2" || fail "no '$2' in \$$1: $(block "$1")"
}

whole() {
	case $1 in
	*.svg) python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$1" ;;
	*.png) [ "$(head -c 4 "$1" | od -An -tx1)" = ' 89 50 4e 47' ] ;;
	*.pdf) head -c 5 "$1" | grep -qx '%PDF-' && tail -n 1 "$1" | grep -qx '%%EOF' ;;
	esac || fail "$1 is no picture"
}

# Usage: nothing_beside FILE...; what else is in the folder of pictures.
mkdir "$dir/pictures"
nothing_beside() {
	[ "$(ls -A "$dir/pictures" | paste -sd' ')" = "$*" ] ||
		fail "left behind: $(ls -A "$dir/pictures")"
}

# The script: readings in seconds since 1970 and MiB, retained bytes by page,
# marks where the requests with an oops id ended.
expect 0 "$memprof" plot --script --plot all "$log"
quiet
t=1795222920 # 01:02:00
has rss0 "$t.000000 10.000000"
has rss0 "$((t + 6)).375000 42.023438" # 6.125 s + 0.25 s: 10 MiB, 6 pages, 32 MiB
has rss0 "$((t + 10)).000000 12.023438"
has vss0 "$((t + 6)).375000 232.000000"
has vss_reach0 "$((t + 7)).000000 232.000000"
has started "$t.000000 10.000000"
has stopped "$((t + 10)).000000 12.023438"
has oops "$((t + 7)).000012 10.023438"
has oops "$((t + 7)).502000 10.023438"
[ "$(block oops | wc -l)" = 2 ] || fail "oops marks: $(block oops)"
has heap "$((t + 9)).500000 3.000000 4.000000 6.000000"
has bars '28.328125 0 0x0072B2' # 7 * 4144 / 1024
has bars '-0.5 3 0xD55E00'
has retained0 "$((t + 9)).500000 28.328125"
has retained1 "$((t + 9)).500000 -0.5"
has deltas '0 7'   # index.html, and spike
has deltas '13 7'  # 4144: 4096 to 8191
has deltas '-10 1' # 512: 512 to 1023
has deltas0 '13 7'
has deltas0 '0 0'
grep -qF 'set label "Straße & Café: page" at graph 0, first 3 ' "$dir/out" ||
	fail 'no decoded label'
grep -qF "set label '28.33 KiB (4144 B a request)'" "$dir/out" ||
	fail 'no retained bytes'

# Which lines count is said as for a report.
expect 0 "$memprof" plot --script --plot pages,memory --since 2026-11-21T01:02:05 \
	--until 2026-11-21T01:02:07 -c 'Root:l*' -c 'Root:i*' "$log"
quiet
has bars '4.046875 0 0x0072B2' # one of Root:leak
[ "$(block bars | wc -l)" = 3 ] || fail "bars: $(block bars)"
grep -qF 'set label "Root:l*" at graph 0, first 0 ' "$dir/out" ||
	fail 'not collapsed'
[ -z "$(block started)$(block stopped)" ] || fail 'a mark of another time'
expect 0 "$memprof" plot --script --plot pages,memory -p 'Root:l*' "$log"
[ "$(block bars | wc -l)" = 1 ] || fail "bars: $(block bars)"
[ -n "$(block started)" ] || fail 'the process did not start'
[ "$(block oops | wc -l)" = 1 ] || fail 'an oops id of another page'

# Those that are drawn where nobody asks for others.
expect 0 "$memprof" plot --script "$log"
mv "$dir/out" "$dir/default"
expect 0 "$memprof" plot --script --plot memory,retained,pages "$log"
cmp "$dir/default" "$dir/out" || fail 'others are drawn by default'

# It runs as it is; and with -o it has its name inside.
gnuplot -d <"$dir/out" >"$dir/pictures/script.svg"
whole "$dir/pictures/script.svg"
"$memprof" plot -s -o "$dir/pictures/name.png" "$log" | gnuplot -d
whole "$dir/pictures/name.png"
nothing_beside name.png script.svg
rm "$dir"/pictures/*

# A picture has the mode of a new file, and keeps it when it is replaced.
for picture in memory.svg memory.png memory.pdf; do
	(umask 027 && "$memprof" plot "$log" -o "$dir/pictures/$picture")
	echo old >"$dir/pictures/$picture"
	"$memprof" plot "$log" -o "$dir/pictures/$picture"
	whole "$dir/pictures/$picture"
	[ "$(stat -c %a "$dir/pictures/$picture")" = 640 ] || fail 'wrong mode'
done
nothing_beside memory.pdf memory.png memory.svg

# Wrong usage, before anything is read.
refused 'plot: say where to: -o FILE.svg, or --terminal' "$memprof" plot "$log"
refused 'plot: no names of plots: `memory,`' "$memprof" plot -t --plot memory, "$log"
refused 'plot: nothing is both since 2026-02 and until 2026-01' \
	"$memprof" plot -t --since 2026-02 --until 2026-01 "$log"
refused 'plot: --terminal draws on stdout, not in `x.svg`' \
	"$memprof" plot -t -o x.svg "$log"
for name in memory memory.jpg .svg memory.SVG svg; do
	refused "plot: \`$name\` ends in none of .svg, .png and .pdf" \
		"$memprof" plot "$dir/none.log" -o "$name"
done

# Failures leave the old picture, and nothing half.
kept() {
	refused "$@"
	cmp "$dir/pictures/memory.svg" "$dir/old.svg" || fail 'the old one is lost'
	nothing_beside memory.pdf memory.png memory.svg
}
cp "$dir/pictures/memory.svg" "$dir/old.svg"
mkdir "$dir/bin"
kept 'memprof: gnuplot: No such file or directory (Debian: gnuplot-nox)' \
	env PATH="$dir/bin" "$memprof" plot "$log" -o "$dir/pictures/memory.svg"
printf '#!/bin/sh\nexit 3\n' >"$dir/bin/gnuplot"
chmod +x "$dir/bin/gnuplot"
kept 'memprof: gnuplot failed' \
	env PATH="$dir/bin" "$memprof" plot "$log" -o "$dir/pictures/memory.svg"
printf '#!/bin/sh\nprintf "<svg>and then the disk was full"\n' >"$dir/bin/gnuplot"
kept 'gnuplot did not write it all' \
	env PATH="$dir/bin" "$memprof" plot "$log" -o "$dir/pictures/memory.svg"
refused "memprof: $dir/none/memory.svg: No such file or directory" \
	"$memprof" plot "$log" -o "$dir/none/memory.svg"
mkdir "$dir/folder.svg"
refused "memprof: $dir/folder.svg: Is a directory" \
	"$memprof" plot "$log" -o "$dir/folder.svg"

# Through a link its file is replaced, and a pipe is written to.
ln -s memory.svg "$dir/pictures/link.svg"
echo old >"$dir/pictures/memory.svg"
expect 0 "$memprof" plot "$log" -o "$dir/pictures/link.svg"
[ -L "$dir/pictures/link.svg" ] || fail 'a link was replaced'
cmp "$dir/pictures/memory.svg" "$dir/old.svg" || fail 'not through the link'
rm "$dir/pictures/link.svg"
mkfifo "$dir/pipe.svg"
cat "$dir/pipe.svg" >"$dir/piped" &
expect 0 "$memprof" plot "$log" -o "$dir/pipe.svg"
wait
cmp "$dir/piped" "$dir/old.svg" || fail 'not through the pipe'

# A log that cannot be read is told, and the others are drawn.
expect 2 "$memprof" plot "$dir/none.log" "$log" -o "$dir/pictures/memory.svg"
says "memprof: $dir/none.log: No such file or directory"
whole "$dir/pictures/memory.svg"
{
	cat "$log"
	echo nonsense
} | expect 0 "$memprof" plot - -o "$dir/pictures/memory.svg"
says 'memprof: stdin:22: line: expected '

# Usage: pages COUNT; a log of that many, page N keeping N bytes.
pages() {
	awk -F '\t' -v OFS='\t' -v count="$1" '
	NR == 1 { print }
	$2 == "Root:leak" && count > 0 {
		for (i = 1; i <= count; i++) {
			$2 = "Page:" i; $11 = 1000 + i; $12 = 1000; $13 = i
			print
		}
		exit
	}' "$log" >"$dir/pages.log"
}
for count in 0 1 300; do
	pages $count
	for end in svg png pdf; do
		expect 0 "$memprof" plot --plot all "$dir/pages.log" \
			-o "$dir/pictures/p.$end"
		quiet
		whole "$dir/pictures/p.$end"
	done
done
expect 0 "$memprof" plot -s "$dir/pages.log"
[ "$(block bars | wc -l)" = 15 ] || fail "bars: $(block bars)"
has bars '300 0 0x0072B2'
has bars '286 14 0xA0A0A0'
grep -q "^set xlabel 'not drawn: 285'" "$dir/out" || fail 'nothing left out'
: >"$dir/empty.log"
expect 0 "$memprof" plot "$dir/empty.log" -o "$dir/pictures/p.svg"
whole "$dir/pictures/p.svg"
grep -q 'no reading of memory' "$dir/pictures/p.svg" || fail 'nothing said'

# On a terminal, by letters: as wide as it is, in colour if it has some.  In a
# pipe, of 80 columns, and plain.
expect 0 "$memprof" plot --terminal --plot all "$log"
quiet
if LC_ALL=C.UTF-8 grep -q '.\{81\}' "$dir/out"; then
	fail "too wide: $(cat "$dir/out")"
fi
if sed 's/[ßé]//g' "$dir/out" | LC_ALL=C grep -q '[^ -~]' ; then
	fail 'not plain'
fi
for text in 'memprof: 16 requests' '2 with an oops id, 5 pages, 1 process' \
	'RSS of the processes' \
	' S  started' ' X  with an oops id' ' Root:leak |' \
	'28.33 KiB (4144 B a request)' ' 32 KiB '; do
	grep -qF -e "$text" "$dir/out" || fail "no '$text': $(cat "$dir/out")"
done
escape=$(printf '\033')
# Usage: on_terminal COLUMNS [VARIABLE=VALUE...]
on_terminal() {
	columns=$1
	shift
	env TERM=xterm "$@" script -qec \
		"stty cols $columns; '$memprof' plot -t --plot pages $log" /dev/null \
		</dev/null | tr -d '\r' >"$dir/out"
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	on_terminal 120
	grep -q "$escape\[38;5;[0-9]*m" "$dir/out" || fail 'no colour'
	on_terminal 120 NO_COLOR=1
	grep -q "$escape" "$dir/out" && fail 'colour'
	grep -q '^ .\{119\}$' "$dir/out" || fail 'not as wide as the terminal'
	on_terminal 5 NO_COLOR=1
	grep -q '^ .\{39\}$' "$dir/out" || fail 'too narrow to be seen'
else
	echo 'no terminal here: not drawn on one'
fi

# Page ids are text, whatever is in them: encoded as the library would, and as
# another writer might.
cat >"$dir/ids" <<'EOF'
"quotes"
a"b'c
$(touch%20ran)
`touch%20ran`
%60touch%20ran%60
@touch_ran
%5Cn%5C%22x
%25s%25d
<b>&amp;&lt;&#x41;
&#65;
;system("touch%20ran")
{/Symbol%20a}_b^c
{/=200%20large}
עברית
漢字
EOF
awk -F '\t' -v OFS='\t' '
FILENAME == ARGV[1] { id[++n] = $0; next }
FNR == 1 { print }
$2 == "Root:leak" { for (i = 1; i <= n; i++) { $2 = id[i]; print } exit }' \
	"$dir/ids" "$log" >"$dir/hostile.log"
expect 0 "$memprof" check "$dir/hostile.log"
(
	cd "$dir/pictures"
	for end in svg png pdf; do
		"$memprof" plot --plot all "$dir/hostile.log" -o "hostile.$end"
	done 2>"$dir/err"
	"$memprof" plot -t --plot all "$dir/hostile.log" >"$dir/out" 2>>"$dir/err"
	"$memprof" plot -s "$dir/hostile.log" | gnuplot -d >s.svg 2>>"$dir/err"
	"$memprof" plot -s -o '`touch ran`@"x.png' "$dir/hostile.log" |
		gnuplot -d 2>>"$dir/err"
	[ -s '`touch ran`@"x.png' ] || fail 'the file has another name'
)
quiet
[ ! -e "$dir/pictures/ran" ] || fail 'a page id was run'
whole "$dir/pictures/hostile.png"
whole "$dir/pictures/hostile.pdf"
python3 - "$dir/pictures/hostile.svg" "$dir/ids" <<'EOF'
import sys, urllib.parse, xml.etree.ElementTree as tree
texts = {''.join(e.itertext()).strip()
         for e in tree.parse(sys.argv[1]).iter('{http://www.w3.org/2000/svg}text')}
for line in open(sys.argv[2], encoding='utf-8'):
    want = urllib.parse.unquote(line.rstrip('\n'))
    assert want in texts, (want, texts)
EOF

# A newline cannot be drawn: the id stays encoded.
sed 's/Root:leak/a%0Ab%20c/' "$log" | "$memprof" plot -s >"$dir/out"
grep -qF 'set label "a%0Ab%20c" ' "$dir/out" || fail 'not as it is in the log'

# A user's own gnuplot, as memprof-log(5) has it.
sed -n '/^gnuplot -p -e/,/^\.Ed/p' man/memprof-log.5 | sed '$d; s/\\e/\\/g' \
	>"$dir/own.sh"
sed -i 's/-p -e "/-e "set terminal svg; set output "own.svg"; /; s/"own.svg"/'"'own.svg'/" \
	"$dir/own.sh"
cp "$log" "$dir/memory.log"
(cd "$dir" && sh own.sh 2>"$dir/err")
quiet
whole "$dir/own.svg"

# And its awk, which takes no unknown number for a large one.
sed -n 's/\\et/\\t/; /10000000 {/p' man/memprof-log.5 >"$dir/grew.sh"
[ "$(cd "$dir" && sh grew.sh)" = \
	'2026-11-21T01:02:06.125000Z Root:spike 33554432' ] ||
	fail "memprof-log(5): $(cd "$dir" && sh grew.sh)"
