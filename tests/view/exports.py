"""What memprof view writes of one profile in each format: one total, and one
set of functions.  Usage: exports.py FOLDER; it has json, callgrind, ..."""

import json
import marshal
import os
import re
import sys

import pprofile


def content(name):
    with open(os.path.join(sys.argv[1], name), "rb") as f:
        return f.read()


def said(what, got, want):
    if got != want:
        sys.exit("%s: %s, not %s" % (what, got, want))
    print("%s: %s" % (what, len(got) if isinstance(got, list) else got))


calls = json.loads(content("json"))
total = calls["total_ns"]
names = {f["name"] for f in calls["functions"]}

text = content("callgrind").decode()
said("callgrind", int(re.search(r"^totals: (\d+)", text, re.M).group(1)),
     total)
found = {re.sub(r"'\d+$", "", n)
         for n in re.findall(r"^c?fn=\(\d+\) (.*)", text, re.M)}
pages = {"[%s]" % p["id"] for p in calls["pages"]}
said("callgrind's functions", sorted(found - pages), sorted(names))

p = pprofile.Profile(content("pprof"))
said("pprof", sum(s.packed(2)[1] for s in p.p.messages(2)), total)
said("pprof's functions",
     sorted({p.strings[f[2]] for f in p.functions.values()}), sorted(names))
said("pprof's build id", p.strings[p.p.messages(3)[0][6]], sys.argv[2])
inlined = [loc for loc in p.locations.values() if len(loc.all(4)) > 1]
said("pprof has inlined calls", len(inlined) > 0, True)

scope = json.loads(content("speedscope"))
said("speedscope", sum(q["endValue"] for q in scope["profiles"]), total)
said("speedscope's functions",
     sorted({f["name"] for f in scope["shared"]["frames"]}), sorted(names))

stats = marshal.loads(content("pstats"))
said("pstats", round(sum(v[2] for v in stats.values()) * 1e9), total)
said("pstats' functions", sorted({k[2] for k in stats}), sorted(names))
