"""Profiles as Python's own pstats reads them: all numbers."""

import os
import pstats
import sys
import tempfile

import model


def key(f):
    return (model.plain(f.file or f.object or "~"), f.first,
            model.plain(f.name))


def calls(m):
    """Of each function, and of each pair of caller and callee: how often it is
    on a stack, on how many, ns at leaves, ns of those stacks."""
    sums = {}

    def add(what, each, seen, s, leaf):
        nc, cc, tt, ct = sums.get(what, (0, 0, 0, 0))
        first = what not in seen
        seen.add(what)
        sums[what] = (nc + s.samples, cc + first * s.samples,
                      tt + leaf * s.value, ct + first * s.value)

    for s in m.stacks:
        keys, seen = [key(f) for f in s.frames], set()
        for i, k in enumerate(keys):
            leaf = i + 1 == len(keys)
            add((k, None), keys, seen, s, leaf)
            if i > 0:
                add((k, keys[i - 1]), keys, seen, s, leaf)
    return sums


def ns(seconds):
    return round(seconds * 1e9)


def close(seconds, want):
    """A double has 53 bits."""
    return abs(ns(seconds) - want) <= want >> 50


def check(m, path):
    with open(path, "wb") as f:
        f.write(m.written("pstats"))
    if not m.stacks:
        return  # Which pstats refuses, cProfile's own too.
    stats = pstats.Stats(path, stream=open(os.devnull, "w"))
    want = calls(m)
    got = {}
    for k, (cc, nc, tt, ct, callers) in stats.stats.items():
        got[k, None] = (nc, cc, tt, ct)
        for caller, value in callers.items():
            got[k, caller] = value
    assert set(got) == set(want), set(got) ^ set(want)
    for what, (nc, cc, tt, ct) in got.items():
        assert (nc, cc) == want[what][:2], (what, want[what], nc, cc)
        assert close(tt, want[what][2]), (what, want[what], tt)
        assert close(ct, want[what][3]), (what, want[what], ct)
    assert close(stats.total_tt, m.ns), (stats.total_tt, m.ns)
    stats.strip_dirs().sort_stats("cumulative").print_stats()
    stats.print_callers()
    stats.print_callees()
    print("pstats: %d functions, %d calls, %d primitive, %d ns" % (
        len(stats.stats), stats.total_calls, stats.prim_calls,
        ns(stats.total_tt)))


with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or model.ALL:
        print(name)
        check(model.ALL[name](), os.path.join(folder, "p"))
