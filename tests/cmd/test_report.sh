#!/bin/sh
# memprof report: every form of log, alone and mixed; what is no log is located;
# and memory does not grow with it.
set -eu
. "${0%/*}/run.sh"
data=tests/cmd/data
log=$data/small.log

# The table, as it is recorded.
expect 0 "$memprof" report "$log"
quiet
golden "$data/report.txt"
expect 0 "$memprof" report --width=80 "$log"
quiet
golden "$data/report-80.txt"
cp "$data/report.txt" "$dir/want"

same() {
	expect 0 "$memprof" report "$@"
	quiet
	cmp "$dir/want" "$dir/out" || fail "report $*: not the same"
}

# However the same lines come.
same -w 0 "$log"
sed 1d "$log" >"$dir/headless.log"
same "$dir/headless.log"
gzip -c "$log" >"$dir/memory.log.gz"
same "$dir/memory.log.gz"
same - <"$log"
same - <"$dir/memory.log.gz"
same <"$log"
head -n 9 "$log" | gzip >"$dir/memory.log.1.gz"
tail -n +10 "$log" | head -n 4 >"$dir/memory.log.1"
tail -n +14 "$log" >"$dir/memory.log"
same "$dir/memory.log.1.gz" "$dir/memory.log.1" "$dir/memory.log"
same "$dir/memory.log.1.gz" - "$dir/memory.log" <"$dir/memory.log.1"
: >"$dir/empty.log"
same "$dir/empty.log" "$log" "$dir/empty.log"
cat "$log" | { same -; }

# Usage: of PAGE COLUMN; that column of a page's row in the whole table.  A
# number and its unit are a blank apart, and columns are two.
of() {
	awk -F '   *' -v page="$1" -v title="$2" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == title) n = i }
	$1 == page { print $n; exit }' "$dir/out"
}

# Usage: is PAGE COLUMN VALUE
is() {
	[ "$(of "$1" "$2")" = "$3" ] ||
		fail "$1: $2 is '$(of "$1" "$2")', not '$3': $(cat "$dir/out")"
}

# Its numbers, by hand.
expect 0 "$memprof" report "$log"
is Root:leak requests 7
is Root:leak errors 1
is Root:leak time '8.00 ms'
is Root:leak mean '1.14 ms'
is Root:leak longest '2.00 ms'
is Root:leak retained '28.33 KiB' # 7 * 4144
is Root:leak B/request 4144
is Root:leak RSS '24.00 KiB'
is Root:leak 'RSS clean' '12.00 KiB'
is Root:leak clean 3
is Root:leak allocated '34.18 KiB' # 7 * 5000
is Root:leak freed '5.85 KiB'	   # 7 * 856
is Root:leak peak '4.88 KiB'
is Root:spike peak '32.00 MiB'
is 'Straße%20&%20Café:%20page' retained '-512 B'
is 'Straße%20&%20Café:%20page' 'RSS clean' '\N'
is Root:late retained '\N'
is Root:late RSS '\N'
is total requests 16
is '(outside)' RSS '2.00 MiB'

# Most retained first, unknown last, then the total, then what is outside.
awk -F '   *' 'NR > 1 { print $1 } /^$/ { exit }' "$dir/out" | head -n 7 >"$dir/order"
cat >"$dir/want" <<'EOF'
Root:leak
Root:spike
Root:index.html
Straße%20&%20Café:%20page
Root:late
total
(outside)
EOF
cmp "$dir/order" "$dir/want" || fail "order: $(cat "$dir/order")"

# Rows beyond the top are one, and the total is that of all.
expect 0 "$memprof" report -w 0 --top 2 "$log"
quiet
awk -F '   *' 'NR > 1 { print $1 } /^$/ { exit }' "$dir/out" | head -n 5 >"$dir/order"
printf '%s\n' Root:leak Root:spike '(other)' total '(outside)' >"$dir/want"
cmp "$dir/order" "$dir/want" || fail "order: $(cat "$dir/order")"
is '(other)' requests 8
is total requests 16
expect 0 "$memprof" report -w 0 "$log"

# What sampling left out is said.
prints 'These totals are partial: 900 requests were left out by sampling, 7 by the threshold.'
prints 'One request in 10 was measured.'
prints 'Retained heap is known of 15 of 16 requests.'
prints 'Processes: 1 started, 1 stopped.'
grep -v skipped "$log" | "$memprof" report >"$dir/out"
! grep -q partial "$dir/out" || fail 'partial, and nothing was left out'

# A pure sample is scaled, a threshold is not.
! grep -q 'All .* requests together' "$dir/out" || fail 'scaled, and nothing was'
awk -F '\t' -v OFS='\t' '
	NR == 1 { print; next }
	$2 == "(skipped)" { print; next }
	NF == 20 && $11 != "\\N" { for (i = 1; i < 5; i++) { $19 = i; print } }' "$log" |
	sed 's/threshold=[0-9]*/threshold=0/' >"$dir/sampled.log"
