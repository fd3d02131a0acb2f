"""Profiles of pprof, decoded: their numbers, labels, inlines and mappings."""

import gzip
import sys

import model


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Each field's number and value, in order."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        assert tag & 7 in (0, 2), tag
        value, at = varint(data, at)
        if tag & 7 == 2:
            assert at + value <= len(data)
            at, value = at + value, data[at:at + value]
        yield tag >> 3, value


class Message:
    """What field 3 is: `[3]`; all of them, where it is repeated: `all(3)`."""

    def __init__(self, data):
        self.fields = list(fields(data))

    def __getitem__(self, number):
        values = self.all(number)
        assert len(values) <= 1, values
        return values[0] if values else 0

    def all(self, number):
        return [v for n, v in self.fields if n == number]

    def messages(self, number):
        return [Message(v) for v in self.all(number)]

    def packed(self, number):
        values, data, at = [], self[number] or b"", 0
        while at < len(data):
            value, at = varint(data, at)
            values.append(value)
        return values


class Profile:
    def __init__(self, data):
        p = self.p = Message(gzip.decompress(data))
        self.strings = [s.decode() for s in p.all(6)]
        assert self.strings[0] == "" and len(set(self.strings)) == len(
            self.strings)
        self.functions = {f[1]: f for f in p.messages(5)}
        self.mappings = {f[1]: f for f in p.messages(3)}
        self.locations = {f[1]: f for f in p.messages(4)}
        for all_, n in ((self.functions, 5), (self.mappings, 3),
                        (self.locations, 4)):
            assert 0 not in all_ and len(all_) == len(p.all(n))

    def frames(self, sample):
        """The root first, as the model has them."""
        frames = []
        for number in reversed(sample.packed(1)):
            location = self.locations[number]
            mapping = self.mappings[location[2]] if location[2] else None
            lines = location.messages(4)
            for i, line in enumerate(reversed(lines)):
                f = self.functions[line[1]]
                frames.append((
                    self.strings[f[2]], self.strings[f[3]],
                    self.strings[mapping[5]] if mapping else "",
                    self.strings[f[4]], f[5], line[2],
                    location[3], i > 0))
        return frames

    def labels(self, sample):
        return {self.strings[m[1]]: self.strings[m[2]]
                for m in sample.messages(3)}


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
