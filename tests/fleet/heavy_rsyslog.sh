#!/bin/sh
# Two rsyslogd on the loopback ship a log, through rotation, byte by byte.
set -eu
here=$(dirname "$0")
. "$here/need.sh"
need rsyslog rsyslogd

dir=$(mktemp -d)
sender='' receiver=''
cleanup() {
	for pid in $sender $receiver; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
	rm -rf "$dir"
}
trap cleanup EXIT

# Wait until as many lines have arrived, 20 seconds at most.
arrived() {
	tries=0
	until [ "$(cat "$dir"/logs/*.log 2>/dev/null | wc -l)" -ge "$1" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ]; then
			cat "$dir"/*.out "$dir"/logs/*
			exit 1
		fi
		sleep 0.1
	done
}

port=$(python3 "$here/port.py")
mkdir "$dir/spool" "$dir/server" "$dir/logs"
for side in sender receiver; do
	"$here/recipe.sh" rsyslog-$side | sed -e "s,/var/spool/rsyslog,$dir/spool," \
		-e "s,/var/log/server,$dir/server," -e "s,/srv/logs,$dir/logs," \
		-e "s/10514/$port/" -e 's/"loghost"/"127.0.0.1"/' >"$dir/$side.conf"
	rsyslogd -N1 -f "$dir/$side.conf" >"$dir/$side.out" 2>&1 ||
		{ cat "$dir/$side.out"; exit 1; }
done
rsyslogd -n -f "$dir/receiver.conf" -i "$dir/receiver.pid" \
	>"$dir/receiver.out" 2>&1 &
receiver=$!
"$here/logs.sh" full >"$dir/server/memory.log"
rsyslogd -n -f "$dir/sender.conf" -i "$dir/sender.pid" \
	>"$dir/sender.out" 2>&1 &
sender=$!
arrived 10
cat "$dir"/logs/*.log | cmp - "$dir/server/memory.log"

# Rotated, as the library does it: a new file with its header.
mv "$dir/server/memory.log" "$dir/server/memory.log.1"
"$here/logs.sh" full >"$dir/server/memory.log"
arrived 20
cat "$dir"/server/memory.log "$dir"/server/memory.log.1 |
	cmp - "$dir"/logs/memory-*.log
"$B/memprof" check "$dir"/logs/*.log
"$B/memprof" cat "$dir"/logs/*.log | wc -l | grep -qx 19
