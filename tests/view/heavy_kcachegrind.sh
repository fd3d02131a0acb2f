#!/bin/sh
# Profiles of all sorts in KCacheGrind: the numbers that it shows of each
# function, as programs for who can't see read them from its window.
set -eu
for program in kcachegrind Xvfb dbus-run-session; do
	if ! command -v "$program" >/dev/null; then
		echo "skipped: no $program"
		exit 77
	fi
done
# Debian's own Python has the package.
if ! /usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0")'; then
	echo "skipped: no python3-gi with gir1.2-atspi-2.0"
	exit 77
fi
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || :; rm -rf "$dir"' EXIT

# A display of its own, whose number it writes.
Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>"$dir/display" \
	2>"$dir/xvfb" &
server=$!
tries=0
until [ -s "$dir/display" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 600 ]; then
		cat "$dir/xvfb"
		exit 1
	fi
	sleep .05
done

mkdir -m 700 "$dir/config"
cat >"$dir/config/kcachegrindrc" <<'END'
[TipOfDay]
RunOnStart=false
[GeneralSettings]
ShowPercentage=false
ShowCycles=false
END
export HOME="$dir" XDG_CONFIG_HOME="$dir/config"
DISPLAY=:$(cat "$dir/display") PYTHONDONTWRITEBYTECODE=1 \
	QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 QT_QPA_PLATFORM=xcb LC_ALL=C.UTF-8 \
	/usr/bin/python3 tests/view/readinkcachegrind.py "$dir"
