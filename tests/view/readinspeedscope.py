"""Profiles as speedscope reads them in Chromium: what it exports again, and
what it shows.

Usage: readinspeedscope.py FOLDER OF SPEEDSCOPE [FOLDER FOR PICTURES]
"""

import base64
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../report"))

import browser
import model

PATIENCE_S = 60
browser.LIMIT_S = 800  # Many pages, and large ones.


class Speedscope:
    def __init__(self, folder):
        self.browser = browser.Browser()
        self.page = os.path.join(folder, "index.html")
        self.count = 0

    def wait(self, script):
        end = time.monotonic() + PATIENCE_S
        while not self.browser.run(script):
            if time.monotonic() > end:
                sys.exit("speedscope shows: " + self.browser.run(
                    "document.body.innerText"))
            time.sleep(.02)

    def read(self, name, data):
        """Open a file; returns what speedscope would save."""
        b = self.browser
        self.count += 1
        # So its command line has it wait for a file; without the hash there is
        # no function to give it one.
        b.open("%s?%d#localProfilePath=none.js" % (self.page, self.count),
               1280)
        b.run("var saved = '', failed = '';"
              "URL.createObjectURL = function (blob) {"
              "  blob.text().then(function (t) { saved = t; }); return '#'; };"
              "HTMLAnchorElement.prototype.click = function () {};"
              "window.alert = function (text) { failed += text; };"
              "addEventListener('error', function (e) { failed += e.message;"
              " });"
              "speedscope.loadFileFromBase64(%s, %s)" % (
                  json.dumps(name),
                  json.dumps(base64.b64encode(data).decode())))
        self.wait("failed || document.body.innerText.includes('Time Order')")
        b.run("dispatchEvent(new KeyboardEvent('keydown',"
              " {key: 's', ctrlKey: true}))")
        self.wait("failed || saved")
        if b.run("failed"):
            sys.exit("%s: %s" % (name, b.run("failed")))
        return json.loads(b.run("saved"))

    def table(self):
        """The text of its table of functions."""
        self.browser.run("dispatchEvent(new KeyboardEvent('keypress',"
                         " {key: '3'}))")
        # Its rows come after its head.
        self.wait("/Symbol Name[^]*%/.test(document.body.innerText)")
        return self.browser.run("document.body.innerText")


def sums(saved, profile):
    """Of each name: what it took by itself, and with its callees."""
    own, whole, depth = {}, {}, {}
    stack, last = [], profile["startValue"]
    for e in profile["events"]:
        name = saved["shared"]["frames"][e["frame"]]["name"]
        if stack:
            own[stack[-1]] += e["at"] - last
        last = e["at"]
        if e["type"] == "O":
            own.setdefault(name, 0)
            depth[name] = depth.get(name, 0) + 1
            if depth[name] == 1:
                whole[name] = whole.get(name, 0) - e["at"]
            stack.append(name)
        else:
            assert stack.pop() == name
            depth[name] -= 1
            if depth[name] == 0:
                whole[name] += e["at"]
    assert not stack
    return {k: (own[k], whole[k]) for k in whole}


def check(what, saved, profile, m, shown=model.plain, slack=0):
    want = {k: (v[0], v[2])
            for k, v in m.sums(lambda f: shown(f.name)).items()}
    got = sums(saved, profile)
    assert abs(profile["endValue"] - m.ns) <= slack, (
        what, profile["endValue"], m.ns)
    for k in set(want) | set(got):
        a, b = want.get(k, (0, 0)), got.get(k, (0, 0))
        assert abs(a[0] - b[0]) <= slack and abs(a[1] - b[1]) <= slack, (
            what, k, a, b)
    print("%s: %d functions, %d %s" % (what, len(got), profile["endValue"],
                                       profile["unit"]))


def folded(s):
    """As folded stacks have them, with the lines of a profile by line."""
    frames = [f._replace(name=model.plain(f.name).replace(";", ":") + (
        ":%d" % f.line if f.line else "")) for f in s.frames]
    return frames + [model.Frame("[blocked]")] * (s.kind == "blocked")


def see(s, name, m):
    saved = s.read("p.json", m.written("speedscope"))
    assert len(saved["profiles"]) == len(m.pages)
    for page, profile in enumerate(saved["profiles"]):
        assert profile["name"] == m.pages[page]
        check("speedscope", saved, profile,
              m.changed(lambda s: s.frames, [page]))

    # It shows the outermost function of a location alone.
    saved = s.read("p.pb.gz", m.written("pprof"))
    assert len(saved["profiles"]) == 1
    check("pprof", saved, saved["profiles"][0], m.changed(
        lambda s: [f for i, f in enumerate(s.frames)
                   if i == 0 or not f.inlined]))

    saved = s.read("p.collapsedstack.txt", m.written("folded"))
    assert len(saved["profiles"]) == 1
    check("folded", saved, saved["profiles"][0], m.changed(folded))

    # It only has what each function called by whom: of that it leaves out what
    # is below 1/10,000 of all, and guesses where functions call each other.
    saved = s.read("callgrind.p", m.written("callgrind"))
    assert [p["name"] for p in saved["profiles"]] == [
        "callgrind.p -- ns", "callgrind.p -- samples"]
    if name in ("recursion", "many"):
        assert saved["profiles"][0]["endValue"] == m.ns
    else:
        check("callgrind", saved, saved["profiles"][0], m.levels(),
              model.unblanked, m.ns / 5000)


def table_is_right(s):
    """The eye gets what the file says."""
    text = s.table()
    for row in ("600.00ns (72%) 500.00ns (60%) inner",
                "800.00ns (96%) 200.00ns (24%) middle",
                "830.00ns (100%) 30.00ns (3.6%) outer(int)"):
        assert row in " ".join(text.split()), text


def main():
    s = Speedscope(sys.argv[1])
    try:
        for name in "inlines", "wall", "hostile", "recursion", "many":
            print(name)
            m = model.ALL[name]()
            see(s, name, m)
            if name == "inlines":
                s.read("p.json", m.written("speedscope"))
                table_is_right(s)
            if len(sys.argv) > 2:
                s.table()
                s.browser.picture(os.path.join(sys.argv[2],
                                               name + ".png"))
    finally:
        s.browser.close()


main()
