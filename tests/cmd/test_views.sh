#!/bin/sh
# memprof report: views of a log: what is counted by --by, --page, --since,
# --until and --collapse is what awk counts in the same log.
set -eu
. "${0%/*}/run.sh"
log=$dir/memory.log

# Three hours of a server on three hosts, with ids of every kind.
awk 'BEGIN {
	OFS = "\t"
	n = split("timestamp page_id oops_id duration start_vss start_rss " \
		"end_vss end_rss vss_delta rss_delta allocated freed peak " \
		"overlap heap_allocated heap_active heap_resident pid tid host",
		names, " ")
	for (i = 1; i <= n; i++)
		printf "%s%s", names[i], i < n ? OFS : "\n"
	srand(7)
	split("Root:index.html Root:+login /user/42 /user/7/edit /user/42/edit" \
		" /img/a%20b.png Straße:caf%C3 \"quoted\" a,b*c", pages, " ")
	for (i = 0; i < 12000; i++) {
		s = int(i * 10800 / 12000)
		page = pages[1 + int(rand() * 9)]
		if (rand() < 0.3)
			page = "/user/n" int(rand() * 300)
		oops = rand() < 0.1 ? "OOPS-" int(rand() * 50) : "-"
		allocated = int(rand() * 100000)
		freed = int(rand() * 100000)
		if (rand() < 0.1)
			freed = "\\N"
		rss = int(rand() * 9 - 2) * 4096
		pid = int(rand() * 4) + 100
		printf "2026-11-21T%02d:%02d:%02d.%06dZ", s / 3600 + 2,
			s / 60 % 60, s % 60, int(rand() * 1000000)
		print "", page, oops, "0.001000", 90000000, 50000000, 90000000,
			50000000 + rss, 0, rss, allocated, freed, 99,
			int(rand() * 2), "\\N", "\\N", "\\N", pid, pid,
			"web" int(rand() * 3)
		if (i % 500 == 0)
			print sprintf("2026-11-21T%02d:%02d:00.000000Z",
				s / 3600 + 2, s / 60 % 60), "(outside)", "-",
				"\\N", "\\N", "\\N", "\\N", "\\N", "\\N", 4096,
				"\\N", "\\N", "\\N", "\\N", "\\N", "\\N", "\\N",
				100, 1, "web0"
	}
}' >"$log"

