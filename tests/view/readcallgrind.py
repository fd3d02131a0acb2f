"""Profiles as callgrind_annotate reads them: every function's numbers."""

import os
import re
import subprocess
import sys
import tempfile

import model

LINE = re.compile(r"\s*([\d,]+|\.)\s+([\d,]+|\.)\s{1,2}(.*)")


def number(text):
    return 0 if text == "." else int(text.replace(",", ""))


def annotated(path, *options):
    """What it says: each function's ns and samples, and the totals."""
    run = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no",
         "--show-percs=no", *options, os.path.basename(path)],
        cwd=os.path.dirname(path), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    assert run.returncode == 0, run.stderr
    assert not run.stderr, run.stderr
    out = run.stdout.decode("utf-8", "replace")
    assert "WARNING" not in out
    got, totals = {}, None
    for line in out.split("\n"):
        m = LINE.fullmatch(line)
        if not m:
            continue
        numbers = number(m.group(1)), number(m.group(2))
        if m.group(3) == "PROGRAM TOTALS":
            totals = numbers
        else:
            assert m.group(3) not in got, line
            got[m.group(3)] = numbers
    return got, totals


def as_shown(f):
    return ":".join(map(model.unblanked, (f.file or "???", f.name)))


def compare(got, want, when):
    """Where a name comes with its object in brackets; what took nothing may be
    left out."""
    for shown in list(got):
        cut = re.sub(r" \[[^]]*(\[[^]]*\][^]]*)*\]$", "", shown)
        if shown not in want:
            assert cut not in got, shown
            got[cut] = got.pop(shown)
    for k in set(got) | {k for k in want if want[k] != (0, 0)}:
        assert got.get(k) == want.get(k), (when, k, got.get(k), want.get(k))


def check(m, path):
    with open(path, "wb") as f:
        f.write(m.written("callgrind"))
    sums = m.levels().sums(as_shown)
    got, totals = annotated(path)
    if m.ns == 0:
        return
    assert totals == (m.ns, m.samples), totals
    compare(got, {k: v[:2] for k, v in sums.items()}, "own")
    got, totals = annotated(path, "--inclusive=yes")
    assert totals == (m.ns, m.samples), totals
    compare(got, {k: v[2:] for k, v in sums.items()}, "with callees")
    # The outermost level is the function's own.
    for k, v in m.sums(as_shown).items():
        assert sums[k][2:] == v[2:], (k, sums[k], v)
    print("callgrind_annotate: %d functions, %d ns, %d samples" % (
        len(got), *totals))


with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or model.ALL:
        print(name)
        check(model.ALL[name](), os.path.join(folder, "p"))
