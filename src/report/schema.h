#ifndef MP_SCHEMA_H
#define MP_SCHEMA_H

/* schema: the table of a database that holds the records of format 1. */

#include <stdbool.h>
#include <stdio.h>

/*
 * Print the SQL that makes the table for `database` (postgresql,
 * clickhouse, duckdb), with how to load a log as
 * a comment above.  Returns false where there is no such database.
 */
bool mp_schema_print(const char *database, FILE *out);

#endif
