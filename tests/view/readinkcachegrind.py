"""Profiles as KCacheGrind reads them: what its window says.

Usage: readinkcachegrind.py FOLDER; needs a display.
       readinkcachegrind.py --show FILE; needs a session bus of its own, too.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

import model

PATIENCE_S = 20  # of one that was started
STARTS = 8
LOOK = os.path.join(os.path.dirname(__file__), "lookatkcachegrind.py")


def number(text):
    """Digits in groups; `-` and brackets around what is none of its own."""
    return int(re.sub(r"\D", "", text) or "0")


def look(path):
    """What it shows of a file, as soon as it does, or None.  Who looks too early
    sees nothing of that window ever after, so it is another one each time."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        run = subprocess.run(
            ["timeout", "20", sys.executable, LOOK, os.path.basename(path)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if run.returncode == 0:
            return json.loads(run.stdout)
        time.sleep(.1)
    return None


def show(path):
    program = subprocess.Popen(["kcachegrind", path],
                               stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    try:
        shown = look(path)
    finally:
        program.terminate()
        program.wait()
    if not shown:
        sys.exit(1)
    json.dump(shown, sys.stdout)


def shown_by_one(path):
    """On buses of its own, session's and accessibility's: once one of these
    has lost a window, it does not find the next ones either."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as run_dir:
        run = subprocess.run(
            ["dbus-run-session", sys.executable, __file__, "--show", path],
            env=dict(os.environ, XDG_RUNTIME_DIR=run_dir),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if run.returncode:
        return None
    # The services of a bus write there, too.
    return json.loads(run.stdout.splitlines()[-1])


def seen(path):
    """Of each function: ns of its own, and with its callees; ns in all."""
    for _ in range(STARTS):
        shown = shown_by_one(path)
        if shown:
            break
    else:
        sys.exit("KCacheGrind does not show " + path)
    # Functions of one name in several files have a row each.
    got = {}
    for whole_ns, own_ns, _, name, _ in shown["rows"]:
        own, whole = got.get(name, (0, 0))
        got[name] = own + number(own_ns), whole + number(whole_ns)
    return got, number(shown["total"])


def check(name, m, folder):
    path = os.path.join(folder, "callgrind.%s" % name)
    with open(path, "wb") as f:
        f.write(m.written("callgrind"))
    got, total = seen(path)
    assert total == m.ns, (total, m.ns)
    want = {k: (v[0], v[2]) for k, v in m.levels().sums(
        lambda f: model.unblanked(f.name)).items()}
    for k in set(got) | set(want):
        assert got.get(k) == want.get(k), (k, got.get(k), want.get(k))
    print("kcachegrind: %s, %d functions, %d ns" % (name, len(got), total))


if sys.argv[1] == "--show":
    show(sys.argv[2])
else:
    for name in "inlines", "recursion", "wall", "hostile":
        check(name, model.ALL[name](), sys.argv[1])
