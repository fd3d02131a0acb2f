#!/bin/sh
# memprof config: the effective configuration, where it is from, and that the
# man page says what the table of the keys says.
set -eu
sanitize=${MEMPROF_TEST_SANITIZE:-}
for v in $(env | sed -n 's/^\(MEMPROF_[A-Z_]*\)=.*/\1/p'); do unset "$v"; done
memprof=$(cd "$B" && pwd)/memprof
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
has 'run_dir: /dev/shm ; default'
has 'profiling_start_paused: false ; default'
has 'profile_interval: 0.01 ; default'
[ "$(grep -c '; default$' out)" = 29 ] || fail 'not all keys, or not default'

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

# The key of profiles is nobody's to see, how long it is neither.
cat >key.conf <<'END'
[profiling]
profile_key: open-sesame
END
"$memprof" config key.conf >all
has_key() {
	cp all out
	has "$1"
	! grep -q 'open\|sesame' all || fail "the key is told: $(cat all)"
	sed '/profile_key/d' all >without
	"$memprof" config /dev/null | sed '/profile_key/d' |
		cmp - without || fail 'the key shows in the layout'
}
has_key '# profile_key is set, and not shown; it is from: key.conf:2'
MEMPROF_PROFILE_KEY=open-sesame-$(printf '%040d' 0) "$memprof" config >all
has_key '# profile_key is set, and not shown; it is from: environment'
printf '[profiling]\nprofile_key: open sesame\n' >key.conf
! "$memprof" config key.conf 2>talk || fail 'a key of two words'
! grep 'found\|sesame' talk || fail 'an error tells the key'

# Whether a flight recorder can be had, where one is wanted; it leaves nothing.
recorder() {
	MEMPROF_RUN_DIR=$1 "$memprof" config server.conf >out
	grep -o '^# There is no flight recorder.*\|^# A flight recorder.*' out
}
! "$memprof" config | grep 'flight recorder' || fail 'one that nobody wants'
recorder '' | grep -qx '# There is no flight recorder, as run_dir is empty.' ||
	fail "$(cat out)"
recorder "$dir/none" |
	grep -qx '# There is no flight recorder: run_dir: No such file or directory.' ||
	fail "$(cat out)"
