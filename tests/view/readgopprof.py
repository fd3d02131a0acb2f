"""Profiles of pprof as protoc and `go tool pprof` read them."""

import os
import re
import subprocess
import sys
import tempfile
import zlib

import model

SCHEMA = "/usr/share/gocode/src/github.com/google/pprof/proto/profile.proto"
LINE = re.compile(r" *(\S+) +\S+ +\S+ +(\S+) +\S+ {2}(.*)")


def run(command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          **more).stdout.decode("utf-8")


def decoded(path):
    """By the schema: samples and ns, and how many of each message."""
    with open(path, "rb") as f:
        raw = zlib.decompress(f.read(), 31)
    text = run(["protoc", "--decode=perftools.profiles.Profile",
                "-I" + os.path.dirname(SCHEMA), os.path.basename(SCHEMA)],
               input=raw)
    assert not re.search(r"^ *[0-9]", text, re.M), "unknown fields"
    samples = re.findall(r"^sample \{\n(?:  location_id: \d+\n)*"
                         r"  value: (\d+)\n  value: (\d+)\n", text, re.M)
    assert len(samples) == len(re.findall(r"^sample \{", text, re.M))
    return [sum(int(s[i]) for s in samples) for i in (0, 1)], {
        kind: len(re.findall(r"^%s \{" % kind, text, re.M))
        for kind in ("sample", "location", "function", "mapping")}


def ns(text):
    assert text == "0" or text.endswith("ns"), text
    return int(text.replace("ns", ""))


def top(path):
    """What each function took by itself, and with its callees; all."""
    text = run(["go", "tool", "pprof", "-top", "-unit=ns", "-nodecount=0",
                "-symbolize=demangle=none",
                "-nodefraction=0", "-edgefraction=0", path],
               stderr=subprocess.DEVNULL)
    head, rows = text.split("      flat  flat%   sum%        cum   cum%\n")
    total = re.search(r"Total samples = (\S+) ", head).group(1)
    got = {}
    for row in rows.splitlines():
        m = LINE.fullmatch(row)
        name = re.sub(r" \((partial-)?inline\)$", "", m.group(3))
        assert name not in got, name
        got[name] = ns(m.group(1)), ns(m.group(2))
    return got, ns(total)


def raw(path):
    """The sums of both values of all samples."""
    text = run(["go", "tool", "pprof", "-raw", path],
               stderr=subprocess.DEVNULL)
    body = text.split("\nSamples:\n")[1].split("\nLocations\n")[0]
    values = re.findall(r"^ *(\d+) +(\d+):", body, re.M)
    return [sum(int(v[i]) for v in values) for i in (0, 1)]


def check(m, path):
    with open(path, "wb") as f:
        f.write(m.written("pprof"))
    sums, counts = decoded(path)
    assert sums == [m.samples, m.ns], sums
    print("protoc: %s, %d ns" % (counts, sums[1]))
    got, total = top(path)
    assert total == m.ns, total
    want = {k: (v[0], v[2]) for k, v in
            m.sums(lambda f: model.plain(f.name)).items()}
    assert got == want, set(got.items()) ^ set(want.items())
    assert raw(path) == [m.samples, m.ns]
    print("go tool pprof: %d functions, %d ns" % (len(got), total))


with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or model.ALL:
        print(name)
        check(model.ALL[name](), os.path.join(folder, "p"))
