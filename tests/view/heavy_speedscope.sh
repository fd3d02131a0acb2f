#!/bin/sh
# Profiles of all sorts in speedscope, in Chromium: the numbers that it read of
# each of its formats.
set -eu
for program in npm chromium; do
	if ! command -v "$program" >/dev/null; then
		echo "skipped: no $program"
		exit 77
	fi
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! npm install --prefix "$dir" --no-audit --no-fund --ignore-scripts \
	speedscope@1.25.0 >"$dir/npm" 2>&1; then
	cat "$dir/npm"
	echo "skipped: speedscope can't be installed"
	exit 77
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/view/readinspeedscope.py \
	"$dir/node_modules/speedscope/dist/release"
