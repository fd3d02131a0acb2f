#!/bin/sh
# DuckDB reads the gzip'd logs of many hosts, and the table takes them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "skipped: no npm, by which DuckDB is installed"
	exit 77
fi
if ! npm install --prefix "$dir" --no-audit --no-fund @duckdb/node-api \
	>"$dir/npm" 2>&1; then
	cat "$dir/npm"
	echo "skipped: @duckdb/node-api can't be installed"
	exit 77
fi

# Runs the statements on stdin, each ended by a line with a semicolon.
cat >"$dir/duckdb.js" <<'END'
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
	const text = require('fs').readFileSync(0, 'utf8');
	const db = await DuckDBInstance.create(':memory:');
	const connection = await db.connect();
	for (const sql of text.split(/;\n/)) {
		if (!sql.replace(/^--.*\n?/gm, '').trim())
			continue;
		const result = await connection.runAndReadAll(sql);
		for (const row of result.getRowsJson())
			console.log(row.join('|'));
	}
})().catch((e) => { console.error(e.message); process.exit(1); });
END
duckdb() {
	(cd "$dir" && NODE_PATH=$dir/node_modules node duckdb.js)
}

mkdir "$dir/logs"
for host in web1 web2 web3; do
	mkdir "$dir/logs/$host"
	"$here/logs.sh" full | sed "s/web1\$/$host/" >"$dir/logs/$host/memory.log"
	gzip -c "$dir/logs/$host/memory.log" >"$dir/logs/$host/memory.log.1.gz"
done
"$here/recipe.sh" duckdb | sed "s,/srv/logs,$dir/logs," | duckdb >"$dir/out"
cat "$dir/out"
[ "$(head -n 3 "$dir/out" | tr '\n' ' ')" = 'web1|Root:index.html|4|4096 web2|Root:index.html|4|4096 web3|Root:index.html|4|4096 ' ]
[ "$(wc -l <"$dir/out")" = 15 ]
# Ids with commas and quotes, and the largest number, are whole.
grep -qx 'web2|a,"b"|2|0' "$dir/out"
grep -q '|%28outside)|2|-18446744073709551614$' "$dir/out"

memprof=$(cd "$(dirname "$B/memprof")" && pwd)/memprof
cp "$dir"/logs/web1/memory.log* "$dir"
{
	"$memprof" schema duckdb
	"$memprof" schema duckdb | sed -n 's/^--   //p'
	echo "SELECT count(*), sum(allocated), max(duration), count(allocated)
		FROM memory_log;"
} | duckdb >"$dir/out"
tail -n 1 "$dir/out" | grep -qx '18|7168|12.500000|10'
