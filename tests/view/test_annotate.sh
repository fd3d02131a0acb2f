#!/bin/sh
# Profiles of all sorts, hostile names among them, as callgrind_annotate reads
# them: without a warning, every number of every function, recursion's too.
set -eu
if ! command -v callgrind_annotate >/dev/null; then
	echo 'skipped: no callgrind_annotate, which Debian has in valgrind'
	exit 77
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/view/readcallgrind.py
