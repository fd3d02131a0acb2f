"""Profiles of speedscope: what its schema asks for, and their numbers."""

import json
import sys

import model


def only(thing, required, optional=()):
    """A mistyped key is no optional one."""
    assert set(required) <= set(thing), thing
    assert set(thing) <= set(required) | set(optional), thing


def whole(value):
    return type(value) is int and 0 <= value < 1 << 53


def check(m):
    p = json.loads(m.written("speedscope").decode("utf-8"))
    only(p, ("$schema", "shared", "profiles"), ("name", "exporter"))
    assert p["$schema"] == \
        "https://www.speedscope.app/file-format-schema.json"
    only(p["shared"], ("frames",))
    frames = p["shared"]["frames"]
    for f in frames:
        only(f, ("name",), ("file", "line"))
        assert type(f["name"]) is str and type(f.get("file", "")) is str
        assert "line" not in f or whole(f["line"]) and f["line"] > 0
    assert [q["name"] for q in p["profiles"]] == list(m.pages)

    for page, q in enumerate(p["profiles"]):
        only(q, ("type", "name", "unit", "startValue", "endValue", "samples",
                 "weights"))
        assert (q["type"], q["unit"]) == ("sampled", "nanoseconds")
        assert len(q["samples"]) == len(q["weights"])
        assert all(whole(w) for w in q["weights"])
        got, want = {}, {}
        for places, weight in zip(q["samples"], q["weights"]):
            key = tuple((f["name"], f.get("file", ""), f.get("line", 0))
                        for f in (frames[i] for i in places))
            got[key] = got.get(key, 0) + weight
        for s in m.stacks:
            if s.page != page:
                continue
            key = tuple((model.plain(f.name),
                         model.plain(f.file or f.object), f.line or f.first)
                        for f in s.frames)
            want[key] = want.get(key, 0) + s.value
        assert got == want, set(got) ^ set(want)
        assert (q["startValue"], q["endValue"]) == (0, sum(want.values()))
        print("speedscope: %d stacks, %d ns" % (len(got), q["endValue"]))


for name in sys.argv[1:] or model.ALL:
    print(name)
    check(model.ALL[name]())
