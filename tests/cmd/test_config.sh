#!/bin/sh
# memprof config: the effective configuration, where it is from, and that the
# man page says what the table of the keys says.
set -eu
for v in $(env | sed -n 's/^\(MEMPROF_[A-Z_]*\)=.*/\1/p'); do unset "$v"; done
memprof=$PWD/$B/memprof
page=$PWD/man/memprof.conf.5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
	echo "$*" >&2
	exit 1
}

# Fail unless the last command's output, in `out`, has this line.
has() {
	grep -qxF -e "$1" out || { cat out; fail "no line '$1'"; }
}

squeeze() {
	tr -s ' ' <"$1" | sed 's/ *$//'
}

# The defaults.
"$memprof" config >all
squeeze all >out
has '# memprof is off, as memory_profile_log names no log.'
has 'profiling_allowed: true ; default'
has 'memory_profile_log: ; default'
has 'abandon_after: 600 ; default'
[ "$(grep -c '; default$' out)" = 11 ] || fail 'not all keys, or not default'

# A file, overridden by the environment, and a variable that is no key.
cat >server.conf <<'END'
# a comment

[other]
sample_one_in: 7
[profiling]
memory_profile_log: /tmp/a b.log
sample_one_in = 10 ; one in ten
outside_threshold: 2M
END
MEMPROF_OUTSIDE_THRESHOLD=64K MEMPROF_NONSENSE=1 "$memprof" config server.conf \
	>all 2>talk
squeeze all >out
has '# memprof is on.'
has 'memory_profile_log: /tmp/a b.log ; server.conf:6'
has 'sample_one_in: 10 ; server.conf:7'
has 'outside_threshold: 64K ; environment'
has 'log_threshold: 0 ; default'
[ "$(cat talk)" = 'memprof: MEMPROF_NONSENSE: not a key of memprof.conf(5)' ] ||
	fail "said: $(cat talk)"

# What it prints is a configuration that says the same.
values() {
	sed -e '/^[#[]/d' -e 's/ *; .*//' "$1"
}
cp all printed.conf
"$memprof" config printed.conf >again
values all >one
values again >two
cmp one two || fail 'what is printed does not read back the same'

# Off on purpose.
MEMPROF_PROFILING_ALLOWED=no "$memprof" config server.conf >out
has '# memprof is off, as profiling_allowed is false.'

# Errors: located, on stderr, exit status 2, nothing on stdout.
wrong() {
	want=$1
	shift
	status=0
	"$@" >out 2>talk || status=$?
	[ "$status" = 2 ] || fail "$*: exit status $status"
	[ ! -s out ] || fail "$*: data in spite of an error"
	grep -qF -e "$want" talk || fail "$*: said $(cat talk)"
}
printf '[profiling]\n\n\nsample_one_in: 0\n' >bad.conf
wrong 'memprof: bad.conf:4: sample_one_in: expected 1 to 1000000000, found "0"' \
	"$memprof" config bad.conf
printf '[profiling]\nsample: 1\n' >bad.conf
wrong 'memprof: bad.conf:2: ' "$memprof" config bad.conf
wrong 'memprof: MEMPROF_LOG_THRESHOLD: ' \
	env MEMPROF_LOG_THRESHOLD=much "$memprof" config
wrong 'memprof: none.conf: No such file or directory' "$memprof" config none.conf
wrong 'more than one FILE' "$memprof" config a b
wrong 'nonsense' "$memprof" config --nonsense

# The man page has each key of the table, with its default, and no other.
"$memprof" config --help | sed -n 's/^  \([a-z_]*_[a-z_]*\)  *\([^ ]*\) .*/\1 \2/p' \
	>table
[ "$(wc -l <table)" = 11 ] || fail 'the help does not list all keys'
sed -n '/^\.Sh KEYS/,/^\.Sh ENV/s/^\.It Ic //p' "$page" >keys
cut -d' ' -f1 table | cmp - keys || fail 'the man page has other keys'
while read -r key preset; do
	sed -n "/^\.It Ic $key\$/,/^\.It\|^\.El/p" "$page" >entry
	# `.Li X`, or `Default: empty`.
	grep -qE "^(\.Li $preset( [,;.])?|Default: $preset.*)\$" entry ||
		fail "memprof.conf(5): the default of $key is $preset"
done <table
