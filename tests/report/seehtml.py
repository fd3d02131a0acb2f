"""Opens a report in Chromium, on a phone, on a screen and on paper.

Usage: seehtml.py HTML JSON [FOLDER]; pictures go to FOLDER.
"""

import json
import os
import re
import sys

import browser
from browser import check

PHONE, SCREEN = 360, 1280


def column(b, key):
    """The raw numbers of a column, from the top."""
    return [None if v == "" else float(v) for v in b.run(
        "Array.from(document.querySelectorAll('#pages tbody tr')).map("
        "row => row.cells[Array.from(document.querySelectorAll("
        "'#pages thead th')).findIndex(h => h.dataset.key === %s)]"
        ".dataset.v)" % json.dumps(key))]


def click(b, key):
    b.run("document.querySelector('th[data-key=%s] button').click()" % key)


def known_first(values, down):
    known = sorted((v for v in values if v is not None), reverse=down)
    return known + [None] * (len(values) - len(known))


def see_text(b):
    """What the eye gets, without what is hidden."""
    return b.run("document.body.innerText")


def fits(b, when):
    """A phone shows a page that is too wide smaller than it is meant."""
    wide = b.run("[document.documentElement.scrollWidth, innerWidth]")
    check("sideways scroll " + when, wide[0] <= wide[1] == PHONE, wide)


def on_a_phone(b, path, report):
    for scripts in True, False:
        b.open(path, PHONE, 740, scripts=scripts)
        fits(b, "")
        # Nor does anything end beyond the edge, to be cut there.
        beyond = b.run(
            "Array.from(document.querySelectorAll('main *')).filter(e =>"
            " e.getClientRects().length && e.tagName !== 'INPUT' &&"
            " e.getBoundingClientRect().right > %d)"
            ".map(e => e.tagName + ' ' + e.textContent.slice(0, 40))" %
            (PHONE + 1))
        check("beyond the edge", not beyond, beyond)
        check("type too small", b.run(
            "Math.min(...Array.from(document.querySelectorAll("
            "'main td, main th, main p, main li')).filter("
            "e => e.getClientRects().length).map("
            "e => parseFloat(getComputedStyle(e).fontSize)))") >= 14)
    b.run("document.getElementById('all').click()")
    fits(b, "with all columns")


def on_screens(b, path):
    """Until all columns are asked for, they have room."""
    for width in 810, 1024, 1130, 1225, SCREEN:
        b.open(path, width)
        cut = b.run("Array.from(document.querySelectorAll('.scroll')).map("
                    "e => [e.scrollWidth, e.clientWidth])"
                    ".filter(w => w[0] > w[1])")
        check("a table is cut", not cut, width, cut)


def alone(b, path):
    """Nothing leaves, nothing is refused, and no id has run."""
    b.open(path, SCREEN)
    outside = [u for u in b.requests()
               if not u.startswith(("file://", "data:"))]
    check("requests", not outside, outside)
    check("refused", not b.complaints(), b.complaints())
    check("an id has run", b.run("typeof hacked") == "undefined")
    check("a dialog, or another page", b.run("location.protocol") == "file:")


