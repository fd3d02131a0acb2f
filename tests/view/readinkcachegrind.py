"""Profiles as KCacheGrind reads them: what its window says.

Usage: readinkcachegrind.py FOLDER; needs a display and a session bus.
"""

import os
import re
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

import model

PATIENCE_S = 60
HEADERS = ["Incl.", "Self", "Called", "Function", "Location"]


def children(a):
    return [a.get_child_at_index(i) for i in range(a.get_child_count())]


def find(a, right):
    """The first one below `a` that is right; None while there is none."""
    for child in children(a):
        if child is not None:
            found = child if right(child) else find(child, right)
            if found is not None:
                return found


def is_list_of_functions(a):
    return a.get_role_name() == "tree" and a.get_child_count() > len(
        HEADERS) and [c.get_name() for c in children(a)[:len(HEADERS)]
                      ] == HEADERS


def is_status(path):
    begin = os.path.basename(path) + " [1] - Total ns Cost: "
    return lambda a: a.get_role_name() == "label" and a.get_name(
        ).startswith(begin)


def number(text):
    """Digits in groups; `-` and brackets around what is none of its own."""
    return int(re.sub(r"\D", "", text) or "0")


def seen(path):
    """Of each function: ns of its own, and with its callees; ns in all."""
    program = subprocess.Popen(["kcachegrind", path],
                               stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                status = find(Atspi.get_desktop(0), is_status(path))
                functions = find(Atspi.get_desktop(0), is_list_of_functions)
                if status and functions:
                    cells = [c.get_name() for c in children(functions)]
                    break
            except GLib.Error:
                pass  # It is still being built.
            time.sleep(.1)
        else:
            sys.exit("KCacheGrind does not show " + path)
        rows = [cells[i:i + len(HEADERS)]
                for i in range(len(HEADERS), len(cells), len(HEADERS))]
        # Functions of one name in several files have a row each.
        got = {}
        for r in rows:
            own, whole = got.get(r[3], (0, 0))
            got[r[3]] = own + number(r[1]), whole + number(r[0])
        return got, number(status.get_name().rsplit(":", 1)[1])
    finally:
        program.terminate()
        program.wait()


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


for name in "inlines", "recursion", "wall", "hostile":
    check(name, model.ALL[name](), sys.argv[1])
