"""Profiles as text for host_model, and what their numbers are."""

import collections
import functools
import os
import random
import re
import subprocess

Frame = collections.namedtuple(
    "Frame", "name linkage object file first line address inlined",
    defaults=("", "/bin/app", "", 0, 0, 0, False))
Stack = collections.namedtuple("Stack", "frames samples value kind page",
                               defaults=("cpu", 0))

Note = collections.namedtuple("Note", "kind text start end frames")

UNSAMPLED = Frame("[unsampled]", object="")

# What plain.h shows as bytes, not as it is.
HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f"
                    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
                    "\ufffe\uffff\udc80-\udcff]")


def plain(text):
    """As names are shown; what is no UTF-8 is a lone surrogate here."""
    return HIDDEN.sub(
        lambda m: "".join("%%%02X" % b for b in
                          m.group().encode("utf-8", "surrogateescape")), text)


def unblanked(name):
    """As callgrind's readers need it."""
    return re.sub("^ ", "%20", plain(name))


def encoded(value):
    if not isinstance(value, str):
        return "%d" % value
    return "".join(chr(b) if chr(b).isalnum() and b < 0x80 else "%%%02X" % b
                   for b in value.encode("utf-8", "surrogateescape"))


@functools.lru_cache(maxsize=None)
def frame_text(frame):
    return "\t" + "|".join(encoded(v) for v in frame)


def frames_text(frames):
    return "".join(map(frame_text, frames))


class Model:
    def __init__(self, stacks, pages=("Page:index",), wall=False, oops="",
                 exe="/bin/app", objects=(), warnings=(), notes=()):
        self.stacks, self.pages, self.wall = stacks, pages, wall
        self.oops, self.exe = oops, exe
        self.objects, self.warnings = dict(objects), warnings
        self.notes = notes
        self.ns = sum(s.value for s in stacks)
        self.samples = sum(s.samples for s in stacks)

    def text(self):
        def line(*fields):
            return "\t".join(encoded(f) for f in fields)
        lines = [line("head", "wall" if self.wall else "cpu", self.oops,
                      self.exe)]
        lines += [line("page", p) for p in self.pages]
        lines += [line("object", *o) for o in self.objects.items()]
        lines += [line("warning", w) for w in self.warnings]
        for s in self.stacks:
            lines.append(line("stack", s.kind, s.page, s.samples, s.value) +
                         frames_text(s.frames))
        for n in self.notes:
            lines.append(line("note", n.kind, n.text, n.start, n.end) +
                         frames_text(n.frames))
        return "\n".join(lines) + "\n"

    def written(self, form):
        """The model in a format, as bytes."""
        host = os.path.join(os.environ["B"], "tests/view/host_model")
        return subprocess.run([host, form], input=self.text().encode(),
                              stdout=subprocess.PIPE, check=True).stdout

    def compared(self, form, after, folder):
        """What changed from this one to another, in a format, as bytes."""
        host = os.path.join(os.environ["B"], "tests/view/host_model")
        paths = [os.path.join(folder, n) for n in ("before", "after")]
        for path, each in zip(paths, (self, after)):
            with open(path, "w") as f:
                f.write(each.text())
        return subprocess.run([host, form] + paths, stdout=subprocess.PIPE,
                              check=True).stdout

    def sums(self, key):
        """Of each key: ns and samples of its own, and with what it called."""
        own, all_ = collections.Counter(), collections.Counter()
        own_samples, all_samples = (collections.Counter(),
                                    collections.Counter())
        for s in self.stacks:
            keys = [key(f) for f in s.frames]
            own[keys[-1]] += s.value
            own_samples[keys[-1]] += s.samples
            for k in set(keys):
                all_[k] += s.value
                all_samples[k] += s.samples
        return {k: (own[k], own_samples[k], all_[k], all_samples[k])
                for k in all_}

    def changed(self, frames, pages=None):
        """With other frames for each stack; of some pages only."""
        return Model([s._replace(frames=frames(s)) for s in self.stacks
                      if pages is None or s.page in pages], self.pages)

    def levels(self):
        """With a function for each level of a recursion, and for each page, as
        in callgrind's format."""
        def frames(s):
            seen = {}
            result = [Frame("[%s]" % self.pages[s.page], object="")]
            for f in s.frames:
                n = seen[f.file, f.name] = seen.get((f.file, f.name), 0) + 1
                result.append(f._replace(
                    name=f.name + ("'%d" % n if n > 1 else "")))
            return result
        return self.changed(frames)


