#!/bin/sh
# Profiles of all sorts as protoc reads them by pprof's own schema, and as
# `go tool pprof` does: every number.
set -eu
for program in go protoc; do
	if ! command -v "$program" >/dev/null; then
		echo "skipped: no $program"
		exit 77
	fi
done
PYTHONDONTWRITEBYTECODE=1 python3 tests/view/readgopprof.py
