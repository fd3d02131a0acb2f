#!/bin/sh
# test_kill.sh, two hundred kills for each kind of log.
set -eu
exec "${0%/*}/test_kill.sh" 200 130