def fib(depth):
    return [Frame("fib", file="fib.c", first=3, line=3 + (i + 1 < depth))
            for i in range(depth)]


def recursion():
    main = Frame("main", file="fib.c", first=10, line=12)
    even = Frame("even", file="odd.c", first=1, line=2)
    odd = Frame("odd", file="odd.c", first=5, line=6)
    stacks = [Stack([main] + fib(i), 1, 1000 + i) for i in range(1, 12)]
    stacks += [Stack([main] + [even, odd] * 3, 2, 50),
               Stack([main] + [odd, even] * 2, 3, 70),
               # Cut stacks begin anywhere.
               Stack([odd, even], 1, 11), Stack(fib(3), 1, 13),
               Stack([UNSAMPLED], 0, 17, "unsampled")]
    return Model(stacks)


def inlines():
    main = Frame("main", file="/src/a.c", first=1, line=9, address=0x1000)
    outer = Frame("outer(int)", "_Z5outeri", file="/src/a.c", first=20,
                  line=25, address=0x1100)
    middle = Frame("middle", file="/src/b.h", first=3, line=4,
                   address=0x1100, inlined=True)
    inner = Frame("inner", file="/src/b.h", first=7, line=8,
                  address=0x1100, inlined=True)
    free = Frame("free", object="/lib/libc.so", address=0x2200)
    return Model([Stack([main, outer, middle, inner], 5, 500),
                  Stack([main, outer, middle], 2, 200),
                  Stack([main, outer, middle, inner, free], 1, 100),
                  Stack([main, outer], 1, 30)],
                 objects={"/bin/app": "c0ffee", "/lib/libc.so": "1b2c"},
                 exe="/bin/app")


def wall():
    read = Frame("read", object="/lib/libc.so")
    main = Frame("main", file="m.c", first=1, line=2)
    return Model([Stack([main, read], 7, 7 * 10 ** 9, "blocked", 1),
                  Stack([main], 2, 2 * 10 ** 7, "cpu", 1),
                  Stack([main], 1, 10 ** 7, "cpu", 0),
                  Stack([UNSAMPLED], 0, 5, "unsampled", 0)],
                 pages=("Shop:cart", "a;b%20\"c\""), wall=True,
                 oops="OOPS-12", warnings=("/bin/app has changed",))


NAMES = ["new\nline", "\"quoted\"", "a;b;c", "tab\there", "back\\slash",
         "\udcff\udcfebytes", "\x01\x1b[31mred\x7f", "caf\xe9 \u65e5\u672c",
         "operator<<(std::ostream&, char)", "fn=(1) main", "(7)", "(8) x",
         "calls=1 1", "10 20 30", "</script><b>", "%0A%s%n", "f'2", "-", " ",
         " leading", "trailing ", "lambda::{closure#0}", "\u202eright",
         "x" * 3000, "file:name", "totals: 1", "{\"a\": [1]}", "a [b]"]


def hostile():
    main = Frame("main", file="m.c", first=1, line=2)
    stacks = []
    for i, name in enumerate(NAMES):
        stacks.append(Stack([main, Frame(name, name, "/bin/" + name, name, i,
                                         i)], 1, 1000 + i))
        # By name alone, and again below itself.
        stacks.append(Stack([Frame(name, object="")] * 2, 1, 5000 + i))
    return Model(stacks, pages=("new%0Aline",), oops="\"oops\"",
                 exe="/bin/" + NAMES[0], warnings=NAMES[:3],
                 objects={"/bin/" + n: "ab" for n in NAMES[:9]})


def many(seed=7):
    """As large as real ones are."""
    r = random.Random(seed)
    frames = [Frame("f%d" % (i % 300), object="/lib/%d" % (i % 9),
                    file="s%d.c" % (i // 60) if i % 5 else "", first=i % 50,
                    line=r.randrange(100) if i % 5 else 0,
                    inlined=i % 7 == 3) for i in range(600)]
    stacks = []
    for _ in range(600):
        depth = r.choice((1, 2, 5, 20, 60, 128))
        stacks.append(Stack([r.choice(frames) for _ in range(depth)],
                            r.randrange(1, 9), r.randrange(1, 10 ** 10)))
    return Model(stacks)


def empty():
    return Model([])


ALL = {f.__name__: f for f in (recursion, inlines, wall, hostile, many,
                               empty)}
