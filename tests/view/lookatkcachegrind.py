"""Prints what KCacheGrind's window says of a file: its list of functions and
the total.  Fails where there is no such window yet.

Usage: lookatkcachegrind.py FILE'S NAME
"""

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

HEADERS = ["Incl.", "Self", "Called", "Function", "Location"]
TOTAL = sys.argv[1] + " [1] - Total ns Cost: "


def children(a):
    return [a.get_child_at_index(i) for i in range(a.get_child_count())]


def find(a, right):
    """The first one below `a` that is right; None where there is none."""
    for child in children(a):
        if child is not None:
            found = child if right(child) else find(child, right)
            if found is not None:
                return found


def is_list_of_functions(a):
    return a.get_role_name() == "tree" and a.get_child_count() > len(
        HEADERS) and [c.get_name() for c in children(a)[:len(HEADERS)]
                      ] == HEADERS


def is_status(a):
    return a.get_role_name() == "label" and a.get_name().startswith(TOTAL)


try:
    status = find(Atspi.get_desktop(0), is_status)
    functions = find(Atspi.get_desktop(0), is_list_of_functions)
    if not status or not functions:
        sys.exit(1)
    cells = [c.get_name() for c in children(functions)][len(HEADERS):]
    json.dump({"total": status.get_name()[len(TOTAL):],
               "rows": [cells[i:i + len(HEADERS)]
                        for i in range(0, len(cells), len(HEADERS))]},
              sys.stdout)
except (GLib.Error, AttributeError):
    sys.exit(1)  # It is still being built.
