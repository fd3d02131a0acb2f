#!/bin/sh
# The doors of memprof-demo in Chromium: what is put into a page is a part of it
# and nothing of a name runs, on a screen and on a phone; help, text and picture
# show what they should.
set -eu
here=$(dirname "$0")
if ! command -v chromium >/dev/null; then
	echo "skipped: chromium is not here"
	exit 77
fi
. "$here/serving.sh"

serve_doors 60
python3 "$here/seedoors.py" "$address" open-sesame "${PICTURES:-$dir}"
end_server