def the_policy_holds(b, path):
    """What would be in the page in spite of all is not run or loaded."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    worse = path + ".worse.html"
    with open(worse, "w", encoding="utf-8") as f:
        f.write(text.replace("<main>", "<main><script>hacked = 1</script>"
                             "<img src='http://127.0.0.1:9/x' "
                             "onerror='hacked = 2'>"
                             "<svg onload='hacked = 3'></svg>"
                             "<b style='position: fixed'>x</b>", 1))
    b.open(worse, SCREEN)
    check("the policy", b.run("typeof hacked") == "undefined")
    check("the policy for style",
          b.run("getComputedStyle(document.querySelector('main b'))"
                ".position") == "static")
    check("the policy's complaints", len(b.complaints()) >= 4,
          b.complaints())
    os.unlink(worse)


def numbers(b, path, report):
    b.open(path, SCREEN)
    keys = b.run("Array.from(document.querySelectorAll('#pages thead th'))"
                 ".map(h => h.dataset.key).filter(k => k)")
    for key in set(keys) - {"page_id", "verdict"}:
        check("numbers", column(b, key) ==
              [p[key] for p in report["pages"]], key)
    ids = b.run("Array.from(document.querySelectorAll("
                "'#pages tbody th')).map(e => e.textContent)")
    steered = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")
    for shown, page in zip(ids, report["pages"]):
        check("ids", steered.search(page["page_id"]) or
              shown == page["page_id"], shown, page["page_id"])


def sorting(b, path, report):
    b.open(path, SCREEN)
    for key in "requests", "retained_mean", "clean_rss", "peak_max":
        before = column(b, key)
        for down in True, False:
            click(b, key)
            now = column(b, key)
            check("sorting", now == known_first(before, down), key, now)
            check("aria-sort", b.run(
                "Array.from(document.querySelectorAll('th[aria-sort]'))"
                ".map(h => h.dataset.key + ' ' + "
                "h.getAttribute('aria-sort')).join()") ==
                key + (" descending" if down else " ascending"))
    click(b, "page_id")
    ids = b.run("Array.from(document.querySelectorAll("
                "'#pages tbody th')).map(e => e.textContent)")
    check("sorting by name", ids == b.run(
        "%s.sort()" % json.dumps(ids, ensure_ascii=True)), ids)
    check("a sum was sorted", b.run(
        "document.querySelectorAll('#pages tbody tr').length") ==
        len(report["pages"]))


def finding(b, path, report):
    b.open(path, SCREEN)
    want = report["pages"][0]["page_id"]
    b.run("var f = document.getElementById('find'); f.value = %s;"
          "f.dispatchEvent(new Event('input'))" % json.dumps(want.upper()))
    shown = b.run("Array.from(document.querySelectorAll('#pages tbody tr'))"
                  ".filter(r => r.getClientRects().length)"
                  ".map(r => r.cells[0].textContent)")
    check("finding", want in shown and all(
        want.lower() in s.lower() for s in shown), shown)


def without_script(b, path, report):
    b.open(path, SCREEN, scripts=False)
    text = see_text(b)
    check("without the script a control is of no use", "Find" not in text)
    for page in report["pages"]:
        if page["verdict"] == "leak":
            check("a leak is said", "%s: leak" % page["page_id"] in text,
                  page["page_id"])


def on_paper(b, path, folder):
    b.open(path, SCREEN)
    pdf = os.path.join(folder, "report.pdf")
    b.print(pdf)
    with open(pdf, "rb") as f:
        boxes = re.findall(rb"/MediaBox ?\[([^]]*)\]", f.read())
    sizes = {tuple(round(float(v)) for v in box.split()) for box in boxes}
    # A4 in points; browsers round pixels.
    check("A4", all(abs(s[2] - 595) <= 1 and abs(s[3] - 842) <= 1
                    for s in sizes) and sizes, sizes)


def contrast(b):
    """The least contrast of all texts with the paper: 4.5 is WCAG's AA."""
    return b.run("""(function () {
      %s
      var paper = getComputedStyle(document.body).backgroundColor;
      return Math.min.apply(null, Array.from(document.querySelectorAll(
        'main *, header *, footer')).map(function (e) {
          return contrast(getComputedStyle(e).color, paper);
        }));
    })()""" % browser.LIGHT)


def main():
    path, as_json = sys.argv[1:3]
    folder = sys.argv[3] if len(sys.argv) > 3 else os.path.dirname(path)
    with open(as_json, encoding="utf-8") as f:
        report = json.load(f)
    b = browser.Browser()
    try:
        on_a_phone(b, path, report)
        on_screens(b, path)
        alone(b, path)
        the_policy_holds(b, path)
        numbers(b, path, report)
        sorting(b, path, report)
        finding(b, path, report)
        without_script(b, path, report)
        on_paper(b, path, folder)
        for dark in False, True:
            b.open(path, PHONE, dark=dark)
            check("contrast", contrast(b) >= 4.5, dark, contrast(b))
            b.picture(os.path.join(folder, "phone%s.png" %
                                   ("-dark" if dark else "")))
            b.open(path, SCREEN, dark=dark)
            b.picture(os.path.join(folder, "screen%s.png" %
                                   ("-dark" if dark else "")))
    finally:
        b.close()


main()
