#!/bin/sh
# Stacks are whole while threads, modules and processes come and go.
set -eu
SAMPLES=3000
. tests/profile/stress.sh
