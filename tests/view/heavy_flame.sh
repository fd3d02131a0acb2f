#!/bin/sh
# Profiles as a page and as pictures in Chromium: their boxes add up, nothing
# leaves them, no name runs, and they are zoomed, searched and walked through
# with a pointer and with the keyboard.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! command -v chromium >/dev/null; then
	echo 'skipped: no chromium'
	exit 77
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/view/seeprofiles.py "$dir"
