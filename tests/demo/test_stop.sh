#!/bin/sh
# libmicrohttpd takes no answer while it is stopped, and asks for it again:
# memprof-demo answers each request once, all the same.
set -eu
. "${0%/*}/serving.sh"

if [ -n "${MEMPROF_TEST_SANITIZE-}" ]; then
	echo "skipped: a sanitizer wants to be loaded first"
	exit 77
fi

# As while it is stopped: an answer is accepted, and forgotten.
cat >"$dir/stopped.c" <<'END'
int MHD_queue_response(void *connection, unsigned status, void *response);
int MHD_queue_response(void *connection, unsigned status, void *response)
{
	(void)connection, (void)status, (void)response;
	return 1;
}
END
${CC:-cc} -shared -fPIC -o "$dir/stopped.so" "$dir/stopped.c"

printf '[profiling]\nmemory_profile_log: %s\n' "$dir/log" >"$dir/conf"
LD_PRELOAD="$dir/stopped.so" "$B/memprof-demo" --config "$dir/conf" \
	>"$dir/out" 2>&1 &
server=$!
wait_for_start
for page in clean leaking slow stream; do
	python3 -c 'import sys, urllib.request as u
u.urlopen(sys.argv[1], timeout=20)' "http://$address/$page" 2>"$dir/err" &&
		fail "$page was answered"
	grep -q 'closed connection without response' "$dir/err" ||
		fail "$page: $(cat "$dir/err")"
done
end_server
grep -q 'begun 4 requests: 4 logged, .* 0 misused calls$' "$dir/out" ||
	fail "calls were misused"
grep -q '^leaked .* in 1 requests' "$dir/out" || fail "served twice"
