#!/bin/sh
# memprof view names all addresses of real programs as addr2line(1) does, and
# takes nothing from a file that is not the one that ran.
set -eu
. "${0%/*}/../cmd/run.sh"
here=${0%/*}

# Usage: build NAME SOURCE FLAG...
build() {
	name=$1 source=$2
	shift 2
	case $source in
	*.cc) c++ "$@" -o "$dir/$name" "$here/data/$source" ;;
	*) ${CC:-cc} "$@" -o "$dir/$name" "$here/data/$source" ;;
	esac
}

# Usage: profile NAME [STEP [BUILDID]]; of all its addresses, in NAME.mprof.
profile() {
	python3 "$here/mkprofile.py" "$dir/$1" "${2:-1}" ${3:+"$3"} \
		>"$dir/$1.mprof"
}

# Usage: compare NAME ORACLE [no]; inlined gets the number of inlined places.
compare() {
	"$memprof" view --runtime -f json "$dir/$1.mprof" >"$dir/json" \
		2>"$dir/err" || fail "$1: $(cat "$dir/err")"
	counts=$(python3 "$here/names.py" "$dir/$2" "$dir/json" ${3-}) ||
		fail "$1: other names than addr2line's"
	inlined=${counts#* }
	echo "$1: $counts"
}

# ---- debug information of all kinds ----

while read -r source flags; do
	# shellcheck disable=SC2086
	build all "$source" $flags
	profile all 3
	compare all all
	[ "$inlined" -gt 20 ] || fail "$source $flags: $inlined inlined"
done <<END
chains.c -O2 -g
chains.c -O0 -g -gdwarf-4
chains.c -O3 -g1 -no-pie
chains.cc -O2 -g
chains.cc -O3 -g1 -gdwarf-4 -no-pie
END

# What is inlined, who calls it, and where: once in so many words.
build c chains.c -O2 -g
profile c
"$memprof" view --runtime -f folded -b line "$dir/c.mprof" >"$dir/out"
for want in 'hidden:[0-9]*;inner:[0-9]*;innermost:1[01]' 'main:[0-9]*' \
	'shown:[0-9]*'; do
	grep -q "^$want [0-9]*$" "$dir/out" || fail "no stack $want"
done
expect 0 "$memprof" view -f top -m '^hidden$' "$dir/c.mprof"
grep -q ' hidden chains.c:21$' "$dir/out" || fail 'hidden() has no line'

# In C++: namespaces of what no other file sees, arguments of the rest.
build cc chains.cc -O2 -g
profile cc
"$memprof" view -f top -n 1000 "$dir/cc.mprof" >"$dir/out"
for want in 'app::inner chains.cc' 'long app::apply<long>(long, int) chains' \
	'app::(anonymous namespace)::Worker::work'; do
	grep -qF " $want" "$dir/out" || fail "no $want"
done

# ---- debug information elsewhere ----

# In a file beside it.
cp "$dir/cc" "$dir/linked"
objcopy --only-keep-debug "$dir/linked" "$dir/linked.debug"
objcopy --strip-all --add-gnu-debuglink="$dir/linked.debug" "$dir/linked"
profile linked 3
compare linked cc
[ "$inlined" -gt 20 ] || fail "by debug link: $inlined inlined"

# Where the program itself has only lines.
build split chains.c -O2 -g -gsplit-dwarf
profile split
compare split split no
said_lines=$(grep -c '"line":3[5-9],' "$dir/json")
[ "$said_lines" -gt 0 ] || fail 'no lines with split debug information'

# Symbols alone, and none at all.
build symbols chains.c -O2
profile symbols
compare symbols symbols no
"$memprof" view -f folded "$dir/symbols.mprof" >"$dir/out" 2>"$dir/err"
grep label_inside "$dir/out" && fail 'a label for a function'

# A symbol's version is no part of its name.
echo 'int own(int n) { return n + 1; } __asm__(".symver own,shared@@V1");' \
	>"$dir/versioned.c"
echo 'V1 { shared; };' >"$dir/versions"
${CC:-cc} -shared -fPIC -Wl,--version-script="$dir/versions" -Wl,--build-id \
	-o "$dir/versioned" "$dir/versioned.c"
nm "$dir/versioned" | grep -q 'shared@@V1' || fail 'no versions here'
strip -K shared@@V1 "$dir/versioned"
profile versioned
"$memprof" view -f folded "$dir/versioned.mprof" >"$dir/out" 2>"$dir/err"
grep -q '@' "$dir/out" && fail "versions: $(cat "$dir/out")"

strip -o "$dir/stripped" "$dir/symbols"
profile stripped
expect 0 "$memprof" view -f folded "$dir/stripped.mprof"
grep -v '^stripped+0x[0-9a-f]* 1$' "$dir/out" && fail 'names of nothing'
says 'places without a name: it is stripped'

# ---- another file than that which ran ----

profile c 1 0123456789abcdef0123456789abcdef01234567
expect 0 "$memprof" view -f folded "$dir/c.mprof"
grep -v '^c+0x[0-9a-f]* 1$' "$dir/out" && fail 'names of another program'
says "$dir/c: not the file that ran: it has another build id"
[ "$(wc -l <"$dir/err")" = 1 ] || fail "said: $(cat "$dir/err")"

profile c 1 -
expect 0 "$memprof" view -f folded "$dir/c.mprof"
grep -v '^c+0x[0-9a-f]* 1$' "$dir/out" && fail 'names of whatever is there'
says "$dir/c: which build of it ran is not told: it has no names"

profile cc
rm "$dir/cc"
expect 0 "$memprof" view -f folded "$dir/cc.mprof"
grep -v '^cc+0x[0-9a-f]* 1$' "$dir/out" && fail 'names of nothing'
says "$dir/cc: No such file or directory"

echo 'no program' >"$dir/cc"
expect 0 "$memprof" view -f folded "$dir/cc.mprof"
says "$dir/cc: not a program, nor a library"
rm "$dir/cc"
mkfifo "$dir/cc"
expect 0 timeout 20 "$memprof" view -f folded "$dir/cc.mprof"
says "$dir/cc: not a program, nor a library"
