"""What is looked at in any drawing of calls, in a page or by itself."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))

import browser
from browser import check

NEAR = 0.02  # of a pixel


def all_of(b, expression, selector="g.call"):
    """A list: `expression` for each element `e`."""
    return b.run("Array.from(document.querySelectorAll(%s)).map(e => (%s))" %
                 (json.dumps(selector), expression))


def texts(b, selector):
    return all_of(b, "e.textContent", selector)


def text(b, selector):
    return b.run("document.querySelector(%s).textContent" %
                 json.dumps(selector))


def press(b, key, char=None):
    event = {"key": key, "code": key}
    if char:
        event["text"] = char
    if key == "Enter":
        event.update(text="\r", windowsVirtualKeyCode=13)
    if key == "Tab":
        event["windowsVirtualKeyCode"] = 9
    b.page("Input.dispatchKeyEvent", type="keyDown", **event)
    b.page("Input.dispatchKeyEvent", type="keyUp", **event)


def type_text(b, word):
    for c in word:
        press(b, c, c)


def pointer(b, what, x, y):
    b.page("Input.dispatchMouseEvent", type=what, x=x, y=y, button="left",
           buttons=1 if what == "mousePressed" else 0, clickCount=1)


def middle(b, selector):
    """Where an element can be pointed at, scrolled to first."""
    return b.run("(function (e) { e.scrollIntoView({block: 'center'}); "
                 "var r = e.getBoundingClientRect();"
                 "return [r.x + r.width / 2, r.y + r.height / 2]; })"
                 "(document.querySelector(%s))" % json.dumps(selector))


def click(b, selector):
    x, y = middle(b, selector)
    for what in "mouseMoved", "mousePressed", "mouseReleased":
        pointer(b, what, x, y)


def click_arc(b, selector):
    """The middle of its rectangle need not be in it."""
    b.run("document.querySelector(%s).dispatchEvent("
          "new MouseEvent('click', {bubbles: true}))" % json.dumps(selector))


def call(name):
    """The first call of a function, as a selector."""
    return "g.call[aria-label^=%s]" % json.dumps(name + ": ")


def focused(b):
    """The name of the call that the keyboard is at, or what else it is at."""
    return b.run("(function (e) { var l = e.getAttribute('aria-label');"
                 "return e.matches('g.call') ? l.slice(0, l.search("
                 "/: [0-9.]+ (ns|us|ms|s) /)) : e.id || e.tagName; })"
                 "(document.activeElement)")


def boxes(b):
    """Each box: its label, level, x and width."""
    return all_of(b, "[e.getAttribute('aria-label'),"
                  "Number(e.getAttribute('aria-level')),"
                  "Number(e.querySelector('rect').getAttribute('x')),"
                  "Number(e.querySelector('rect').getAttribute('width')),"
                  "Number(e.querySelector('rect').getAttribute('y'))]")


def boxes_lie_well(b, down):
    """Within a box of the level before, beside each other, in the picture."""
    shown = boxes(b)
    width = b.run("document.getElementById('picture').clientWidth") or \
        b.run("Number(document.getElementById('picture')"
              ".getAttribute('width'))")
    levels = {}
    for box in shown:
        levels.setdefault(box[1], []).append(box)
    check("levels", sorted(levels) == list(range(1, len(levels) + 1)))
    for level, row in levels.items():
        check("one row a level", len({box[4] for box in row}) == 1, level)
        end = 0
        for _, _, x, w, y in row:
            check("an overlap", x >= end - NEAR, level, x, end)
            check("outside", x + w <= width + NEAR, level, x, w, width)
            if level > 1:
                check("not over a caller", any(
                    px - NEAR <= x and x + w <= px + pw + NEAR
                    for _, _, px, pw, _ in levels[level - 1]), level, x)
                caller = levels[level - 1][0][4]
                check("direction", (y > caller) == down, y, caller)
            end = x + w
    return shown


def labels_can_be_read(b, when):
    """Texts lie within their boxes, and stand out from them."""
    poor = b.run("""(function () {
      %s
      return Array.from(document.querySelectorAll('g.call')).filter(g =>
        g.querySelector('text')).map(function (g) {
          var shape = g.children[1], label = g.querySelector('text');
          return [contrast(getComputedStyle(shape).fill,
            getComputedStyle(label).fill), label.textContent,
            shape.tagName === 'rect' ? label.getComputedTextLength() -
              Number(shape.getAttribute('width')) : 0];
        }).filter(v => v[0] < 4.5 || v[2] > 0);
    })()""" % browser.LIGHT)
    check("labels", not poor, when, poor[:5])


def alone(b, path):
    """Nothing leaves, nothing is refused, and no name has run."""
    b.page("Runtime.evaluate", expression="0")
    outside = [u for u in b.requests() if not u.startswith("file://")]
    check("requests", not outside, path, outside)
    check("refused", not b.complaints(), path, b.complaints())
    check("a name has run", b.run("typeof hacked") == "undefined", path)
    check("another page", b.run("location.protocol") == "file:", path)


def zooming(b, name, all_name="all"):
    """A click makes a call as wide as the picture, another one undoes it."""
    before = boxes(b)
    wide = max(box[3] for box in before)
    box = [v for v in before if v[0].startswith(name + ": ")][0]
    check("nothing to zoom", box[3] < wide - 1, name)
    click(b, call(name))
    now = [v for v in boxes(b) if v[0].startswith(name + ": ")][0]
    check("zoomed", abs(now[3] - wide) < NEAR and now[2] == 0, now, wide)
    click(b, call(all_name))
    check("zoomed back", boxes(b) == before)
    click(b, call(name))
    press(b, "Escape")
    check("Escape resets", boxes(b) == before)


def hovering(b, name):
    x, y = middle(b, call(name))
    pointer(b, "mouseMoved", x, y)
    told = text(b, "#details")
    check("details", told.startswith(name + ": "), told)
    return told


def searching(b, word, found):
    """`/` leads to the field; just those with the word are marked."""
    press(b, "/", "/")
    type_text(b, word)
    marked = all_of(b, "e.getAttribute('aria-label')", "g.call.found")
    check("found", marked and all(
        word.lower() in v.rsplit(" (", 1)[0].lower() for v in marked), marked)
    missed = all_of(b, "e.getAttribute('aria-label').split(': ')[0]",
                    "g.call:not(.found)")
    check("missed", not any(word.lower() in v.lower() for v in missed),
          missed)
    check("how much", found in text(b, "[role=status]"),
          text(b, "[role=status]"))
    press(b, "Escape")
    check("Escape forgets", not all_of(b, "1", "g.call.found") and
          b.run("document.querySelector('input[type=search]').value") == "")
