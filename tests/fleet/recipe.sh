#!/bin/sh
# Prints a recipe of memprof-fleet(7) as a reader would type it.
# Usage: recipe.sh NAME
set -eu
man=$(dirname "$0")/../../man/memprof-fleet.7
awk -v name="$1" '
$1 == ".\\\"" && $2 == "recipe:" { on = $3 == name; next }
/^\.Bd/ { next }
/^\.Ed/ { on = 0 }
on { gsub(/\\e/, "\\"); print; n++ }
END { exit !n }' "$man"
