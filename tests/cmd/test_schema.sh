#!/bin/sh
# memprof schema: each table has all columns, in the order of the log.  That
# databases take them is tested by tests/fleet.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$B/memprof" cat </dev/null | tr '\t' '\n' >"$dir/want"
[ "$(wc -l <"$dir/want")" = 20 ]
for database in postgresql clickhouse duckdb; do
	"$B/memprof" schema $database >"$dir/sql"
	sed -n 's/^    \([a-z_]*\) .*/\1/p' "$dir/sql" | cmp - "$dir/want"
	grep -q '^--   [a-zA-Z].*memory.log\*' "$dir/sql"
	[ "$(grep -c '^CREATE TABLE memory_log ($' "$dir/sql")" = 1 ]
	[ "$(tail -c 2 "$dir/sql")" = ';' ]
done

for wrong in '' oracle 'duckdb duckdb'; do
	status=0
	# shellcheck disable=SC2086
	"$B/memprof" schema $wrong >"$dir/out" 2>"$dir/err" || status=$?
	[ $status = 2 ]
	[ ! -s "$dir/out" ]
	[ -s "$dir/err" ]
done
