#!/bin/sh
# The doors of memprof-demo, by HTTP: who has the key gets profiles, as text,
# as a picture, or told of in the page; nobody else gets any, and nothing is
# left behind by what rendered them.
set -eu
here=$(dirname "$0")
. "$here/serving.sh"

serve_doors 12
python3 "$here/doors.py" "$address" open-sesame >"$dir/ids" || {
	cat "$dir/ids"
	fail "the answers are not as they should be"
}

# No child is left, not even a dead one.
children=$(cat /proc/"$server"/task/*/children 2>/dev/null)
[ -z "$children" ] || fail "children are left: $children"
end_server
grep -q ' 0 dropped, 0 in flight, 0 misused calls$' "$dir/out" ||
	fail "calls were misused, or lines lost"

[ "$(ls "$dir/profiles" | wc -l)" -eq 12 ] ||
	fail "$(ls "$dir/profiles" | wc -l) profiles, not 12"
ls "$dir/profiles" | grep -v '\.mprof$' && fail "what is that?"
# Each has its report, in its day's folder, and a line of the log.
[ "$(ls "$dir"/oopses/*/OOPS-*.json | wc -l)" -eq 12 ] || fail "not 12 reports"
for report in "$dir"/oopses/*/OOPS-*.json; do
	id=$(basename "$report" .json)
	python3 -m json.tool "$report" >"$dir/report" || fail "no JSON: $report"
	grep -q "\"id\": \"$id\"" "$dir/report" || fail "$report has another id"
	[ "OOPS-$(tail -n +4 "$report" | md5sum | cut -d ' ' -f 1)" = "$id" ] ||
		fail "$report is not named by what it says"
	[ "$(awk -F '\t' -v id="$id" '$3 == id' "$dir/log" | wc -l)" -eq 1 ] ||
		fail "$id is not in the log"
	ls "$dir/profiles" | grep -q -e "-$id-" || fail "$id names no profile"
done
while read -r id; do
	[ -e "$(echo "$dir"/oopses/*/"$id".json)" ] ||
		fail "$id was told, and is not there"
done <"$dir/ids"
echo "$(wc -l <"$dir/ids") reports were told of, 12 were made"