n=$(grep -c -v '^timestamp\|(skipped)' "$dir/sampled.log")
expect 0 "$memprof" report "$dir/sampled.log"
scaled=$(awk -F '\t' 'NR > 1 && $11 != "\\N" {
		n++; kept = $11 - $12; sum += kept; squares += kept * kept
	}
	END {
		all = n + 900
		error = sqrt((squares - sum * sum / n) / (n - 1) / n * (1 - n / all))
		printf "~%.2f MiB, by the sample; standard error %.2f KiB.",
			all * sum / n / 1048576, all * error / 1024
	}' "$dir/sampled.log")
prints "All $((n + 900)) requests together retained $scaled"
sed 's/\(one_in=10\)/\1,paused=3/' "$dir/sampled.log" >"$dir/paused.log"
expect 0 "$memprof" report "$dir/paused.log"
prints 'These totals are partial: 900 requests were left out by sampling, 0 by the threshold, 3 while memprof was paused.'
! grep -q 'All .* requests together' "$dir/out" || fail 'a pause is no sample'
sed 's/paused=3/paused=1/' "$dir/paused.log" >"$dir/once.log"
expect 0 "$memprof" report "$dir/once.log"
prints 'These totals are partial: 900 requests were left out by sampling, 0 by the threshold, 1 while memprof was paused.'
! "$memprof" report "$dir/sampled.log" | grep 'paused' || fail 'never paused'

# Without jemalloc's columns clean RSS ranks, without overlap RSS does, and it
# is said.
awk -F '\t' -v OFS='\t' 'NR > 1 { $11 = $12 = $13 = "\\N" } 1' "$log" \
	>"$dir/rss.log"
expect 0 "$memprof" report "$dir/rss.log"
prints 'Sorted by the RSS growth of clean requests (overlap 0): nothing is known of the heap.'
[ "$(awk 'NR == 2 { print $1 }' "$dir/out")" = Root:spike ] ||
	fail 'not sorted by clean RSS'
awk -F '\t' -v OFS='\t' 'NR > 1 { $14 = "\\N" } 1' "$dir/rss.log" |
	"$memprof" report >"$dir/out"
prints 'Sorted by RSS growth, which other requests may share: nothing is known of heap or overlap.'

# Launchpad's forms: eight fields, seven, milliseconds without zeros; and what
# format 1 takes for its own lines are pages there.
cat >"$dir/lp.log" <<'EOF'
2026-11-21_01:02:03.7 Root:a - 0.500000 1000 2000 1000 6096
2026-11-21_01:02:03.007 Root:a OOPS-1 0.250000 1000 2000 1000 2000
2026-11-21_01:02:04.12 Root:b - 1000 3000 1000 2000
2026-11-21_01:02:04.12 (started) - 1000 3000 1000 3000
EOF
expect 0 "$memprof" report "$dir/lp.log"
quiet
is Root:a requests 2
is Root:a errors 1
is Root:a time '750.00 ms'
is Root:a RSS '4.00 KiB'
is Root:b time '\N'
is Root:b RSS '-1000 B'
is '(started)' requests 1
is total RSS '3.02 KiB'
gzip -c "$dir/lp.log" >"$dir/lp.gz"
expect 0 "$memprof" report "$dir/lp.gz" "$log"
quiet
is total requests 20
# Several forms in one file.
cat "$log" "$dir/lp.log" "$log" >"$dir/mixed.log"
expect 0 "$memprof" report "$dir/mixed.log"
quiet
is total requests 36
is Root:leak retained '56.66 KiB'

# What is no line of a log is counted and located, and the rest is read.
{
	head -n 3 "$log"
	echo 'GET / HTTP/1.1'
	printf 'a\0b\n'
	head -n 4 "$log" | tail -n 1 | tr 'R' '\0'
	head -n 4 "$log" | tail -n 1 | cut -c 1-90
	tail -n +4 "$log" | head -n 2
	echo
	tail -n +6 "$log" | head -c -1
} >"$dir/bad.log"
expect 0 "$memprof" report "$dir/bad.log"
says "memprof: $dir/bad.log:4: line: expected "
says "memprof: $dir/bad.log:5: "
says "memprof: $dir/bad.log:6: page_id: expected "
says "memprof: $dir/bad.log:7: "
says "memprof: $dir/bad.log:26: line: expected a newline at its end: it is torn"
says 'memprof: 5 lines could not be read'
[ "$(wc -l <"$dir/err")" = 6 ] || fail "said more: $(cat "$dir/err")"
prints 'Processes: 1 started, 0 stopped.'
is total requests 16

