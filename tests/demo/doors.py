"""Asks memprof-demo for profiles, by each way there is, and looks at what comes
back.  Usage: doors.py HOST:PORT KEY; prints the ids of the reports that it was
told; fails where an answer is not as it should be."""

import http.client
import os
import re
import sys
import xml.etree.ElementTree as xml

address, key = sys.argv[1:]
host, port = address.split(":")
server = http.client.HTTPConnection(host, int(port), timeout=60)


# Signals that the thread sanitizer delivers late are no samples.
sampled = "thread" not in os.environ.get("MEMPROF_TEST_SANITIZE", "")


def ask(path, key=key):
    server.request("GET", path, headers={"X-Profile-Key": key} if key else {})
    r = server.getresponse()
    return r.status, r.getheader("Content-Type"), r.read().decode()


def check(what, good, seen=""):
    if not good:
        sys.exit(f"{what}\n{seen}")


def expect(what, got, want):
    check(f"{what}: {got!r} instead of {want!r}", got == want)


html = "text/html; charset=utf-8"
plain = ask("/busy")
expect("the page", plain[:2], (200, html))

# Whoever has no key finds no page of that name, and no profile.
for k in None, "", "sesame", key + "x":
    expect("without a key", ask("/++profile++pprof/busy", k)[0], 404)
    expect("without a key", ask("/busy?profile", k), plain)
expect("help without a key", ask("/++profile++help/", None)[0], 404)

# The piece of the page: the page is as it was around it.
for path in ("/++profile++callgrind/busy", "/busy/++profile++callgrind",
             "/%2b%2Bprofile++%20Callgrind%26nonsense%3Cimg%3E/busy",
             "/busy?profile", "/busy?a=b&profile=1&interval=0.005"):
    status, kind, page = ask(path)
    expect(path, (status, kind), (200, html))
    piece = re.search('<div class="memprof-profile".*?</div>\n', page, re.S)
    check(path, piece, page)
    expect(path, page.replace(piece[0], ""), plain[2])
    check(path, page.index(piece[0]) < page.index("</body>"), page)
    check(path, "Profile of: <code>Demo:busy<" in piece[0], page)
    check(path, "memprof view " in piece[0], page)
    check(path, "<img" not in piece[0], page)
    expect(path, "nonsense&lt;img&gt;" in piece[0], "nonsense" in path)
    file = re.search("File: <code>(.*?)<", piece[0])[1]
    with open(file) as f:
        expect(file, f.readline(), "memprof-profile\t1\n")
    oops = re.search("Report: <code>(OOPS-[0-9a-f]{32})<", piece[0])[1]
    check(path, f"-Demo:busy-{oops}-" in file, page)
    print(oops)

# Text in place of the page.
status, kind, text = ask("/++profile++show/busy")
expect("show", (status, kind), (200, "text/plain; charset=utf-8"))
check("show", text.startswith("Profile of: Demo:busy\nReport: OOPS-"), text)
check("show", "demo_busy_words" in text or not sampled, text)
print(re.search("Report: (OOPS-.*)", text)[1])

# A picture in place of it.
for path in "/++profile++flamegraph/busy", "/busy?flamegraph=1&interval=0.001":
    status, kind, svg = ask(path)
    expect(path, (status, kind), (200, "image/svg+xml"))
    expect(path, xml.fromstring(svg).tag, "{http://www.w3.org/2000/svg}svg")
    check(path, "demo_busy_words" in svg or not sampled, svg)

# Help, and what was not understood, as text.
status, kind, page = ask("/++profile++%3Cscript%3E/busy")
expect("help", (status, kind), (200, html))
check("help", "<code>&lt;script&gt;</code>" in page, page)
check("help", "<script" not in page, page)

# Served plainly: an interval out of bounds, and pages that are no HTML.
expect("interval", ask("/++profile++show/busy?interval=7"), plain)
expect("text", ask("/++profile++callgrind/clean"), ask("/clean"))
# Profiled all the same: a request that is detached meanwhile, and a stream.
expect("slow", ask("/++profile++pprof/slow")[0], 200)
expect("stream", len(ask("/++profile++pprof/stream?pieces=3")[2]), 3 * 4096)

# And then the minute is full.
while "memprof-profile" in ask("/++profile++pprof/busy")[2]:
    pass
for path in "/++profile++pprof/busy", "/++profile++show/busy", "/busy?profile":
    expect("the minute is full", ask(path), plain)
expect("help", "<h1>" in ask("/++profile++help/")[2], True)
