"""Reads a report as HTML, as a browser would, and sees that it is what it says
it is: whole, alone in the world, and with the numbers of the JSON.

Usage: readhtml.py HTML JSON
"""

import base64
import hashlib
import html.parser
import json
import re
import sys

EMPTY = {"meta", "input", "img", "source", "br"}
TAGS = EMPTY | set("""html head title style body header h1 h2 h3 main section p
ul li label select span b bdi div table thead tbody tfoot tr th td details
summary dl dt dd footer script figure picture""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class scope title for
id type hidden src srcset media alt data-key data-v data-h aria-sort
""".split())


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.texts, self.metas = [], {}, {}
        # Of the first table, that of the pages.
        self.heads, self.rows, self.cell, self.tables = [], [], None, 0

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, "a tag <%s>" % tag
        a = dict(attributes)
        assert len(a) == len(attributes), "an attribute twice"
        assert set(a) <= ATTRIBUTES, "attributes %s" % a
        for name in "src", "srcset":
            assert a.get(name, "data:").startswith("data:"), a[name][:80]
        if tag == "meta":
            self.metas.update({a.get("http-equiv", a.get("name")):
                               a.get("content")})
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "table":
            self.tables += 1
        if "tfoot" in self.open or self.tables > 1:
            return
        if tag == "th" and a.get("scope") == "col":
            self.heads.append(a)
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.cell = dict(a, text="")
            self.rows[-1].append(self.cell)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, "</%s>" % tag
        if tag in ("th", "td"):
            self.cell = None

    def handle_data(self, text):
        tag = self.open[-1] if self.open else ""
        self.texts[tag] = self.texts.get(tag, "") + text
        if self.cell:
            self.cell["text"] += text

    def handle_comment(self, text):
        raise AssertionError("a comment: " + text)

    def unknown_decl(self, text):
        raise AssertionError("a declaration: " + text)


with open(sys.argv[1], encoding="utf-8", newline="\n") as f:
    source = f.read()
page = Page()
page.feed(source)
page.close()
assert not page.open, "not closed: %s" % page.open
assert source.startswith("<!DOCTYPE html>\n") and source.endswith("</html>\n")

# What it allows is its own style and its own script, and nothing else.
policy = page.metas["Content-Security-Policy"]
assert "default-src 'none'" in policy and "unsafe" not in policy, policy
for tag, name in ("style", "STYLE"), ("script", "SCRIPT"):
    assert len(re.findall("<%s>" % tag, source)) == 1
    sum256 = base64.b64encode(
        hashlib.sha256(page.texts[tag].encode()).digest()).decode()
    assert "%s-src 'sha256-%s';" % (tag, sum256) in policy, (
        "MP_HTML_%s_SHA256 in src/report/htmlstyle.h should be %s"
        % (name, sum256))
    assert "</" not in page.texts[tag] and "//" not in page.texts[tag]

# Each row has the numbers of the JSON, and its id as what it is.
with open(sys.argv[2], encoding="utf-8") as f:
    report = json.load(f)
rows = page.rows[1:]
keys = [h.get("data-key") for h in page.heads]
numbers = {k for k in keys if k} - {"page_id", "verdict"}
assert numbers >= {"requests", "retained", "retained_mean", "rss", "peak_max",
                   "allocated", "freed", "duration_max"}, keys
assert len(rows) == len(report["pages"]), "not all pages"
steered = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")
for cells, want in zip(rows, report["pages"]):
    assert len(cells) == len(keys), "uneven"
    if steered.search(want["page_id"]):
        assert not steered.search(cells[0]["text"])
    else:
        assert cells[0]["text"] == want["page_id"], cells[0]
    for key, cell in zip(keys, cells):
        if key == "verdict":
            assert cell["text"] == want[key]
        elif key in numbers and want[key] is None:
            assert cell["data-v"] == "" and cell["text"] == "\u2014", cell
        elif key in numbers:
            assert float(cell["data-v"]) == want[key], (key, cell, want[key])
            assert re.match(r"-?\d", cell["text"]), cell
print(len(rows), "rows")
