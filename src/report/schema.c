#include "report/schema.h"

#include "report/fields.h"

#include <string.h>

#define TABLE "memory_log"

enum kind { TIMESTAMP, TEXT, SECONDS, NUMBER, KINDS };

static const struct database {
	const char *name;
	const char *load; /* lines of a comment */
	const char *types[KINDS];
	const char *end;
} databases[] = {
	{
		.name = "postgresql",
		.load = "--   memprof cat memory.log* | sed 1d |\n"
			"--     psql -c 'COPY " TABLE " FROM STDIN'\n",
		.types = { "timestamptz NOT NULL", "text NOT NULL",
			   "numeric(19, 6)", "bigint" },
		.end = ");\n"
		       "CREATE INDEX ON " TABLE " (page_id, timestamp);\n",
	},
	{
		.name = "clickhouse",
		.load = "--   memprof cat memory.log* |\n"
			"--     clickhouse-client "
			"--date_time_input_format=best_effort \\\n"
			"--       --query 'INSERT INTO " TABLE
			" FORMAT TSVWithNames'\n",
		.types = { "DateTime64(6, 'UTC')", "String",
			   "Nullable(Decimal(18, 6))", "Nullable(Int64)" },
		.end = ") ENGINE = MergeTree\n"
		       "PARTITION BY toYYYYMM(timestamp)\n"
		       "ORDER BY (page_id, timestamp);\n",
	},
	{
		.name = "duckdb",
		.load = "--   COPY " TABLE
			" FROM 'memory.log*' (DELIMITER '\\t', HEADER,\n"
			"--     NULLSTR '\\N', QUOTE '', ESCAPE '');\n",
		.types = { "TIMESTAMPTZ NOT NULL", "VARCHAR NOT NULL",
			   "DECIMAL(18, 6)", "BIGINT" },
		.end = ");\n",
	},
};

#define DATABASES (sizeof(databases) / sizeof(*databases))

static enum kind kind_of(unsigned column)
{
	if (column == 0)
		return TIMESTAMP;
	if (column == MP_FIELDS_DURATION)
		return SECONDS;
	return mp_fields_is_text(column) ? TEXT : NUMBER;
}

bool mp_schema_print(const char *database, FILE *out)
{
	const struct database *d = databases;

	while (d < databases + DATABASES && strcmp(d->name, database) != 0)
		d++;
	if (d == databases + DATABASES)
		return false;

	fprintf(out, "-- The log of memprof, format 1.  To load it:\n%s",
		d->load);
	fputs("CREATE TABLE " TABLE " (\n", out);
	for (unsigned c = 0; c < MP_RECORD_COLUMNS; c++)
		fprintf(out, "    %-14s %s%s\n", mp_record_column_name(c),
			d->types[kind_of(c)],
			c + 1 < MP_RECORD_COLUMNS ? "," : "");
	fputs(d->end, out);
	return true;
}
