"""Reads a profile's page as a browser would, from its standard input, and sees
that it is whole, alone in the world, and that its numbers add up.

Usage: readpage.py [FUNCTION...], each of which must have a row in the table.
"""

import base64
import hashlib
import html.parser
import json
import re
import sys

EMPTY = {"meta", "input", "br"}
TAGS = EMPTY | set("""html head title style body header h1 h2 main section p ul
li label fieldset legend button nav ol span b bdi code small div table thead
tbody tr th td dl dt dd footer script svg rect text""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class scope id type
value checked hidden width height x y data-id data-v data-h role
aria-sort aria-label aria-hidden aria-keyshortcuts""".split())


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.policy, self.data = [], None, None
        self.hashes = {"style": [], "script": []}
        self.cells, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, "a tag <%s>" % tag
        a = dict(attributes)
        assert len(a) == len(attributes), "an attribute twice"
        assert set(a) <= ATTRIBUTES, "attributes %s" % a
        if a.get("http-equiv") == "Content-Security-Policy":
            assert not self.policy and self.open == ["html", "head"]
            self.policy = a["content"]
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tr" and "data-id" in a:
            self.cells.append([])
        self.attributes, self.text = a, ""

    def handle_startendtag(self, tag, attributes):
        assert "svg" in self.open, "<%s/>" % tag
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, "</%s>" % tag
        if tag == "script" and self.attributes:
            assert self.attributes == {"type": "application/json",
                                       "id": "data"}
            self.data = json.loads(self.text)
        elif tag in self.hashes:
            self.hashes[tag].append(base64.b64encode(hashlib.sha256(
                self.text.encode()).digest()).decode())
            assert "</" not in self.text and "url(" not in self.text
        elif tag == "bdi" and self.open[-2:] == ["th", "span"]:
            self.cells[-1].append(self.text)
        elif tag == "td" and "data-v" in self.attributes and self.cells:
            self.cells[-1].append(int(self.attributes["data-v"]))

    def handle_data(self, text):
        self.text += text

    def handle_comment(self, text):
        raise AssertionError("a comment: " + text)

    def unknown_decl(self, text):
        raise AssertionError("a declaration: " + text)


def check_policy(page):
    want = "default-src 'none'"
    for kind in "style", "script":
        want += "; %s-src %s" % (kind, " ".join(
            "'sha256-%s'" % h for h in page.hashes[kind]))
    want += "; base-uri 'none'; form-action 'none'"
    assert page.policy == want, (page.policy, want)


def check_data(d):
    """The parts of each call are not more than it."""
    n = len(d["node"])
    left = list(d["total"])
    for column in "parent", "total", "self", "samples", "blocked":
        assert len(d[column]) == n, column
    assert d["node"][0] == d["parent"][0] == -1
    for i in range(n):
        left[i] -= d["self"][i]
        assert d["self"][i] >= 0 and d["blocked"][i] <= d["total"][i]
        if i > 0:
            assert 0 <= d["parent"][i] < i
            assert d["parent"][i] >= d["parent"][i - 1], "not level by level"
            assert 0 <= d["node"][i] < len(d["places"])
            left[d["parent"][i]] -= d["total"][i]
    assert min(left) >= 0, "more in the parts than in the whole"
    for place in d["places"]:
        assert 0 <= place[0] < len(d["functions"])
    for f in d["functions"]:
        assert -1 <= f["object"] < len(d["objects"])
    return sum(left)


def main():
    source = sys.stdin.buffer.read().decode()
    page = Page()
    page.feed(source)
    page.close()
    assert not page.open, "not closed: %s" % page.open
    assert source.startswith("<!DOCTYPE html>\n")
    assert source.endswith("</html>\n")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e"
                         "\u2066-\u2069]", source), "a control"
    check_policy(page)
    folded = check_data(page.data)
    if "folded into their callers" not in source:
        # All that is in the picture is in the table: each part once.
        assert folded == 0, folded
        if "more functions" not in source:
            assert sum(row[1] for row in page.cells) == page.data["total"][0]
    own = [row[1] for row in page.cells]
    assert own == sorted(own, reverse=True), "not by what they took"
    names = [row[0] for row in page.cells]
    for name in sys.argv[1:]:
        assert name in names, (name, names[:20])


main()
