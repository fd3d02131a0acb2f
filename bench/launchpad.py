#!/usr/bin/python3
"""Launchpad's way: /proc/PID/status is read for memory() and for resident(), at
both ends of a request, and the log is opened for each line.

Usage: launchpad.py LOG; prints the median of what one request costs, in ns.
"""

import os
import sys
import time
from datetime import datetime

ROUNDS = 31
REQUESTS = 50


def status(key):
    """The number that /proc/PID/status has behind a key, in bytes."""
    with open("/proc/%d/status" % os.getpid()) as f:
        text = f.read()
    start = text.index(key) + len(key)
    number, unit = text[start:].split(None, 2)[:2]
    assert unit == "kB"
    return int(number) * 1024


def memory():
    return status("VmSize:")


def resident():
    return status("VmRSS:")


def request(log_path):
    began = datetime.now()
    start = memory(), resident()
    end = memory(), resident()
    took = (datetime.now() - began).total_seconds()
    with open(log_path, "a") as log:
        log.write("%s %s %s %f %d %d %d %d\n" % (
            began.strftime("%Y-%m-%d_%H:%M:%S"), "RootObject:index.html", "-",
            took, start[0], start[1], end[0], end[1]))


def main():
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        for _ in range(REQUESTS):
            request(sys.argv[1])
        rounds.append((time.perf_counter_ns() - began) / REQUESTS)
    print("%.1f" % sorted(rounds)[ROUNDS // 2])


if __name__ == "__main__":
    main()