MEMPROF_MEMORY_PROFILE_WRITE=async recorder "$dir/none" >async
grep -qx '# So logs are written direct, not async.' out || fail "$(cat out)"
recorder /proc | grep -q ': run_dir: it is not on tmpfs.$' || fail "$(cat out)"
if [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
	shm=$(mktemp -d /dev/shm/memprof-test-XXXXXX)
	trap 'rm -rf "$dir" "$shm"' EXIT
	recorder "$shm" |
		grep -q ' takes [0-9.]* KiB a process; run_dir has room for [0-9]* more.$' ||
		fail "$(cat out)"
	direct=$(recorder "$shm")
	[ "$(MEMPROF_MEMORY_PROFILE_WRITE=async recorder "$shm")" != \
		"$direct" ] || fail 'a queue takes no room'
	[ -z "$(ls -A "$shm")" ] || fail 'it left a recorder'
fi
if [ "$(id -u)" = 0 ] && command -v unshare >/dev/null &&
	unshare -m true 2>/dev/null; then
	mkdir small
	export memprof
	unshare -m sh -ec 'mount -t tmpfs -o size=256k none small
		MEMPROF_RUN_DIR=$PWD/small "$memprof" config server.conf' >out
	grep -q ': run_dir: No space left on device.$' out || fail "$(cat out)"
else
	echo 'no mounts here: a full tmpfs is not tested'
fi

# Profiles need no log.
MEMPROF_PROFILING_ALLOWED=yes MEMPROF_PROFILE_RUN=/run.mprof \
	"$memprof" config >out
has '# memprof is on, and logs nothing, as memory_profile_log names no log.'
MEMPROF_PROFILE_RUN=/run.mprof "$memprof" config >out
has '# memprof is off, as memory_profile_log names no log.'

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

# The origins stand in a column behind the longest value; past one of more than
# 60 bytes only its own moves.  Usage: origin KEY; where its comment begins.
origin() {
	awk -v key="$1:" 'index($0, key) == 1 { print index($0, ";") }' out
}
MEMPROF_MEMORY_PROFILE_LOG=/$(printf '%059d' 0) "$memprof" config >out
[ "$(origin log_threshold)" = "$(origin memory_profile_log)" ] ||
	fail "60 bytes are too wide for the column: $(cat out)"
MEMPROF_MEMORY_PROFILE_LOG=/$(printf '%060d' 0) "$memprof" config >out
[ "$(origin log_threshold)" -lt "$(origin memory_profile_log)" ] ||
	fail "61 bytes widen the column: $(cat out)"

# A file's name is data: it neither ends the comment nor steers the terminal.
name=$(printf 'a\n[profiling]\nlog_threshold: 9\033[31m')
printf '[profiling]\nsample_one_in: 3\n' >"$name"
"$memprof" config "$name" >all
squeeze all >out
has 'sample_one_in: 3 ; a?[profiling]?log_threshold: 9?[31m:2'

# Where a line with its origin would be too long, the origin stands before it.
length=140
while [ "$length" -le 178 ]; do
	path=/$(printf "%0${length}d" 0)
	printf '[profiling]\nmemory_profile_log:%s\n' "$path" >long.conf
	"$memprof" config long.conf >printed.conf
	"$memprof" config printed.conf >again ||
		fail "a path of $length bytes does not read back"
	values again >out
	grep -q "^memory_profile_log: *$path\$" out ||
		fail "a path of $length bytes is another"
	length=$((length + 1))
done
cp printed.conf out
has '# The next is from: long.conf:2'

# What no line of a file can hold is said, and printed all the same.
MEMPROF_MEMORY_PROFILE_LOG=/$(printf '%0300d' 0) "$memprof" config >out 2>talk
has "memory_profile_log:/$(printf '%0300d' 0)"
grep -q '^memprof: memory_profile_log: too long for a line' talk ||
	fail "said: $(cat talk)"
cp out long.conf
wrong 'memprof: long.conf:6: expected at most 198 bytes in a line' \
	"$memprof" config long.conf

# A setuid program looks at no variable.  Only root can make one whose owner is
# somebody else, and only where the mount allows it: the loader, which goes by
# the same flag, tells whether it is in force.  LeakSanitizer cannot: it needs
# ptrace(2) of itself.
cp "$memprof" setuid
if [ -z "$sanitize" ] && [ "$(id -u)" = 0 ] && chmod 755 . &&
	chown 65534 setuid && chmod 4755 setuid &&
	! LD_SHOW_AUXV=1 ./setuid config | grep -q '^AT_SECURE'; then
	MEMPROF_SAMPLE_ONE_IN=bad MEMPROF_NONSENSE=1 ./setuid config >all 2>talk
	squeeze all >out
	has 'sample_one_in: 1 ; default'
	[ ! -s talk ] || fail "said: $(cat talk)"
else
	echo 'skipped: a setuid program (not root, nosuid, or a sanitizer)'
fi

# The man page has each key of the table, its default and its range, in the
# table's order, and no other.
"$memprof" config --help | sed -nE \
	's/^  ([a-z]+_[a-z_]+) +([^ ]+) +(.*)/\1|\2|\3/p' >table
[ "$(wc -l <table)" = 29 ] || fail 'the help does not list all keys'
sed -n '/^\.Sh KEYS/,/^\.Sh ENV/p' "$page" | sed -nE \
	-e 's/^\.It Ic (.*)/\1/p' -e 's/^(Default: .*)\.$/\1/p' \
	-e 's/^(Range: .*)\.$/\1/p' | paste -d'|' - - - |
	sed 's/|Default: /|/; s/|Range: /|/' >keys
diff table keys || fail 'memprof.conf(5) differs from the table'
mandoc -Tlint -Wwarning "$page" || fail 'memprof.conf(5) has faults'
