#!/bin/bash
# PostgreSQL takes the log by COPY, and reads it in place by file_fdw.
set -eu
here=$(dirname "$0")
. "$here/need.sh"
PATH=$(printf '%s:' /usr/lib/postgresql/*/bin)$PATH
need postgresql initdb
PATH=$(printf '%s:' /usr/lib/postgresql/*/bin)$PATH

dir=$(mktemp -d)
as=
if [ "$(id -u)" = 0 ]; then
	as='runuser -u postgres --'
	chown postgres "$dir"
fi
cleanup() {
	$as pg_ctl -D "$dir/data" -m immediate stop >/dev/null 2>&1 || :
	rm -rf "$dir"
}
trap cleanup EXIT

cp "$B/memprof" "$here/recipe.sh" "$dir"
chmod 755 "$dir"
PATH=$dir:$PATH
$as initdb -D "$dir/data" -A trust >"$dir/log" 2>&1 || cat "$dir/log"
# Its socket is a file in our folder; no port is taken.
$as env PATH="$PATH" pg_ctl -D "$dir/data" -w -l "$dir/server.log" \
	-o "-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off" \
	start >"$dir/log" 2>&1 || { cat "$dir/log" "$dir/server.log"; exit 1; }
export PGHOST="$dir" PGDATABASE=postgres
[ -z "$as" ] || export PGUSER=postgres

"$here/logs.sh" full >"$dir/memory.log"
gzip -c "$dir/memory.log" >"$dir/memory.log.1.gz"
chmod 644 "$dir"/memory.log*
recipe() {
	"$here/recipe.sh" "$1" | sed "s,/var/log/server,$dir,g"
}

echo "\$ $(recipe postgresql-copy)"
recipe postgresql-copy | sh -e
recipe postgresql-query | psql -qAt >"$dir/out"
cat "$dir/out"
[ "$(head -n 1 "$dir/out")" = 'Root:index.html|4|4096' ]
[ "$(wc -l <"$dir/out")" = 5 ]

# Every byte comes back.
psql -qc "SET TimeZone = 'UTC'; COPY (
	SELECT to_char(timestamp, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),
	page_id, oops_id, duration, start_vss, start_rss, end_vss, end_rss,
	vss_delta, rss_delta, allocated, freed, peak, overlap, heap_allocated,
	heap_active, heap_resident, pid, tid, host FROM memory_log
	) TO STDOUT" | sort -u >"$dir/back"
sed 1d "$dir/memory.log" | sort | cmp - "$dir/back"

recipe postgresql-fdw | sed "s,memprof cat,$dir/&," | psql -q
[ "$(psql -qAtc 'SELECT count(*) FROM memory_log_file')" = 18 ]
[ "$(psql -qAtc 'SELECT count(*) FROM ONLY memory_log')" = 18 ]
[ "$(psql -qAtc 'SELECT count(*) FROM memory_log')" = 36 ]
psql -qAtc 'SELECT sum(allocated), max(duration) FROM memory_log_file' |
	grep -qx '7168|12.500000'

# The command that memprof schema prints is the same.
cd "$dir"
memprof schema postgresql | sed -n 's/^--   //p' | sh -e
[ "$(psql -qAtc 'SELECT count(*) FROM ONLY memory_log')" = 36 ]
