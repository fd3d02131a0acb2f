#!/bin/sh
# memprof view draws one profile of a real program, whose functions have names
# that are markup, as pictures that are XML and a page that is whole.  (How they
# look and whether they run: tests/view/heavy_flame.sh.)
set -eu
. "${0%/*}/../cmd/run.sh"
here=${0%/*}
export PYTHONDONTWRITEBYTECODE=1

# By gcc: clang puts such names into quotes.
gcc -O0 -o "$dir/hostile" "$here/data/hostile.c"
python3 "$here/mkprofile.py" "$dir/hostile" >"$dir/mprof"

for format in flamegraph icicle sunburst; do
	expect 0 "$memprof" view -f "$format" -o "$dir/$format" "$dir/mprof"
	xmllint --noout "$dir/$format" || fail "$format: no XML"
	! grep -q '<script>hacked' "$dir/$format" || fail "$format: markup"
	grep -q '&lt;/script&gt;&lt;script&gt;hacked=1' "$dir/$format" ||
		fail "$format: no name"
done
expect 0 "$memprof" view -f html "$dir/mprof"
python3 "$here/readpage.py" main '</script><script>hacked=1</script>' \
	"]]><b>&amp;'--><!--" '%E2%80%AEgnp.exe' '%FF%C0%AF %1B[31m' \
	<"$dir/out" || fail 'not the page it should be'

# What is left out is told; and other things may be told apart.
expect 0 "$memprof" view -f html --focus '^main$' "$dir/mprof"
cp "$dir/out" "$dir/focus"
grep -q 'were left out by a filter' "$dir/focus" || fail 'a filter is not told'
! grep -q 'gnp.exe' "$dir/focus" || fail 'the filter left nothing out'
for by in line object; do
	expect 0 "$memprof" view -f html --by "$by" "$dir/mprof"
	python3 "$here/readpage.py" <"$dir/out" || fail "by $by: no page"
done

expect 2 "$memprof" view -f html -o /dev/full "$dir/mprof"
says '/dev/full: No space left on device'
