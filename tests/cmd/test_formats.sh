#!/bin/sh
# report's formats: all say the same, and what the log says; each can be read by
# what people read it with; and a file is written whole or not at all.
set -eu
. "${0%/*}/run.sh"
log=tests/cmd/data/small.log

# Usage: agree LOG; its report in all formats, against each other and the log.
agree() {
	for f in json csv tsv markdown; do
		expect 0 "$memprof" report --format "$f" "$1"
		quiet
		cp "$dir/out" "$dir/report.$f"
	done
	python3 tests/cmd/formats.py "$1" "$dir/report.json" "$dir/report.csv" \
		"$dir/report.tsv" "$dir/report.markdown" ||
		fail "$1: the formats do not agree"
}
python3 tests/cmd/hostile.py >"$dir/hostile.log"
expect 0 "$memprof" check "$dir/hostile.log"
agree "$log"
agree "$dir/hostile.log"
[ "$(awk -F '\t' '$1 == "page" && $18 == "leak"' "$dir/report.tsv" | wc -l)" -ge 8 ] ||
	fail "no leaks: $(cut -f 2,18 "$dir/report.tsv")"

# awk over the log and awk over the report.
awk -F '\t' 'NR > 1 && $2 == "Root:leak" { kept += $11 - $12; s += $4 }
END { printf "%d %.6f\n", kept, s }' "$log" >"$dir/want"
"$memprof" report -f tsv "$log" | awk -F '\t' '
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
$at["page_id"] == "Root:leak" { print $at["retained"], $at["duration"] }' \
	>"$dir/out"
cmp "$dir/want" "$dir/out" || fail "not what awk says: $(cat "$dir/out")"

# Growth between requests, where it is asked for.
expect 0 "$memprof" report -f json --gaps "$log"
python3 -c '
import json, sys
gaps = json.load(sys.stdin)["gaps"]
assert gaps["count"] == 16 and gaps["rss"] == 2097152, gaps
assert gaps["largest"] == [{
    "host": "web1", "pid": 4711, "from": "2026-11-21T01:02:07.502000Z",
    "until": "2026-11-21T01:02:10.000000Z", "rss": 2097152}], gaps
' <"$dir/out" || fail 'gaps in JSON'
expect 0 "$memprof" report -f markdown --gaps "$log"
prints '- Between requests, while none was in flight, RSS changed by 2.00 MiB in 16 gaps.'
prints '| 2.00 MiB | 2026-11-21T01:02:07.502000Z | 2.50 s | `4711@web1` |'
expect 0 "$memprof" report -f html --gaps "$log"
prints '<li>Between requests, while none was in flight, RSS changed by 2.00 MiB in 16 gaps.</li>'

# The columns do not depend on the width, and are those of the man page.
head -n 1 "$dir/report.csv" >"$dir/want"
expect 0 "$memprof" report -f csv -w 40 "$log"
head -n 1 "$dir/out" | cmp - "$dir/want" || fail 'a width changes the columns'
for column in $(tr ',' ' ' <"$dir/want"); do
	grep -q "^\.It Li \(.* \)*$column\( \|$\)" man/memprof-report.1 ||
		fail "memprof-report(1) does not tell of $column"
done

# Lines that cannot be read are counted, logs that cannot be told of.
{
	cat "$log"
	yes nonsense | head -n 3
} >"$dir/bad.log"
expect 2 "$memprof" report -f json "$dir/bad.log" "$dir/none.log"
grep -qx '"faults":3,' "$dir/out" || fail "faults: $(cat "$dir/out")"
grep -qx '"partial":true,' "$dir/out" || fail "partial: $(cat "$dir/out")"

# -o: the same, in a file with the mode of a new one or of the old one.
expect 0 "$memprof" report -f tsv "$log"
cp "$dir/out" "$dir/want"
mkdir "$dir/reports"
(umask 027 && expect 0 "$memprof" report -f tsv -o "$dir/reports/r" "$log")
[ ! -s "$dir/out" ] || fail '-o prints as well'
cmp "$dir/want" "$dir/reports/r" || fail '-o: not the same'
[ "$(stat -c %a "$dir/reports/r")" = 640 ] || fail '-o: the mode'
chmod 600 "$dir/reports/r"
echo old >"$dir/reports/r"
ln -s r "$dir/reports/link"
expect 0 "$memprof" report -f tsv --output="$dir/reports/link" "$log"
[ -L "$dir/reports/link" ] || fail '-o replaced a link'
cmp "$dir/want" "$dir/reports/r" || fail '-o through a link: not the same'
[ "$(stat -c %a "$dir/reports/r")" = 600 ] || fail '-o: the old mode'
[ "$(ls "$dir/reports")" = "link
r" ] || fail "-o leaves: $(ls "$dir/reports")"

# What is no file is written to, not replaced.  (No device: if this failed, it
# would be gone.)
mkfifo "$dir/reports/pipe"
cat "$dir/reports/pipe" >"$dir/piped" &
expect 0 "$memprof" report -f tsv -o "$dir/reports/pipe" "$log"
wait
cmp "$dir/want" "$dir/piped" || fail '-o of a pipe: not the same'
[ -p "$dir/reports/pipe" ] || fail '-o replaced a pipe'
ln -s /proc/self/fd/1 "$dir/reports/stdout"
"$memprof" report -f tsv -o "$dir/reports/stdout" "$log" | cmp - "$dir/want" ||
	fail '-o of stdout, which is a pipe: not the same'
[ -L "$dir/reports/stdout" ] || fail '-o replaced the link to stdout'
ln -s lost "$dir/reports/nowhere"
expect 2 "$memprof" report -o "$dir/reports/nowhere" "$log"
says "memprof: $dir/reports/nowhere: No such file or directory"
[ -L "$dir/reports/nowhere" ] || fail '-o replaced a link that leads nowhere'
rm "$dir/reports/pipe" "$dir/reports/stdout" "$dir/reports/nowhere"

# What cannot be written is not written at all, and that is told.
expect 2 "$memprof" report -o "$dir/none/report" "$log"
says "memprof: $dir/none/report: No such file or directory"
echo old >"$dir/reports/r"
echo nonsense >"$dir/nonsense"
for lost in "$dir/none" "$dir/nonsense"; do
	expect 2 "$memprof" report -o "$dir/reports/r" "$lost"
	[ "$(cat "$dir/reports/r")" = old ] || fail "nothing replaced it: $lost"
done
# Its own name would do, but not that of the file beside it.
long=$(printf '%2044s' | sed 's,.,./,g')x
expect 2 "$memprof" report -o "$long" "$log"
says ': File name too long'
echo old >"$dir/reports/r"
(
	ulimit -f 1
	trap '' XFSZ
	expect 2 "$memprof" report -f json -o "$dir/reports/r" "$dir/hostile.log"
	says "memprof: $dir/reports/r: File too large"
)
[ "$(cat "$dir/reports/r")" = old ] || fail 'a part replaced the whole'
[ "$(ls "$dir/reports")" = "link
r" ] || fail "a failed -o leaves: $(ls "$dir/reports")"
