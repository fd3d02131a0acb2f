# Sourced by tests that run programs with preload_compare in them: builds that,
# and judges what it says.  Env: B, CC; sets work and removes it at the end.

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: programs that are not sanitized load this"
	exit 77
fi
if [ "$(uname -m)" != x86_64 ]; then
	echo "skipped: frames are described on x86-64"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$CC" -O2 -g -D_GNU_SOURCE -Isrc -shared -fPIC -o "$work/compare.so" \
	tests/profile/preload_compare.c "$B/libmemprof.a"

# Usage: compared COMMAND...
compared() {
	COMPARE_OUT=$work/out LD_PRELOAD=$work/compare.so timeout 120 "$@"
}

# Usage: judge PROGRAM STACKS: at least as many were compared, and of a
# thousand at most one is not the same.
judge() {
	awk -v program="$1" -v want="$2" '
	$1 == program {
		stacks += $2; same += $3; shorter += $4; longer += $5
		depth += $7 * $2; ours += $8 * $2; glibc += $9 * $2
	}
	END {
		if (!stacks) {
			print program ": nothing was compared"
			exit 1
		}
		printf "%s: %d stacks, %.1f deep, %.3f %% the same", program,
			stacks, depth / stacks, 100 * same / stacks
		printf " (%d shorter, %d longer); %.0f ns, glibc %.0f ns\n",
			shorter, longer, ours / stacks, glibc / stacks
		exit stacks < want || same < stacks * 0.999
	}' "$work/out" || {
		grep '^#' "$work/out" | head -200
		exit 1
	}
}
