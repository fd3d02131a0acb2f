# Sourced by the tests of the command: runs it and looks at what it said.

memprof=$(cd "$B" && pwd)/memprof
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# Usage: expect STATUS COMMAND...; its output is in $dir/out and $dir/err.
expect() {
	want=$1
	shift
	status=0
	"$@" >"$dir/out" 2>"$dir/err" || status=$?
	[ "$status" = "$want" ] ||
		fail "$*: exit status $status, not $want: $(cat "$dir/err")"
}

# Usage: refused TEXT COMMAND...; it says TEXT on stderr, and nothing else.
refused() {
	text=$1
	shift
	expect 2 "$@"
	[ ! -s "$dir/out" ] || fail "$*: data in spite of an error"
	says "$text"
}

# Usage: says TEXT; as a part of a line on stderr.
says() {
	grep -qF -e "$1" "$dir/err" || fail "no '$1', but: $(cat "$dir/err")"
}

# Usage: prints LINE; blanks squeezed.
prints() {
	sed 's/  */ /g; s/ $//' "$dir/out" | grep -qxF -e "$1" ||
		fail "no line '$1': $(cat "$dir/out")"
}

quiet() {
	[ ! -s "$dir/err" ] || fail "said: $(cat "$dir/err")"
}

# Usage: golden FILE; what was printed is what FILE has.  UPDATE=1 records it.
golden() {
	if [ -n "${UPDATE-}" ]; then
		cp "$dir/out" "$1"
	else
		diff -u "$1" "$dir/out" >&2 || fail "not as in $1"
	fi
}
