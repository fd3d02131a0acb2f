# Sourced by the tests of the engines: finds one, or installs it, or skips.

# Usage: need PACKAGE PROGRAM
need() {
	command -v "$2" >/dev/null && return
	if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
		apt-get update -q >/dev/null 2>&1 || :
		DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y \
			-q --no-install-recommends "$1" >/dev/null 2>&1 || :
		command -v "$2" >/dev/null && return
	fi
	echo "skipped: no $2, which Debian has in the package $1"
	exit 77
}