# The first ten, of many; check has them all.
{
	cat "$log"
	yes nonsense | head -n 25
} >"$dir/bad.log"
expect 0 "$memprof" report "$dir/bad.log"
[ "$(grep -c "bad.log:[0-9]*: line: expected" "$dir/err")" = 10 ] ||
	fail "said: $(cat "$dir/err")"
says 'memprof: 25 lines could not be read; `memprof check` lists them all'

# No line at all that can be read is no log, and empty lines are none.
expect 2 "$memprof" report README.md
says 'could not be read'
printf 'one torn line' >"$dir/bad.log"
expect 2 "$memprof" report "$dir/bad.log"
says 'bad.log:1: line: expected a newline'

# An empty log is one.
for empty in "$dir/empty.log" /dev/null; do
	expect 0 "$memprof" report "$empty"
	quiet
	prints 'There are no requests.'
	is total requests 0
	is total retained '\N'
done

# A log that cannot be read is told, and the others are reported.
broken() {
	expect 2 "$memprof" report "$1" "$log"
	says "memprof: $1: $2"
	is total requests "${3-16}"
}
broken "$dir/none.log" 'No such file or directory'
broken "$dir" 'Is a directory'
head -c 300 "$dir/memory.log.gz" >"$dir/early.gz"
expect 2 "$memprof" report "$dir/early.gz" "$log"
says "memprof: $dir/early.gz: the gzip'd data ends too early"
is Root:spike requests 1
cp "$dir/memory.log.gz" "$dir/damaged.gz"
printf 'xxxxxxxx' | dd of="$dir/damaged.gz" bs=1 seek=150 conv=notrunc 2>/dev/null
expect 2 "$memprof" report "$dir/damaged.gz"
says "memprof: $dir/damaged.gz: the gzip'd data is damaged"
cp "$log" "$dir/secret.log"
chmod 0 "$dir/secret.log"
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$dir"
	cp "$memprof" "$dir/memprof"
	cp "$log" "$dir/open.log"
	chmod 644 "$dir/open.log"
	expect 2 setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$dir/memprof" report "$dir/secret.log" "$dir/open.log"
else
	expect 2 "$memprof" report "$dir/secret.log" "$log"
fi
says "memprof: $dir/secret.log: Permission denied"
is total requests 16

# Wrong usage.
refused "report: no FORMAT: \`yaml\`" "$memprof" report -f yaml "$log"
refused "report: no COLUMNS: \`wide\`" "$memprof" report -w wide "$log"
says "-w, --width=COLUMNS       fit the table"
refused "report: no COLUMNS: \`-1\`" "$memprof" report -w -1 "$log"
refused "report: no ROWS: \`all\`" "$memprof" report -n all "$log"

# On a terminal: no log is a mistake, not silence; colours and its width, unless
# that is not wanted.
terminal() {
	TERM=xterm script -qec "$1" /dev/null </dev/null >"$dir/out" 2>&1
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	terminal "'$memprof' report || echo status \$?"
	grep -q 'report: name a log, or - for stdin' "$dir/out" ||
		fail "without a log: $(cat "$dir/out")"
	grep -q 'status 2' "$dir/out" || fail 'no error without a log'
	esc=$(printf '\033')
	terminal "stty cols 60; '$memprof' report $log"
	grep -q "^$esc\[1mpage .*$esc\[0m" "$dir/out" || fail 'no colour'
	LC_ALL=C.UTF-8 awk '/Processes|Sorted|known|partial/ { next }
	{ gsub(/\033\[[01]m|\r/, "") } length > 60 { exit 1 }' "$dir/out" ||
		fail "wider than the terminal: $(cat "$dir/out")"
	for no in 'NO_COLOR=1' 'TERM=dumb' 'env -u TERM'; do
		terminal "$no '$memprof' report $log"
		! grep -q "$esc" "$dir/out" || fail "colours with $no"
	done
	terminal "NO_COLOR= '$memprof' report $log"
	grep -q "$esc" "$dir/out" || fail 'an empty NO_COLOR is not set'
else
	echo 'no terminal here: its width and colours are not tested'
fi

# Two million lines of ten pages, in the memory of ten pages: 48 MiB would be 25
# bytes a line.  (A sanitizer needs more for itself.)
if [ -z "${MEMPROF_TEST_SANITIZE-}" ]; then
	line=$(awk -F '\t' '$2 == "Root:leak"' "$log" | head -n 1)
	many=$(for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "$line" | sed "s/Root:leak/Page:$i/"
	done)
	yes "$many" | head -n 2000000 | python3 -c '
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
sys.exit(status or (kib > 48 << 10 and "report took %d KiB" % kib))
' "$memprof" report >"$dir/out"
	is Page:7 requests 200000
	is Page:7 B/request 4144
	is total requests 2000000
else
	echo 'a sanitizer needs more memory: the bound is not tested'
fi
