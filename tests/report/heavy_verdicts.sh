#!/bin/sh
# The verdicts on ten times as many generated logs as the test has, of seeds of
# their own.
set -eu
${MAKE:-make} -s "$B/tests/report/test_verdict_logs"
MEMPROF_TEST_SEED=800001 MEMPROF_TEST_LOGS=2400 \
	"$B/tests/report/test_verdict_logs"
