#!/bin/sh
# Stacks are whole while threads, modules and processes come and go: for long.
set -eu
SAMPLES=60000
. tests/profile/stress.sh
