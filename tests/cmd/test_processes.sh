#!/bin/sh
# memprof report lists processes: when they came, what they held, and how they
# ended, whatever threads read their lines; a pid may be several of them.
set -eu
. "${0%/*}/run.sh"
header=$(head -n 1 tests/cmd/data/small.log)

# Pid 1 of pod is killed twice, and begun anew after 2.5 s; workers of web serve
# to the end, but for 12, which falls silent, and 13, which stops.
awk -v header="$header" '
function at(s) {
	return sprintf("2026-11-21T01:%02d:%02d.%06dZ", s / 60, s % 60,
		(s - int(s)) * 1000000)
}
function own(s, id, took, start, end, delta, pid, host) {
	print at(s), id, "-", took, "1000", start, "1000", end, "0", delta,
		"\\N", "\\N", "\\N", "\\N", "\\N", "\\N", "\\N", pid, pid, host
}
function request(s, pid, host, rss) {
	print at(s), "Page:" sprintf("%c%c", 97 + n % 10, 97 + n++ % 5), "-", "0.100000", "1000", rss, "1000",
		rss + 4096, "0", "4096", "70", "30", "60", "0", "11", "12",
		"13", pid, pid + n % 9, host
}
BEGIN {
	OFS = "\t"
	print header
	own(0, "(started)", "\\N", "\\N", 1048576, "\\N", 1, "pod")
	own(0, "(started)", "\\N", "\\N", 1048576, "\\N", 13, "web")
	own(0, "(outside)", "0.900000", 1048576, 1052672, 4096, 1, "pod")
	for (s = 1; s < 600; s++) {
		if (s == 200 || s == 400)
			own(s + 1.6, "(started)", "\\N", "\\N", 1048576, "\\N", 1, "pod")
		if (s % 200 > 2)
			for (i = 0; i < 20; i++)
				request(s + i / 25, 1, "pod", 2097152 + s * 8192 + i % 7 * 4096)
		for (pid = 11; pid < 14; pid++)
			if (pid == 11 || s < 300)
				request(s + pid / 100, pid, "web", 3145728)
		if (s == 250)
			own(s, "(outside)", "1.000000", 3145728, 5242880, 2097152, 11, "web")
		if (s == 300)
			own(s, "(stopped)", "300.000000", 1048576, 4194304, 3145728, 13, "web")
	}
}' >"$dir/many.log"

# Usage: of PID FROM UNTIL; by awk, of the lines of a process in that time: how
# many requests, and how large it was at last and at most.
of() {
	awk -F '\t' -v pid="$1" -v from="2026-11-21T01:$2" \
		-v until="2026-11-21T01:$3" '
	$18 == pid && $1 >= from && $1 < until {
		n += $2 !~ /^\(/
		if ($6 + 0 > m) m = $6
		if ($8 + 0 > m) m = $8
		last = $8
	}
	END { printf "%d 1.00 MiB %.2f MiB %.2f MiB", n, last / 1048576,
		m / 1048576 }' "$dir/many.log"
}

expect 0 "$memprof" report -w 0 --processes "$dir/many.log"
quiet
cp "$dir/out" "$dir/all.out"
sed -n '/^  process  /,$p' "$dir/out" | awk 'NR > 1 { print $1, $NF }' |
	tr '\n' ';' >"$dir/order"
[ "$(cat "$dir/order")" = \
	'1@pod s;1@pod s;12@web -;1@pod -;11@web -;13@web -;' ] ||
	fail "order: $(cat "$dir/order")"
day=2026-11-21T
prints " 1@pod ${day}01:00:00Z 199.86 s $(of 1 00:00 03:21) 4.00 KiB vanished 1, 1.74 s"
prints " 1@pod ${day}01:03:21Z 198.26 s $(of 1 03:21 06:41) 0 B vanished 1, 1.74 s"
prints " 1@pod ${day}01:06:41Z 198.26 s $(of 1 06:41 10:00) 0 B - -"
prints ' 11@web before 598.10 s 599 3.00 MiB 3.00 MiB 5.00 MiB 2.00 MiB - -'
prints ' 12@web before 298.10 s 299 3.00 MiB 3.00 MiB 3.00 MiB 0 B vanished? -'
prints " 13@web ${day}01:00:00Z 300.00 s 299 1.00 MiB 4.00 MiB 4.00 MiB 0 B stopped -"
prints 'Processes: 4 started, 1 stopped.'
prints 'Vanished without a word: 2 processes, whose recorder was found, or whose pid another one had later.'
prints 'Maybe vanished: 1 process that fell silent while the host went on.'
prints 'Followed by a new process of the host within 10 s: 2 of these.'

# One processor and all of them tell the same; and so do logs in any order.
expect 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
	"$memprof" report -w 0 --processes "$dir/many.log"
diff -u "$dir/all.out" "$dir/out" >&2
head -n 5000 "$dir/many.log" >"$dir/memory.log.1"
tail -n +5001 "$dir/many.log" >"$dir/memory.log"
expect 0 "$memprof" report -w 0 --processes "$dir/memory.log" "$dir/memory.log.1"
diff -u "$dir/all.out" "$dir/out" >&2

# The first few, unless all are asked for; and they fit a terminal.
expect 0 "$memprof" report -w 80 "$dir/many.log"
sed -n '/^Processes, /,$p' "$dir/out" >"$dir/list"
[ "$(grep -c '@' "$dir/list")" = 3 ] || fail "not three: $(cat "$dir/list")"
grep -qx '  and 3 more' "$dir/list" || fail "more: $(cat "$dir/list")"
[ "$(wc -L <"$dir/list")" -le 80 ] || fail "too wide: $(cat "$dir/list")"
grep -q 'vanished?$' "$dir/list" || fail "no end: $(cat "$dir/list")"

# Launchpad's forms tell of no process: all is taken for one.
cat >"$dir/lp.log" <<'END'
2026-11-21_01:02:03.007 Root:a - 0.500000 1000 2048 1000 4096
2026-11-21_01:02:04.007 Root:b - 0.500000 1000 8192 1000 4096
END
expect 0 "$memprof" report -w 0 "$dir/lp.log"
prints ' \N before 1.50 s 2 2.00 KiB 4.00 KiB 8.00 KiB -'

# What a view leaves out is not looked at.
expect 0 "$memprof" report -w 0 --processes --until 2026-11-21T01:03 "$dir/many.log"
grep -q '1@pod' "$dir/out"
! grep -q '@.*vanished' "$dir/out" || fail 'it was not yet gone'
