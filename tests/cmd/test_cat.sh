#!/bin/sh
# memprof cat: other programs read what it writes, and it reads what they write,
# byte by byte the same log.
set -eu
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
log=$dir/log
"$here/../fleet/logs.sh" full >"$log"

fail() {
	echo "$*"
	exit 1
}

for form in memprof json csv logfmt; do
	"$B/memprof" cat --to $form "$log" >"$dir/$form"
	"$B/memprof" cat "$dir/$form" | cmp - "$log"
	gzip -kf "$dir/$form"
	"$B/memprof" cat <"$dir/$form.gz" | cmp - "$log"
done
cmp "$dir/memprof" "$log"

# Python's json and csv understand it, and what they write comes back.
python3 - "$dir" <<'END'
import csv, json, sys
dir = sys.argv[1]
log = [l.rstrip('\n').split('\t') for l in open(dir + '/log', encoding='utf-8')]
names, log = log[0], log[1:]
texts = 'timestamp', 'page_id', 'oops_id', 'host'

def number(name, text):
    if text in ('\\N', ''):
        return None
    return float(text) if name == 'duration' else int(text)

def check(rows, form):
    assert len(rows) == len(log), (form, len(rows))
    for row, fields in zip(rows, log):
        assert list(row) == names, (form, list(row))
        for name, field in zip(names, fields):
            want = field if name in texts else number(name, field)
            assert row[name] == want, (form, name, row[name], want)

lines = open(dir + '/json', encoding='utf-8').read().splitlines()
objects = [json.loads(l) for l in lines]
check(objects, 'json')
with open(dir + '/csv', encoding='utf-8', newline='') as f:
    rows = list(csv.DictReader(f, strict=True))
check([{n: v if n in texts else number(n, v) for n, v in r.items()}
       for r in rows], 'csv')

with open(dir + '/json.py', 'w', encoding='utf-8') as f:
    for o in objects:  # other spellings of numbers and texts, another order
        print(json.dumps(dict(sorted(o.items())), ensure_ascii=True), file=f)
with open(dir + '/csv.py', 'w', encoding='utf-8', newline='') as f:
    w = csv.DictWriter(f, names, quoting=csv.QUOTE_ALL)
    w.writeheader()
    w.writerows(rows)
END
for form in json csv; do
	"$B/memprof" cat "$dir/$form.py" | cmp - "$log"
done

# Several files, of several forms, become one file with one header.
"$B/memprof" cat "$log" "$dir/json.gz" "$dir/csv" >"$dir/all"
[ "$(grep -c '^timestamp' "$dir/all")" = 1 ]
[ "$(wc -l <"$dir/all")" = 28 ]
"$B/memprof" check "$dir/all" 2>/dev/null

# Launchpad's form has none of memprof's own lines, and has local time.
"$B/memprof" cat -t launchpad "$log" >"$dir/lp" 2>"$dir/err"
[ "$(wc -l <"$dir/lp")" = 6 ]
grep -q "^memprof: 3 of memprof's own lines left out" "$dir/err"
TZ=UTC-2 "$B/memprof" cat -t launchpad "$log" 2>/dev/null |
	grep -qx '2026-11-21_03:02:02.123 Root:index.html - 0.000004 4096000 1024000 4096000 1028096'
"$B/memprof" cat "$dir/lp" | TZ=UTC "$B/memprof" cat -t launchpad |
	cmp - "$dir/lp"

# What is no record is located and left out.
{
	head -n 2 "$log"
	printf 'nonsense\n{"page_id":"p"}\n'
	head -n 3 "$log" | tail -n 1 | cut -c 1-80
	tail -n +3 "$log"
	printf '2026-11-21T01:02'
} >"$dir/bad"
"$B/memprof" cat "$dir/bad" 2>"$dir/err" | cmp - "$log"
grep -q '/bad:3: line: expected 20 columns between tabs' "$dir/err"
grep -q '/bad:4: timestamp: expected a value: it is missing' "$dir/err"
grep -q '/bad:5: ' "$dir/err"
grep -q '/bad:14: line: expected a newline at its end' "$dir/err"
grep -q ': 4 lines could not be read' "$dir/err"

# No record at all, no such form, no such file: an error.
printf 'nonsense\nmore of it\n' >"$dir/nonsense"
for wrong in "$dir/nonsense" "-t yaml $log" "$dir/none"; do
	# shellcheck disable=SC2086
	if "$B/memprof" cat $wrong >/dev/null 2>"$dir/err"; then
		fail "exit 0: $wrong"
	fi
	[ -s "$dir/err" ] || fail "no word on stderr: $wrong"
done

# More files than may be open at once.
many=$(for i in $(seq 40); do printf ' %s' "$log"; done)
# shellcheck disable=SC2086
(ulimit -n 20 && "$B/memprof" cat -t json $many >"$dir/many") ||
	fail 'files that were read stay open'

# An empty log is one as well.
"$B/memprof" cat -t json </dev/null | cmp - /dev/null
"$B/memprof" cat </dev/null | "$B/memprof" cat -t csv | wc -l | grep -qx 1
