# Sourced: runs host_unwind until it has taken so many stacks.
# Usage: SAMPLES=number; . tests/profile/stress.sh

case ${MEMPROF_TEST_SANITIZE-} in
*thread*)
	echo "skipped: this sanitizer keeps signals for later"
	exit 77
	;;
*address*)
	echo "skipped: a child may hang on locks of this sanitizer's own"
	exit 77
	;;
esac
if [ "$(uname -m)" != x86_64 ]; then
	echo "skipped: frames are described on x86-64"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same code, to the length, but for the size of the frame; and without the start files, whose
# few instructions nobody describes.
for size in 200 4000; do
	cat >"$work/module.c" <<EOF
void pass_on(void (*f)(void));
void pass_on(void (*f)(void))
{
	volatile char frame[$size];

	frame[0] = 0;
	f();
	frame[1] = 0;
}
EOF
	"$CC" -O1 -fPIC -shared -nostartfiles -fno-stack-protector \
		-o "$work/module$size.so" "$work/module.c"
done
timeout 170 "$B/tests/profile/host_unwind" "$SAMPLES" "$work/module200.so" \
	"$work/module4000.so"
