#!/bin/sh
# The rules of the house that a machine can check.
set -eu

bad=0
wrong() {
	echo "^ $*"
	bad=1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Outside of a checkout, as in a release's archive, all but what is built.
git ls-files >"$work/files" 2>/dev/null && [ -s "$work/files" ] ||
	find . -path ./build -prune -o -type f -printf '%P\n' >"$work/files"
grep -E '^(src|include|tests|bench)/.*\.[ch]$' "$work/files" >"$work/c"
grep -E '\.sh$|^\.ci/run$' "$work/files" >"$work/sh" || :

# Usage: each LIST grep's-arguments...; without this file, which names it all.
each() {
	list=$1
	shift
	grep -v '^tests/package/test_source\.sh$' "$work/$list" |
		xargs grep -nHI "$@"
}

grep -E '^src/(core|report|cmd)/' "$work/c" >"$work/src"
each src -E 'return -1;' && wrong "errors are negative errno values"
each files -wE 'TODO|FIXME|XXX' && wrong "work left to do"
each files '[[:blank:]]$' && wrong "blanks at the end of a line"
each files -E '(^|[^[:alnum:]_.])/(work|home)/' && wrong "a path of one machine"

# Code ends its host, prints and asks for the time zone in the command alone.
for f in $(grep '^src/core/.*\.[ch]$' "$work/c"); do
	"${CC:-cc}" -fpreprocessed -dD -E -P "$f" 2>/dev/null |
		grep -wE '(abort|_?exit|v?f?printf|puts|perror|strerror|localtime|syslog|assert)[[:blank:]]*\(' &&
		wrong "$f: not in the library"
done

for f in $(grep -E '^(src|tests|bench)/.*\.[ch]$' "$work/c"); do
	header=${f%.c}.h
	[ -e "$header" ] || header=$f
	head -6 "$header" | grep -q '^/\*' || {
		head -1 "$f"
		wrong "$f: no comment says what it is for"
	}
done

for f in $(cat "$work/src"); do
	lines=$(wc -l <"$f")
	[ "$lines" -le 600 ] || {
		echo "$lines lines"
		wrong "$f: too long"
	}
done

while read -r f; do
	# What names no shell is sourced by others.
	case $f in
	*/test_*|*/heavy_*|.ci/run) ;;
	*) head -1 "$f" | grep -q '^#!' || continue ;;
	esac
	[ -x "$f" ] && sed -n 2p "$f" | grep -q '^# ' && grep -q '^set -eu' "$f" || {
		head -3 "$f"
		wrong "$f: to be executable, begin with a comment, and set -eu"
	}
done <"$work/sh"

cut -d/ -f1 "$work/files" | sort -u | grep -vxE \
	'\.[a-z-]+|src|include|tests|bench|man|Makefile|LICENSE|(README|CHANGELOG|CONTRIBUTING)\.md' &&
	wrong "not for the top level"

pages=$(grep '^man/[^/]*\.[1-9]$' "$work/files") || pages=
[ -z "$pages" ] || mandoc -Tlint -Wwarning $pages || wrong "man pages"

exit $bad
