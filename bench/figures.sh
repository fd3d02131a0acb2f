# Sourced, by bash, in $dir, a folder, and $build, the build: how a benchmark
# takes figures and prints them.  What is broken is in $broken.

broken=0
TIMEFORMAT=%R

title() { printf '\n%s\n' "$1"; }
number() { printf '  %-52s %9.1f %s\n' "$1" "$2" "$3"; }

# Usage: bound NAME VALUE at-least|at-most BOUND UNIT
bound() {
	if awk -v v="$2" -v s="$3" -v b="$4" \
		'BEGIN { exit s == "at-least" ? v >= b : v <= b }'; then
		verdict=FAIL
		broken=1
	else
		verdict=PASS
	fi
	case $3 in at-least) side='>=' ;; *) side='<=' ;; esac
	printf '  %-52s %9.2f %-6s %s %-8s %s\n' "$1" "$2" "$5" "$side" "$4" \
		"$verdict"
}

# Usage: seconds COMMAND...; the wall clock's.
seconds() { { time "$@" >/dev/null; } 2>&1; }

# Usage: one_core COMMAND...; the processor's, which other load hardly changes.
one_core() {
	{ TIMEFORMAT='%U %S' && time taskset -c 0 "$@" >/dev/null; } 2>&1 |
		awk '{ print $1 + $2 }'
}

# Of the wall clock's, which other load changes much.
best() { sort -n "$1" | head -1; }

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Peak of resident memory, in MiB.
peak() {
	"$build/bench/bench_peak" "$@" 2>&1 >/dev/null |
		awk '/^peak / { print $2 / 1048576 }'
}

divide() { awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'; }