# Usage: wanted KEY [CONDITION]; what awk makes of it, in the words of the
# exporter: KEY is an expression that may change $2 first.
wanted() {
	awk -F '\t' '
	NR == 1 || $2 ~ /^\(/ { next }
	{ time = $1; key = '"$1"' }
	'"${2-1}"' {
		requests[key]++
		errors[key] += $3 != "-"
		rss[key] += $10
		allocated[key] += $11
		if ($12 != "\\N") {
			freed[key] += $12
			retained[key] += $11 - $12
			known[key] = 1
		}
	}
	END {
		for (key in requests) {
			print "requests_total", key, requests[key]
			print "oopses_total", key, errors[key]
			print "rss_growth_bytes", key, rss[key]
			print "allocated_bytes_total", key, allocated[key]
			if (key in known) {
				print "freed_bytes_total", key, freed[key]
				print "retained_bytes", key, retained[key]
			}
		}
	}' "$log" | sort >"$dir/want"
}

# Usage: counted OPTION...; the same lines, from the exporter.
counted() {
	expect 0 "$memprof" report --format prometheus --top 100000 "$@" "$log"
	sed -n 's/^memprof_\([a-z_]*\){[a-z]*="\(.*\)"} \(-*[0-9]*\)$/\1 \2 \3/p' \
		"$dir/out" | sed 's/\\\(.\)/\1/g' |
		grep -e '^requests_total' -e '^oopses_total' \
			-e '^rss_growth_bytes' -e '^allocated_bytes_total' \
			-e '^freed_bytes_total' -e '^retained_bytes' |
		sort >"$dir/got" || :
	cmp -s "$dir/want" "$dir/got" ||
		fail "report $*: $(diff "$dir/want" "$dir/got" | head -n 20)"
}

wanted '$2'
[ "$(wc -l <"$dir/want")" -gt 1000 ] || fail 'awk finds nothing'
counted
quiet
counted --by page
wanted '$18 "@" $20'
counted --by pid
wanted '$20'
counted --by=host
wanted 'substr($1, 1, 16)'
counted --by minute
wanted 'substr($1, 1, 13)'
counted -b hour
wanted '$3'
counted --by oops

# Pages: any of several patterns; times: from one on, before another.
wanted '$2' '$2 ~ /^Root:/'
counted --page 'Root:*'
wanted '$2' '$2 ~ /^Root:/ || $2 == "/user/42"'
counted -p 'Root:*' -p /user/42
wanted '$20' '$2 ~ /edit$/'
counted --by host --page '*edit'
wanted '$2' 'time >= "2026-11-21T03:10" && time < "2026-11-21T04:10"'
counted --since 2026-11-21T03:10 --until 2026-11-21T04:10:00.000000Z
wanted 'substr($1, 1, 16)' 'time >= "2026-11-21T03:10"'
counted --by minute --since 2026-11-21T03:10
wanted '$20' 'time < "2026-11-21T03" && $2 == "Root:+login"'
counted --by host --until 2026-11-21T03 --page Root:+login

# Collapsed: the first pattern counts, and the rest knows no other name.
user='($2 ~ /^\/user\// ? "/user/*" : $2)'
edit='($2 ~ /^\/user\/.*\/edit$/ ? "/user/*/edit" : '$user')'
wanted "$edit"
counted -c '/user/*/edit' --collapse '/user/*'
wanted "$user"
counted -c '/user/*' -c '/user/*/edit'
wanted "$edit" '$2 ~ /^\/user\/.*edit$/'
counted -c '/user/*/edit' -c '/user/*' --page '/user/[*]/edit'
wanted '"*"'
counted -c '*'

# Verdicts and all else, too, are those of a log that holds nothing else, or
# has the pages under the new name.
alike() {
	warmup='--warmup-count=9 --warmup-time=7'
	# shellcheck disable=SC2086
	"$memprof" report -f json $warmup "$@" "$log" |
		grep -v '^"left_out"' >"$dir/got"
	# shellcheck disable=SC2086
	"$memprof" report -f json $warmup "$dir/alike.log" |
		grep -v '^"left_out"' >"$dir/want"
	cmp "$dir/want" "$dir/got" || fail "report $*: not alike"
}
awk -F '\t' -v OFS='\t' '$2 ~ /^\/user\// { $2 = "/user/*" } 1' "$log" \
	>"$dir/alike.log"
alike -c '/user/*'
awk -F '\t' 'NR == 1 || ($1 >= "2026-11-21T03:10" && $1 < "2026-11-21T04:20:30")' \
	"$log" >"$dir/alike.log"
alike --since=2026-11-21T03:10 --until=2026-11-21T04:20:30

# Nothing depends on how many processors there are.
if command -v taskset >/dev/null; then
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	for by in page pid minute oops; do
		"$memprof" report -f json -b "$by" -c '/user/*' "$log" >"$dir/want"
		taskset -c "$cpu" "$memprof" report -f json -b "$by" \
			-c '/user/*' "$log" >"$dir/got"
		cmp "$dir/want" "$dir/got" || fail "--by $by on one processor"
	done
else
	echo 'no taskset: not tried on one processor'
fi

# What is left out is counted, own lines are taken by their time alone, and
# (outside) is a page for --page.
note() {
	expect 0 "$memprof" report -w 0 "$@" "$log"
	quiet
}
note
n=$(awk -F '\t' '$2 == "(outside)"' "$log" | wc -l)
grep -q "^(outside)  *$n  " "$dir/out" || fail 'no (outside)'
! grep -q 'Left out' "$dir/out" || fail 'left out, unasked'
note --page '(out*' --page Root:+login
grep -q "^(outside)  *$n  " "$dir/out" || fail '--page: no (outside)'
left=$(awk -F '\t' 'NR > 1 && $2 !~ /^\(/ && $2 != "Root:+login"' "$log" | wc -l)
prints "Left out, as the options say: $left requests."
note --page Root:+login
! grep -q '^(outside)' "$dir/out" || fail '--page: (outside) is no such page'
note --by host --page Root:+login
! grep -q '^(outside)' "$dir/out" || fail '--by host: (outside) is no page'
prints "Left out, as the options say: $left requests."
! grep -q 'verdict\|Verdicts' "$dir/out" || fail 'hosts have verdicts'
note --since 2026-11-21T03 --until 2026-11-21T04
n=$(awk -F '\t' '$1 ~ /T03/ && $2 == "(outside)"' "$log" | wc -l)
grep -q "^(outside)  *$n  " "$dir/out" || fail "--since: not $n times (outside)"

# Nothing that matches is no error, and is said.
for none in '--page=/nowhere' '--since=2027' '--until=2026-11-21' \
	'--by host --page=/nowhere'; do
	# shellcheck disable=SC2086
	note $none
	prints 'There are no requests.'
	prints 'Left out, as the options say: 12000 requests.'
	grep -q '^total  *0 ' "$dir/out" || fail "$none: $(cat "$dir/out")"
done

# A page has the same row and verdict, whether others are shown or not.
row() {
	grep '^Root:+login ' "$dir/out" | tr -s ' '
}
note
row >"$dir/want"
note --page 'Root:+*'
row >"$dir/got"
cmp "$dir/want" "$dir/got" || fail "alone: $(cat "$dir/got")"

# Any column sorts, also of rows beyond the top; the sum of these is told.
order() {
	note "$@"
	awk 'NR > 1 && $1 != "total" { print $1 } /^total/ { exit }' "$dir/out" \
		>"$dir/got"
}
wanted '$20'
order --by host --sort name
printf '%s\n' web0 web1 web2 | cmp - "$dir/got" || fail 'not by name'
prints 'Sorted by host.'
order --by host --sort allocated --top 2
sed -n 's/^allocated_bytes_total \(.*\) \(.*\)/\2 \1/p' "$dir/want" | sort -rn |
	awk 'NR < 3 { print $2 } END { print "(other)" }' >"$dir/order"
cmp "$dir/order" "$dir/got" || fail "not by allocated: $(cat "$dir/got")"
prints 'Sorted by allocated, the largest first.'
order --by minute
sort -c "$dir/got" || fail 'minutes are out of order'
[ "$(wc -l <"$dir/got")" = 180 ] || fail 'not 180 minutes'
for column in requests errors time mean p95 longest retained b/request rss \
	rss-clean clean allocated freed peak name RSS 'RSS clean'; do
	expect 0 "$memprof" report --sort "$column" "$log"
done

# Times before now.
now=$(date -u +%Y-%m-%dT%H:%M:%S)
old=$(date -u -d '-100 minutes' +%Y-%m-%dT%H:%M:%S)
tail -n 1 "$log" | sed "s/^[^.]*/$now/; s/\t[^\t]*/\tnew/" >"$dir/now.log"
tail -n 1 "$log" | sed "s/^[^.]*/$old/; s/\t[^\t]*/\told/" >>"$dir/now.log"
ids() {
	expect 0 "$memprof" report "$@" "$dir/now.log"
	echo "$(awk 'NR > 1 && $1 == "total" { exit } NR > 1 { print $1 }' \
		"$dir/out" | sort)"
}
for since in 99m 1h 3600s; do
	[ "$(ids --since "$since")" = new ] || fail "--since $since: $(ids)"
	[ "$(ids --until "$since")" = old ] || fail "--until $since: $(ids)"
done
for since in 101m 2h 6100s 1d 1w; do
	[ "$(ids --since "$since" --sort name)" = "new
old" ] || fail "--since $since: $(cat "$dir/out")"
done

# Launchpad's forms: neither pid nor host, and local times as they stand.
cat >"$dir/lp.log" <<'EOT'
2026-11-21_01:02:03.7 Root:a - 0.500000 1000 2000 1000 6096
2026-11-21_01:03:03.007 Root:a OOPS-1 0.250000 1000 2000 1000 2000
2026-11-21_02:02:04.12 (started) - 1000 3000 1000 2000
EOT
counts() {
	expect 0 "$memprof" report -f tsv "$@" "$dir/lp.log"
	awk -F '\t' -v kind="$2" '$1 == kind { print $2, $3 }' "$dir/out" |
		paste -sd,
}
[ "$(counts --by pid)" = '\\N@\\N 3' ] || fail "pid: $(counts --by pid)"
[ "$(counts --by host)" = '\N 3' ] || fail "host: $(counts --by host)"
[ "$(counts --by hour)" = '2026-11-21T01 2,2026-11-21T02 1' ] ||
	fail "hour: $(counts --by hour)"
[ "$(counts --by oops --sort name)" = '- 2,OOPS-1 1' ] ||
	fail "oops: $(counts --by oops)"
[ "$(counts --by page --page '(st*')" = '(started) 1' ] ||
	fail "page: $(counts --by page)"
[ "$(counts --by page -c '*art*')" = 'Root:a 2,*art* 1' ] ||
	fail "collapsed: $(counts --by page -c '*art*')"
[ "$(counts --by minute --since 2026-11-21T01:03)" = \
	'2026-11-21T01:03 1,2026-11-21T02:02 1' ] || fail 'not since 01:03'

# Raw URLs are told, with a pattern that makes them few.
awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = "/user/" NR % 300 } NR < 5000' "$log" \
	>"$dir/raw.log"
sed -n '2s/\t[^\t]*/\t\/user\/x?y=1/p' "$log" >>"$dir/raw.log"
for i in $(seq 50); do
	sed -n "2s,\t[^\t]*,\t/a/$i," "$log"
done | sed 1d >>"$dir/raw.log"
expect 0 "$memprof" report "$dir/raw.log"
says "memprof: 300 pages look like raw URLs; this makes them few: --collapse '/user/*'"
expect 0 "$memprof" report --collapse '/user/*' "$dir/raw.log"
quiet
expect 0 "$memprof" report --by pid "$dir/raw.log"
quiet
expect 0 "$memprof" report --page '/user/x*' "$dir/raw.log"
quiet

# Wrong usage.
wrong() {
	text=$1
	shift
	refused "memprof: report: $text" "$memprof" report "$@" "$log"
}
wrong 'nothing to count by: `day`' --by day
wrong 'no column of numbers, nor `name`: `verdict`' --sort verdict
wrong 'no column of numbers, nor `name`: ``' --sort ''
wrong 'nothing is both since 2027 and until 2026' --since 2027 --until 2026
wrong 'nothing is both since 1h and until 2h' --since 1h --until 2h
wrong 'nothing is both since 2026 and until 2026' --since 2026 --until 2026
wrong 'no name for pages: `/a b`' --collapse '/a b'
wrong 'no name for pages: ``' --collapse ''
wrong 'no name for pages: `/a\*`' --collapse '/a\*'
wrong 'more than 64 patterns' $(seq 65 | sed 's/^/--page=/')
for time in '' now 1 -1h 1y 1hour 2026-13 2026-02-30 2026-11-2 2026-11-21T1 \
	2026-11-21T24 2026-11-21T01:60 '2026-11-21 01:02' 2026-11-21T01:02:03. \
	2026-11-21T01:02:03.1234567 2026Z 2026-11-21T01:02X 99999999999d; do
	wrong "no time: \`$time\`" --since "$time"
	wrong "no time: \`$time\`" --until="$time"
done

# Many keys: 100,000 oops ids, in bounded memory for each.
awk -F '\t' -v OFS='\t' 'NR == 1 { print }
NR == 2 { for (i = 0; i < 100000; i++) { $3 = "OOPS-" i; print } }' \
	"$log" >"$dir/many.log"
expect 0 "$memprof" report --by oops --top 3 "$dir/many.log"
grep -q '^(other)  *99997  ' "$dir/out" || fail "many: $(cat "$dir/out")"
