"""Profiles of pprof: their numbers, labels, inlines and mappings."""

import sys

import model
from pprofile import Message, Profile


def wanted(frames):
    """A location has one address and one mapping, those of its caller."""
    result, outer = [], None
    for i, f in enumerate(frames):
        inlined = f.inlined and i > 0
        outer = outer if inlined else f
        result.append((
            model.plain(f.name), model.plain(f.linkage or f.name),
            model.plain(outer.object), model.plain(f.file), f.first, f.line,
            outer.address, inlined))
    return result


def check(m):
    data = m.written("pprof")
    p = Profile(data)
    clock = "wall" if m.wall else "cpu"
    types = [tuple(p.strings[v] for v in (t[1], t[2]))
             for t in p.p.messages(1)]
    assert types == [("samples", "count"), (clock, "nanoseconds")], types
    period = Message(p.p[11])
    assert (p.strings[period[1]], p.p[12]) == (clock, 4000000)
    assert p.strings[p.p[14]] == clock
    assert p.p[9] == 1234567890123456000 and p.p[10] == 5000000000
    assert [p.strings[c] for c in p.p.all(13)] == [
        model.plain(w) for w in m.warnings]

    # Equal stacks are one: in the model they are not yet.
    def sums(stacks):
        out = {}
        for key, samples, value in stacks:
            a, b = out.get(key, (0, 0))
            out[key] = a + samples, b + value
        return out
    want = []
    for s in m.stacks:
        labels = {"page": m.pages[s.page]}
        if m.oops:
            labels["oops"] = model.plain(m.oops)
        if m.wall:
            labels["kind"] = s.kind
        want.append(((tuple(wanted(s.frames)), tuple(labels.items())),
                     s.samples, s.value))
    samples = p.p.messages(2)
    got = [((tuple(p.frames(s)), tuple(p.labels(s).items())), *s.packed(2))
           for s in samples]
    assert sums(want) == sums(got)

    assert {n for s in samples for n in s.packed(1)} == set(p.locations)
    paths = {}
    for number, mapping in p.mappings.items():
        path = p.strings[mapping[5]]
        paths[path] = mapping
        of = [f for s in m.stacks for f in s.frames
              if model.plain(f.object) == path]
        assert mapping[7] == 1
        assert mapping[8] == any(f.file for f in of), path
        assert mapping[9] == mapping[10] == any(f.line for f in of), path
    for path, build in m.objects.items():
        assert p.strings[paths[model.plain(path)][6]] == build
    if model.plain(m.exe) in paths:
        assert p.strings[p.p.messages(3)[0][5]] == model.plain(m.exe)
    print("pprof: %d samples, %d locations, %d functions, %d ns" % (
        len(samples), len(p.locations), len(p.functions),
        sum(s.packed(2)[1] for s in samples)))


for name in sys.argv[1:] or model.ALL:
    print(name)
    check(model.ALL[name]())
