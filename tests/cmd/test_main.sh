#!/bin/sh
# memprof: finds its commands, refuses what it has not, and sees that stdout
# took all.
set -eu
. "${0%/*}/run.sh"
log=tests/cmd/data/small.log

# What is no command.
refused '`memprof help` lists the commands' "$memprof"
refused 'no command `nonsense`' "$memprof" nonsense
refused 'no command `--nonsense`' "$memprof" --nonsense
refused 'no command `nonsense`' "$memprof" help nonsense
refused 'no command ``' "$memprof" ''
refused 'no command `repor`' "$memprof" repor "$log"

# Help lists the commands, and tells of each what its own --help does.
expect 0 "$memprof" help
quiet
mv "$dir/out" "$dir/help"
commands=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' "$dir/help" |
	grep -vx 'help\|version')
for c in check config plot report; do
	grep -q "^  $c  " "$dir/help" || fail "help does not list $c"
done
for ask in --help -h 'help help' 'help version'; do
	# shellcheck disable=SC2086
	expect 0 "$memprof" $ask
	cmp "$dir/help" "$dir/out" || fail "$ask is not help"
done
for c in $commands; do
	expect 0 "$memprof" "$c" --help
	quiet
	head -n 1 "$dir/out" | grep -q "^usage: memprof $c \[option...\] " ||
		fail "$c --help: $(head -n 1 "$dir/out")"
	prints ' -h, --help print this help'
	mv "$dir/out" "$dir/own"
	for ask in "help $c" "$c -h"; do
		# shellcheck disable=SC2086
		expect 0 "$memprof" $ask
		cmp "$dir/own" "$dir/out" || fail "$ask is not $c --help"
	done
done

# Each option that help lists is one that the command takes, by both names, and
# that its man page tells of.
for c in $commands; do
	"$memprof" "$c" --help |
		sed -n 's/^  -\([a-z]\), --\([a-z-]*\)\(=*\).*/\1 \2 \3/p' |
		grep -v '^h ' >"$dir/options" || :
	page=man/memprof-$c.1
	case $c in pause | resume | reopen) page=man/memprof-status.1 ;; esac
	[ -e "$page" ] || page=man/memprof.1
	while read -r letter name argument; do
		grep -q "Fl $letter , \(Fl \)*-$name" "$page" ||
			fail "$page has no --$name"
		if [ -n "$argument" ]; then
			refused "'--$name' requires an argument" \
				"$memprof" "$c" "--$name"
			refused "requires an argument -- '$letter'" \
				"$memprof" "$c" "-$letter"
		else
			refused "'--$name' doesn't allow an argument" \
				"$memprof" "$c" "--$name=1"
		fi
	done <"$dir/options"
	refused "memprof: $c: unrecognized option '--nonsense'" \
		"$memprof" "$c" --nonsense
	refused "memprof: $c: invalid option -- '?'" "$memprof" "$c" '-?'
	says "\`memprof $c --help\` lists what it takes"
done

# The version is the header's.
version=$(sed -n 's/^#define MEMPROF_VERSION_[MP][A-Z]* //p' include/memprof.h |
	paste -sd.)
for ask in version --version; do
	expect 0 "$memprof" $ask
	prints "memprof $version"
	quiet
done

# A full disk is told, whatever is printed.
full() {
	status=0
	"$memprof" "$@" >/dev/full 2>"$dir/err" || status=$?
	[ "$status" = 2 ] || fail "$*: exit status $status on a full disk"
	says 'memprof: standard output: No space left on device'
}
full --version
full help
full report "$log"
full report --format prometheus "$log"
full cat "$log"
full config
full plot --script "$log"
for c in $commands; do
	full "$c" --help
done
sed 's/Root/Root /' "$log" >"$dir/bad.log"
full check "$dir/bad.log"

# And so is a closed one, where there is something to print.
status=0
"$memprof" version >&- 2>"$dir/err" || status=$?
[ "$status" = 2 ] || fail "exit status $status with stdout closed"
says 'memprof: standard output: Bad file descriptor'
expect 0 "$memprof" check "$log"

# A reader that wants no more is no error to complain of.
awk -F '\t' -v OFS='\t' '
NR == 1 { print; next }
$2 == "Root:leak" {
	for (i = 0; i < 3000; i++) { $2 = "Page:" i; print }
	exit
}' "$log" >"$dir/long.log"
for c in report cat 'report --format prometheus' 'plot --script'; do
	# shellcheck disable=SC2086
	"$memprof" $c "$dir/long.log" 2>"$dir/said" | head -n 1 >"$dir/out"
	[ -s "$dir/out" ] || fail "$c | head -n 1: nothing"
	grep -v 'look like raw URLs' "$dir/said" >"$dir/err" || :
	quiet
done
sed 's/Page/Page /' "$dir/long.log" >"$dir/bad.log"
{ "$memprof" check "$dir/bad.log" || :; } 2>"$dir/err" | head -n 1 >"$dir/out"
[ -s "$dir/out" ] || fail "check | head -n 1: nothing"
quiet
