"""A profile of the samples that perf recorded.

Usage: perf script -F ip,dso | perfsamples.py BUILDIDS >PROFILE

BUILDIDS is what perf buildid-list says.
"""

import sys

FRAMES = 128  # that a profile may have
ROOM = 1 << 32  # for each file: addresses are told as they are in it

build_ids = {}
for line in open(sys.argv[1]):
    build_id, path = line.split(None, 1)
    build_ids[path.strip()] = build_id
starts, stacks, stack = {}, [], []
for line in sys.stdin:
    if not line.strip():
        if stack:
            stacks.append(" ".join(stack[:FRAMES]))
        stack = []
        continue
    address, path = line.split(None, 1)
    path = path.strip()[1:-1]
    if path.startswith("["):  # of no file
        stack.append("1")
    else:
        start = starts.setdefault(path, ROOM * (len(starts) + 1))
        stack.append("%x" % (start + int(address, 16)))

lines = ["memprof-profile\t1", "clock\tcpu", "requests\t1"]
for path, start in starts.items():
    lines.append("object\t%x\t%x\t%x\t%s\t%s" % (
        start, start + ROOM, start, build_ids.get(path, "-"), path))
lines.append("page\tall\t1\t\\N\t\\N")
lines += ["stack\tcpu\t1\t1\t" + s for s in stacks]
lines.append("end\t%d" % len(lines))
print("\n".join(lines))
