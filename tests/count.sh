#!/bin/sh
# Adds up the tests by their logs: each case of cmocka is one, and so is each
# script.  A program that ended badly without naming a case is one failure more.
# Usage: count.sh LOG...; fails where a test failed, or where there was none.
set -eu
for log; do
	[ ! -e "$log" ] || continue
	# It could not be built.
	mkdir -p "$(dirname "$log")"
	echo 'exit 1' >"$log"
done
exec awk '
FNR == 1 { cases = bad = over = 0 }
/^\[==========\] [0-9]+ test\(s\) run/ { over = 1 }
/^\[       OK \]/ && !over { passed++; cases++ }
/^\[  SKIPPED \]/ && !over { skipped++; cases++ }
/^\[  FAILED  \]/ && !over { failed++; cases++; bad++ }
/^exit [0-9]+$/ {
	if ($2 == 77 && !cases)
		skipped++
	else if ($2 != 0 && !bad)
		failed++
	else if ($2 == 0 && !cases)
		passed++
}
END {
	printf "%d passed, %d failed", passed, failed
	if (skipped)
		printf ", %d skipped", skipped
	print ""
	exit failed || !passed
}' "$@"
