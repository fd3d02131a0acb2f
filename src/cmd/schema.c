/* schema: prints the table that a database needs for the log. */

#include "report/schema.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

#include <stdio.h>

static const struct mp_usage usage = {
	.name = "schema",
	.operands = "DATABASE",
	.help = "Print the SQL that makes the table of a log, and how to load "
		"the log, for DATABASE:\n"
		"postgresql, clickhouse or duckdb.\n",
};

int mp_cmd_schema(int argc, char **argv)
{
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, NULL, &status);

	if (!first)
		return status;
	if (argc - first != 1)
		return mp_options_wrong(&usage, "name one database");
	if (!mp_schema_print(argv[first], stdout))
		return mp_options_wrong(&usage,
					"no database: `%s`; postgresql, "
					"clickhouse and duckdb are",
					argv[first]);
	return MP_EXIT_OK;
}
