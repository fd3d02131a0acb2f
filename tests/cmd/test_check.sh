#!/bin/sh
# memprof check: each fault is located on stdout, and the exit status tells.
set -eu
. "${0%/*}/run.sh"
log=tests/cmd/data/small.log

# Usage: counted REQUESTS OWN HEADERS EMPTY FAULTS
counted() {
	[ "$(cat "$dir/err")" = "memprof: $1 requests, $2 lines of memprof's own, headers: $3, empty lines: $4, faults: $5" ] ||
		fail "said: $(cat "$dir/err")"
}

# A good log, in every way that it may come.
expect 0 "$memprof" check "$log"
[ ! -s "$dir/out" ] || fail "a fault in a good log: $(cat "$dir/out")"
counted 16 4 1 0 0
gzip -c "$log" >"$dir/log.gz"
expect 0 "$memprof" check "$dir/log.gz" - "$log" <"$log"
counted 48 12 3 0 0
sed 1d "$log" >"$dir/headless.log"
expect 0 "$memprof" check <"$dir/headless.log"
counted 16 4 0 0 0
expect 0 "$memprof" check /dev/null
counted 0 0 0 0 0
printf '2026-11-21_01:02:03.7 (a - 0.500000 1 2 3 4\n\n2026-11-21_01:02:03.7 a O 1 2 3 4\n' >"$dir/lp.log"
expect 0 "$memprof" check "$dir/lp.log"
counted 2 0 0 1 0

# Usage: faulty COLUMN=VALUE WHAT; a line that is otherwise good.
faulty() {
	awk -F '\t' -v OFS='\t' -v set="$1" '
	NR == 3 { split(set, s, "="); $s[1] = substr(set, index(set, "=") + 1) }
	1' "$log" >"$dir/faulty.log"
	expect 1 "$memprof" check "$dir/faulty.log"
	[ "$(cat "$dir/out")" = "$dir/faulty.log:3: $2" ] ||
		fail "$1: printed $(cat "$dir/out")"
	counted 15 4 1 0 1
}
text='expected 1 to 255 bytes of escaped UTF-8 without blanks'
faulty 2= "page_id: $text"
faulty '2=two words' "page_id: $text"
faulty '2=a\\b' "page_id: $text"
faulty '2=(paused)' 'page_id: expected (started), (stopped), (outside), (skipped) or (recovered) where a parenthesis begins'
faulty 3= "oops_id: $text"
while read -r set column; do
	awk -F '\t' -v OFS='\t' -v set="$set" '
	NR == 3 { split(set, s, "="); $s[1] = s[2] } 1' "$log" >"$dir/faulty.log"
	expect 1 "$memprof" check "$dir/faulty.log"
	grep -q "^$dir/faulty.log:3: $column: expected ." "$dir/out" ||
		fail "$set: printed $(cat "$dir/out")"
	[ "$(wc -l <"$dir/out")" = 1 ] || fail "$set: more than one fault"
	counted 15 4 1 0 1
done <<'EOF'
1=2026-13-21T01:02:00.250000Z timestamp
1=2026-11-21T01:02:00Z timestamp
1=\\N timestamp
4=-0.000001 duration
4=0.1 duration
5=1.5 start_vss
6=-1 start_rss
8=99999999999999999999 end_rss
9=1 vss_delta
10=1 rss_delta
11=x allocated
12=0x10 freed
14=-1 overlap
18=0 pid
20= host
EOF

# What no single column tells: line 4 kept 4144 of at most 5000 bytes.
awk -F '\t' -v OFS='\t' 'NR == 4 { $13 = 4143 } 1' "$log" >"$dir/peak.log"
expect 1 "$memprof" check "$dir/peak.log"
prints "$dir/peak.log:4: peak: expected no less than allocated minus freed"

# Every fault, whatever their number, of every log; the numbers are its own.
{
	head -n 2 "$log"
	yes nonsense | head -n 30
	printf 'a\0b\n'
	head -n 3 "$log" | tail -n 1 | cut -c 1-60
	tail -n +3 "$log" | head -c -1
} >"$dir/bad.log"
expect 1 "$memprof" check "$dir/bad.log" "$dir/peak.log" - <"$dir/bad.log"
counted 47 10 3 0 67
for n in 3 32 33; do
	prints "$dir/bad.log:$n: line: expected 20 columns between tabs, or Launchpad's 8 or 7 between blanks"
	prints "stdin:$n: line: expected 20 columns between tabs, or Launchpad's 8 or 7 between blanks"
done
prints "$dir/bad.log:53: line: expected a newline at its end: it is torn"
grep -q "^$dir/bad.log:34: " "$dir/out" || fail 'a fragment is no fault'
[ "$(wc -l <"$dir/out")" = 67 ] || fail "not each fault: $(cat "$dir/out")"

# A line that was cut short and repeated counts once, even where it looks whole.
{
	head -n 2 "$log"
	head -n 3 "$log" | tail -n 1 | sed 's/b1$//'
	tail -n +3 "$log"
} >"$dir/torn.log"
expect 1 "$memprof" check "$dir/torn.log"
prints "$dir/torn.log:3: line: expected a whole line: it is torn, and repeated below"
counted 16 4 1 0 1

# A line longer than any, and what is behind it.
{
	head -c 5000 /dev/zero | tr '\0' x
	echo
	cat "$log"
} >"$dir/long.log"
expect 1 "$memprof" check "$dir/long.log"
prints "$dir/long.log:1: line: expected fewer bytes: no record is so long"
counted 16 4 1 0 1

# What cannot be read is an error, faults or not; the rest is verified.
for lost in "$dir/none.log" "$dir"; do
	expect 2 "$memprof" check "$lost" "$dir/peak.log"
	says "memprof: $lost: "
	grep -q "^$dir/peak.log:4: peak: " "$dir/out" || fail 'the rest is lost'
	expect 2 "$memprof" check "$lost" "$log"
done
