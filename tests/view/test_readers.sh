#!/bin/sh
# Profiles of all sorts, hostile names among them, as Python's pstats reads
# them, and as pprof's and speedscope's own definitions say: every number.
set -eu
export PYTHONDONTWRITEBYTECODE=1
for reader in readpstats readpprof readspeedscope; do
	python3 "tests/view/$reader.py"
done
