#!/bin/sh
# Threads come and go for ten seconds, looked at as often as can be; whoever
# reads a stack that is gone dies.
set -eu
${MAKE:-make} -s "B=$B" "$B/tests/profile/test_sampler_ends"
MEMPROF_TEST_SECONDS=10 "$B/tests/profile/test_sampler_ends"
