#!/bin/sh
# The libraries keep their word: what is declared is what is exported, all else
# has our prefix, and nothing in them can hurt who loads or links them.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: a sanitizer adds names and libraries of its own"
	exit 77
fi

so=$B/libmemprof.so
archive=$B/libmemprof.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*"
	exit 1
}

same() {
	diff -u "$work/$1" "$work/$2" || fail "$1 and $2 differ"
}

sed -n 's/^MEMPROF_API [^(]*[ *]\(memprof_[a-z_]*\)(.*/\1/p' \
	include/memprof.h | sort >"$work/declared"
sed -n 's/^	\(memprof_[a-z_]*\);$/\1/p' src/libmemprof.map | sort >"$work/map"
nm -D --defined-only "$so" | awk '$2 != "A" { sub("@.*", "", $3); print $3 }' |
	sort >"$work/exported"
[ "$(grep -c ^MEMPROF_API include/memprof.h)" = "$(wc -l <"$work/declared")" ] ||
	fail "a declaration was not understood: $(cat "$work/declared")"
same declared map
same declared exported
# The synopsis of the man page.
sed -n '/^\.Sh SYN/,/^\.Sh DESC/s/^\.F[no] \(memprof_[a-z_]*\).*/\1/p' \
	man/memprof.3 | sort >"$work/paged"
same declared paged

# DW.ref: how compilers refer to what unwinds, hidden in each object.
nm -g --defined-only "$archive" |
	awk 'NF == 3 && $3 !~ /^DW\.ref\./ { print $3 }' >"$work/names"
[ -s "$work/names" ] || fail "the archive is empty"
grep -v -E '^(memprof|mp)_' "$work/names" &&
	fail "the names above lack a memprof_ or mp_ prefix"
nm -g --defined-only "$archive" | awk '$2 ~ /[CDBGS]/ { print $3 }' |
	grep '^memprof_' && fail "the data above would be part of the ABI"

# No way to end the host, to print, or to take locks that a fork may leave held;
# nor to start threads, but where ownthread.c does it for the few that keys of
# the configuration ask for, nor to handle signals, but for the one that
# samples.
nm -A -u "$archive" |
	grep -v -E '/?ownthread\.o:.* pthread_create$|profsignal\.o:.* sigaction$' |
	awk '{ print $NF }' | sort -u | grep -E -x \
	'_?_?(v?f?printf|puts|fputs|putchar|perror)(_chk)?|abort|_?exit|_Exit
quick_exit|__assert_fail|raise|kill|syslog|pthread_create|thrd_create|fork
strerror|localtime|mktime|setenv|putenv|signal|sigaction' &&
	fail "the library must not call the functions above"

readelf -dW "$so" >"$work/dynamic"
grep -q 'SONAME.*\[libmemprof\.so\.[0-9]*\]$' "$work/dynamic" ||
	fail "no soname of one number"
grep -q 'FLAGS_1.*NODELETE' "$work/dynamic" || fail "may be unloaded"
grep -q 'TEXTREL' "$work/dynamic" && fail "has relocations in its text"
for file in "$so" "$B/memprof"; do
	readelf -dW "$file" | grep 'NEEDED.*jemalloc' && fail "$file needs jemalloc"
	readelf -lW "$file" | grep 'GNU_STACK.*RWE' && fail "$file: stack runs"
done

# A library that is loaded late shares a small reserve of static TLS.
tls=$(readelf -lW "$so" | awk '$1 == "TLS" { print $6 }')
[ $((${tls:-0})) -le 256 ] || fail "thread-local storage of $((tls)) bytes"
nm -D "$so" | grep -w __tls_get_addr && fail "thread-local access by a call"
readelf -rW "$so" | grep -E 'DTPMOD|TLSDESC' && fail "TLS that is not initial-exec"
exit 0
