#!/bin/sh
# logrotate, the real one, rotates a log that eight threads in four processes
# write to.  With create and with nocreate no line is lost, and each file begins
# with its one header; what copytruncate loses is told, and can be read.
set -eu
dir=$(mktemp -d)
host=
trap '[ -z "$host" ] || kill "$host" 2>/dev/null || :; rm -rf "$dir"' EXIT
if ! command -v logrotate >/dev/null; then
	echo "skipped: no logrotate"
	exit 77
fi
processes=4 threads=2 requests=2500 pause=2000
all=$((processes * threads * requests))

# It may be renamed at any moment.
lines() {
	awk 'END { print NR }' "$dir/requests.log" 2>/dev/null || echo 0
}

# Rotate again and again while the host is running; $1: how, $2: whether it is
# told to reopen.
rotate_under_load() {
	rm -f "$dir"/*
	cat >"$dir/host.conf" <<-END
		[profiling]
		memory_profile_log: $dir/requests.log
	END
	"$B/tests/core/host_logger" "$dir/host.conf" $processes $threads \
		$requests $pause >"$dir/told" 2>&1 &
	host=$!
	post=:
	if [ "$2" = told ]; then
		post="kill -HUP $host || :"
	fi
	cat >"$dir/rotate.conf" <<-END
		$dir/requests.log {
			rotate 100
			missingok
			$1
			postrotate
				$post
			endscript
		}
	END
	chmod 600 "$dir/rotate.conf"
	rotations=0
	# A rotated file that is renamed again may still be written to.
	while kill -0 $host 2>/dev/null; do
		if [ "$(lines)" -lt 1000 ]; then
			sleep 0.01
			continue
		fi
		logrotate -f -s "$dir/state" "$dir/rotate.conf" || exit 1
		rotations=$((rotations + 1))
	done
	if ! wait $host; then
		cat "$dir/told"
		exit 1
	fi
	host=
}

# Print `requests twice headers late-headers files`.
account() {
	awk '
	FNR == 1 { files++ }
	$1 == "timestamp" { headers++; if (FNR != 1) late++ }
	$2 ~ /^p[0-9]+$/ { if (NF == 20 && !seen[$2]++) n++; else twice++ }
	END { print n + 0, twice + 0, headers + 0, late + 0, files }
	' "$dir"/requests.log*
}

for how in 'create untold' 'nocreate untold' 'nocreate told'; do
	rotate_under_load "${how% *}" "${how#* }"
	# shellcheck disable=SC2046
	set -- $(account)
	echo "$how: $rotations rotations, $1 requests of $all in $5 files"
	[ "$rotations" -ge 2 ]
	[ "$1" = $all ]
	[ "$2" = 0 ]
	[ "$3" = "$5" ]
	[ "$4" = 0 ]
	if [ "$how" = 'nocreate told' ]; then
		grep -q 'reopened [1-9]' "$dir/told"
	fi
done

rotate_under_load copytruncate untold
# shellcheck disable=SC2046
set -- $(account)
echo "copytruncate: $rotations rotations, $1 requests of $all in $5 files:" \
	"$((all - $1)) lost"
"$B/memprof" report "$dir"/requests.log* >"$dir/report"
grep -q '^' "$dir/report"
