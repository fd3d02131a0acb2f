// The same of DuckDB.  Usage: node groupby.mjs LOG; prints seconds.
// @duckdb/node-api is looked for where MEMPROF_BENCH_DUCKDB says.
import { createRequire } from 'node:module';

const require = createRequire(process.env.MEMPROF_BENCH_DUCKDB + '/');
const { DuckDBInstance } = require('@duckdb/node-api');
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const begin = process.hrtime.bigint();

await connection.runAndReadAll(`
	SELECT page_id, count(*), sum(allocated - freed), sum(rss_delta), max(peak)
	FROM read_csv('${process.argv[2]}', delim = '\t', header = true,
		      nullstr = '\\N', quote = '', escape = '')
	GROUP BY page_id`);
console.log(Number(process.hrtime.bigint() - begin) / 1e9);
