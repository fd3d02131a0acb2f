#!/bin/sh
# jemalloc in every way times libmemprof in every way: each has the state of
# the heap that is true, and numbers in the log where it is active alone.
set -eu

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: a sanitizer's malloc takes jemalloc's place"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$(realpath "$B")
so=$build/libmemprof.so
bad=0
count=0

flags='-std=c11 -D_GNU_SOURCE -Wall -Wextra -Iinclude -O1 -g -pthread'
for part in linked linked_direct linked_dlopen; do
	$CC $flags -c -o "$work/$part.o" tests/package/$part.c
done

# Usage: link NAME how-to-link-libmemprof FLAG...
link() {
	name=$1
	case $2 in
	archive) objs="$work/linked_direct.o $build/libmemprof.a -linih" ;;
	shared) objs="$work/linked_direct.o -L$build -lmemprof
		-Wl,-rpath,$build" ;;
	dlopen) objs="$work/linked_dlopen.o" ;;
	esac
	shift 2
	$CC -pthread -o "$work/$name" "$work/linked.o" $objs "$@"
}

# Usage: want STATE NAME [LIBRARY-TO-LOAD], with the environment in $with.
with=
want() {
	state=$1 name=$2
	shift 2
	count=$((count + 1))
	got=$(env $with "$work/$name" "$work/log" "$so" "$@" 2>&1 | head -1)
	allocated=$(awk -F'\t' '$2 == "linked" { print $11 }' "$work/log")
	rm -f "$work/log"
	case $state,$allocated in
	active,1[0-4]????) ;;
	active,*) got="$got, allocated $allocated" ;;
	*,\\N) ;;
	*) got="$got, allocated $allocated" ;;
	esac
	if [ "$got" = "$state" ]; then
		echo "ok: $name ${with:+($with) }$* is $state"
	else
		echo "WRONG: $name ${with:+($with) }$* should be $state: $got"
		bad=1
	fi
}

static_je=$($CC -print-file-name=libjemalloc.a)
pic_je=$($CC -print-file-name=libjemalloc_pic.a)

for how in archive shared dlopen; do
	link $how-alone $how
	want none $how-alone

	link $how-shared-jemalloc $how -ljemalloc
	want active $how-shared-jemalloc

	link $how-pic-jemalloc $how "$pic_je" -lm -ldl -rdynamic
	want active $how-pic-jemalloc

	link $how-static-jemalloc $how -no-pie "$static_je" -lm -ldl -rdynamic
	want active $how-static-jemalloc

	with=LD_PRELOAD=libjemalloc.so.2
	want active $how-alone
	# A late jemalloc needs more static TLS than is in reserve.
	with=GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536
	want inactive $how-alone libjemalloc.so.2
	with=
done

# Without -rdynamic the linker shows mallctl to a library that it links, but
# not to one that is loaded later: there is nothing to be found, and we say so.
link hidden-shared shared "$pic_je" -lm -ldl
want active hidden-shared
link hidden-archive archive "$pic_je" -lm -ldl
want active hidden-archive
link hidden-dlopen dlopen "$pic_je" -lm -ldl
want none hidden-dlopen

echo "$count ways"
exit $bad
