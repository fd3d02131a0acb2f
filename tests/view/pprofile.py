"""Profiles of pprof, decoded."""

import gzip


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
