"""Opens profiles, as a page and as pictures, in Chromium: with a pointer, with
the keyboard, on a phone, on paper, without scripts.

Usage: seeprofiles.py FOLDER; files and pictures go there.
"""

import json
import os
import re
import sys
import time

import model
import seeing
from seeing import browser, check
from model import Frame, Model, Note, Stack, UNSAMPLED

PHONE, SCREEN = 360, 1280
CALLS = 13  # that shop() has, with the root
MS = 10 ** 6


def frame(name, object="/srv/shop", **more):
    return Frame(name, object=object, file="src/%s.c" % name[:5], first=7,
                 **more)


def shop():
    """A request that waits for SQL and escapes too much."""
    libc, db = "/usr/lib/libc.so.6", "/usr/lib/libpq.so.5"
    base = [frame("main"), frame("serve"), frame("show_cart")]
    items = base + [frame("cart_items")]
    sql = items + [frame("PQexec", db), frame("poll", libc)]
    page = base + [frame("std::vector<Item, std::allocator<Item> > "
                         "render<Item>(Page const&, Template const&)")]
    return Model(
        [Stack(sql, 55, 550 * MS, "blocked"),
         Stack(items, 4, 40 * MS),
         Stack(items + [frame("malloc", libc)], 2, 20 * MS),
         Stack(page, 10, 100 * MS),
         Stack(page + [frame("escape")], 20, 200 * MS),
         Stack(page + [frame("escape"), frame("malloc", libc)], 5, 50 * MS),
         Stack(page + [frame("escape"), frame("memchr", libc)], 1, 10 * MS),
         Stack([UNSAMPLED], 0, 30 * MS, "unsampled")],
        pages=("Shop:cart",), wall=True, exe="/srv/shop", oops="OOPS-7",
        warnings=("/usr/lib/libpq.so.5 has changed since: its names may be "
                  "wrong",),
        notes=[Note("sql", "SELECT item FROM cart WHERE id = %d" % (i % 3),
                    i * 20 * MS, (i * 20 + 15 + i) * MS, items)
               for i in range(20)])


def large():
    """100,000 stacks, 20 deep."""
    frames = [frame("f%d" % i, "/lib/lib%d.so" % (i % 7)) for i in range(900)]
    stacks = []
    for i in range(100000):
        path = [frames[i % 3], frames[10 + i % 40], frames[100 + i % 700]]
        path += [frames[(i * 7 + j * (1 + i % 5)) % 900] for j in range(17)]
        stacks.append(Stack(path, 1, 1000 + i))
    return Model(stacks, exe="/srv/shop")


class Folder:
    def __init__(self, path):
        self.path = path

    def write(self, profile, form, name):
        ending = "html" if form == "html" else "svg"
        path = os.path.join(self.path, "%s-%s.%s" % (name, form, ending))
        with open(path, "wb") as f:
            f.write(profile.written(form))
        return path

    def write_diff(self, before, after, form):
        ending = "html" if form == "html" else "svg"
        path = os.path.join(self.path, "diff-%s.%s" % (form, ending))
        with open(path, "wb") as f:
            f.write(before.compared(form, after, self.path))
        return path

    def picture(self, b, name):
        b.picture(os.path.join(self.path, name + ".png"))


# ---- the page ----

def stack_list(b):
    return seeing.texts(b, "#stack button")


def the_page_works(b, path):
    b.open(path, SCREEN)
    seeing.alone(b, path)
    first = seeing.boxes_lie_well(b, down=False)
    check("all calls are drawn", len(first) == CALLS, len(first))
    seeing.zooming(b, "cart_items")
    told = seeing.hovering(b, "poll")
    check("what is told", told ==
          "poll: 550.00 ms (55.00 %), 55 samples, blocked 550.00 ms, "
          "src/poll.c:7, /usr/lib/libc.so.6", told)
    seeing.searching(b, "SCAP", "26.00 % in 1 function")

    seeing.click(b, seeing.call("PQexec"))
    check("the stack", stack_list(b) == [
        "all", "main", "serve", "show_cart", "cart_items", "PQexec"],
        stack_list(b))
    seeing.click(b, "#stack li:nth-child(4) button")
    check("the stack leads back", stack_list(b)[-1] == "show_cart" ==
          seeing.text(b, "#stack [aria-current]"))
    seeing.click(b, seeing.call("show_cart"))
    check("another click leads out", stack_list(b)[-1] == "serve",
          stack_list(b))
    seeing.click(b, "#reset")
    check("reset", stack_list(b) == ["all"] and seeing.boxes(b) == first)


def the_kinds(b, path, folder):
    b.open(path, SCREEN)
    calls = sorted(seeing.all_of(b, "e.getAttribute('aria-label')"))
    seeing.click(b, "[value=icicle]")
    seeing.boxes_lie_well(b, down=True)
    check("icicle", calls == sorted(
        seeing.all_of(b, "e.getAttribute('aria-label')")))
    seeing.labels_can_be_read(b, "of an icicle")
    seeing.click(b, "[value=sunburst]")
    check("sunburst", calls == sorted(
        seeing.all_of(b, "e.getAttribute('aria-label')")))
    check("rings", len(seeing.all_of(b, "1", "g.call > path:not(.line)")) ==
          len(calls) - 1)
    folder.picture(b, "sunburst")
    # What is zoomed to stays so, whatever it is drawn as.
    seeing.click_arc(b, seeing.call("cart_items"))
    check("zoomed rings", seeing.text(b, "g.call circle + text") ==
          "cart_items", seeing.texts(b, "g.call circle + text"))
    check("only it", len(seeing.all_of(b, "1")) == 4)
    seeing.click(b, "[value=flame]")
    check("the kinds share", stack_list(b)[-1] == "cart_items")


def the_keyboard(b, path):
    for kind, deeper, back in (("flame", "ArrowUp", "ArrowDown"),
                               ("icicle", "ArrowDown", "ArrowUp"),
                               ("sunburst", "ArrowDown", "ArrowUp")):
        b.open(path, SCREEN)
        seeing.click(b, "[value=%s]" % kind)
        b.run("document.querySelector('#stack button').focus()")
        seeing.press(b, "Tab")
        at = [seeing.focused(b)]
        for key in deeper, deeper, deeper, "ArrowRight", "ArrowLeft", back:
            seeing.press(b, key)
            at.append(seeing.focused(b))
        check("the arrows", at[:4] == ["all", "main", "serve", "show_cart"]
              and at[4] == at[3] and at[6] == "serve", kind, at)
        seeing.press(b, deeper)
        seeing.press(b, deeper)
        left = seeing.focused(b)
        seeing.press(b, "ArrowRight")
        right = seeing.focused(b)
        check("beside", left == "cart_items" and right.startswith("std::"),
              kind, left, right)
        check("it is seen", b.run(
            "getComputedStyle(document.activeElement.children[1])"
            ".strokeWidth") == "4px", kind)
        seeing.press(b, "ArrowLeft")
        check("one stop for Tab", b.run(
            "document.querySelectorAll('#picture [tabindex=\"0\"]').length")
            == 1)
        seeing.press(b, "Enter")
        check("Enter zooms", stack_list(b)[-1] == "cart_items" and
              seeing.focused(b) == "cart_items", kind, stack_list(b))
        seeing.press(b, "Escape")
        check("Escape", stack_list(b) == ["all"], kind, stack_list(b))
        check("the focus stays in the picture",
              seeing.focused(b) == "cart_items", seeing.focused(b))
        seeing.press(b, "/", "/")
        check("/", seeing.focused(b) == "search")


def rows(b):
    return b.run("Array.from(document.querySelectorAll('#functions tbody tr'))"
                 ".filter(r => r.getClientRects().length).map(r => "
                 "[r.querySelector('.name').textContent].concat("
                 "Array.from(r.querySelectorAll('td')).map(c => "
                 "Number(c.dataset.v))))")


def sorted_by(b, column):
    b.run("document.querySelectorAll('#functions thead button')[%d].click()" %
          column)
    return [r[column] for r in rows(b)]


def choose(b, function):
    b.run("Array.from(document.querySelectorAll('.name a')).find("
          "e => e.textContent === %s).click()" % json.dumps(function))


def roots(b, folder):
    """Of a function that is called from here and there, and by itself."""
    a, b_, common, x, y = map(frame, ("a", "b", "common", "x", "y"))
    profile = Model([Stack([a, common, x], 1, 1000),
                     Stack([a, common, y], 5, 5000),
                     Stack([b_, common, x], 10, 10000),
                     Stack([a, common, y, common, x], 1, 1000)])
    b.open(folder.write(profile, "html", "roots"), SCREEN)
    choose(b, "common")
    shown = [box[0].split(" (")[0] for box in seeing.boxes_lie_well(b, False)]
    check("all calls as one", shown == [
        "common: 17 us", "x: 11 us", "y: 6 us", "common: 1 us", "x: 1 us"],
        shown)


def the_table(b, path, profile):
    b.open(path, SCREEN)
    want = profile.sums(lambda f: f.name)
    shown = rows(b)
    check("rows", {r[0]: (r[1], r[3], r[-1]) for r in shown} ==
          {k: (v[0], v[2], v[3]) for k, v in want.items()})
    check("by self", [r[1] for r in shown] ==
          sorted((r[1] for r in shown), reverse=True))
    for column in 3, 6:
        down = sorted_by(b, column)
        check("down", down == sorted(down, reverse=True), column, down)
        up = sorted_by(b, column)
        check("up", up == sorted(up), column, up)
    names = sorted_by(b, 0)
    check("by name", names == b.run("%s.sort()" % json.dumps(names)), names)
    check("aria-sort", seeing.texts(b, "#functions [aria-sort]") ==
          ["Function"])

    # A function as the root: all its calls, wherever they were.
    choose(b, "malloc")
    check("the root", stack_list(b) == ["all", "malloc"], stack_list(b))
    first = seeing.boxes(b)[0]
    check("all calls as one", first[0].startswith(
        "malloc: 70.00 ms (7.00 %), 7 samples"), first)
    check("the focus goes there", seeing.focused(b) == "malloc")
    seeing.click(b, "#stack button")
    check("back to all", stack_list(b) == ["all"])

    seeing.press(b, "/", "/")
    seeing.type_text(b, "mem")
    check("the table is searched", [r[0] for r in rows(b)] == ["memchr"])


def the_notes(b, path):
    b.open(path, SCREEN)
    notes = b.run("Array.from(document.querySelectorAll('#notes tbody tr'))"
                  ".map(r => Array.from(r.cells).map(c => c.textContent))")
    check("notes", len(notes) == 3 and notes[0][1] == "7" and
          notes[0][0].endswith("id = 1 from cart_items"), notes[0][:2])
    check("the most first", [n[0][-17] for n in notes] == ["1", "0", "2"],
          [n[0] for n in notes])


def fits(b, path, scripts=True):
    b.open(path, PHONE, 740, scripts=scripts)
    wide = b.run("[document.documentElement.scrollWidth, innerWidth]")
    check("sideways scroll", wide[0] <= wide[1] == PHONE, path, wide, scripts)


def on_a_phone(b, path):
    for scripts in True, False:
        fits(b, path, scripts)
        beyond = b.run(
            "Array.from(document.querySelectorAll('main *, header *')).filter("
            "e => e.getClientRects().length && !e.closest('svg') &&"
            " e.getBoundingClientRect().right > %d)"
            ".map(e => e.tagName + ' ' + e.textContent.slice(0, 40))" %
            (PHONE + 1))
        check("beyond the edge", not beyond, beyond)
    b.open(path, PHONE, 740)
    for kind in "icicle", "sunburst", "flame":
        b.run("document.querySelector('[value=%s]').click()" % kind)
        seeing.labels_can_be_read(b, kind)
        wide = b.run("document.documentElement.scrollWidth")
        check("sideways scroll", wide == PHONE, kind, wide)


def in_dark_and_light(b, path, folder, name):
    for dark in False, True:
        for width in PHONE, SCREEN:
            b.open(path, width, dark=dark)
            seeing.labels_can_be_read(b, (name, dark, width))
            folder.picture(b, "%s-%d%s" % (name, width,
                                           "-dark" if dark else ""))
        poor = b.run("""(function () {
          %s
          var paper = getComputedStyle(document.body).backgroundColor;
          return Array.from(document.querySelectorAll('main *, header *'))
            .filter(e => !e.closest('svg') && e.getClientRects().length &&
              contrast(getComputedStyle(e).color, paper) < 4.5 &&
              !e.matches('button, input, select, option'))
            .map(e => e.outerHTML.slice(0, 80));
        })()""" % browser.LIGHT)
        check("contrast", not poor, dark, poor)


def without_scripts(b, path):
    b.open(path, SCREEN, scripts=False)
    seen = b.run("document.body.innerText")
    for word in "Search", "Reset", "Choose a function":
        check("without scripts a control is of no use", word not in seen,
              word)
    check("boxes", b.run("document.querySelectorAll('svg.call').length") == CALLS)
    for word in "show_cart", "escape", "550.00 ms", "SELECT item":
        check("without scripts", word in b.run(
            "document.body.textContent"), word)


def on_paper(b, path, folder):
    pdf = os.path.join(folder.path, "page.pdf")
    b.open(path, SCREEN)
    b.print(pdf)
    with open(pdf, "rb") as f:
        boxes = re.findall(rb"/MediaBox ?\[([^]]*)\]", f.read())
    sizes = {tuple(round(float(v)) for v in box.split()) for box in boxes}
    check("A4", sizes and all(abs(s[2] - 595) <= 1 and abs(s[3] - 842) <= 1
                              for s in sizes), sizes)


def the_policy_holds(b, path, folder):
    with open(path, encoding="utf-8") as f:
        source = f.read()
    worse = os.path.join(folder.path, "worse.html")
    with open(worse, "w", encoding="utf-8") as f:
        f.write(source.replace(
            "<main>", "<main><script>hacked = 1</script>"
            "<img src='http://127.0.0.1:9/x' onerror='hacked = 2'>"
            "<b style='position: fixed'>x</b>", 1))
    b.open(worse, SCREEN)
    check("the policy", b.run("typeof hacked") == "undefined")
    check("the policy for style", b.run(
        "getComputedStyle(document.querySelector('main b')).position") ==
        "static")
    check("the policy's complaints", len(b.complaints()) >= 3,
          b.complaints())


def see_page(folder):
    profile = shop()
    path = folder.write(profile, "html", "shop")
    b = browser.Browser()
    try:
        the_page_works(b, path)
        the_kinds(b, path, folder)
        the_keyboard(b, path)
        the_table(b, path, profile)
        roots(b, folder)
        the_notes(b, path)
        on_a_phone(b, path)
        in_dark_and_light(b, path, folder, "page")
        without_scripts(b, path)
        on_paper(b, path, folder)
        the_policy_holds(b, path, folder)
    finally:
        b.close()


# ---- the pictures ----

def see_picture(b, folder, form):
    path = folder.write(shop(), form, "shop")
    b.open(path, SCREEN)
    seeing.alone(b, path)
    if form != "sunburst":
        seeing.boxes_lie_well(b, down=form == "icicle")
        seeing.zooming(b, "cart_items")
        told = seeing.hovering(b, "poll")
        check("what is told", "55 samples" in told, told)
    seeing.searching(b, "escape", "26.00 %")
    b.run("document.querySelector('g.call').focus()")
    seeing.press(b, "ArrowUp" if form == "flamegraph" else "ArrowDown")
    check("the arrows", seeing.focused(b) == "main", seeing.focused(b))
    seeing.press(b, "ArrowRight")
    check("the arrows", seeing.focused(b) == "[unsampled]",
          seeing.focused(b))
    seeing.press(b, "Enter")
    check("Enter zooms", len(seeing.all_of(b, "1")) ==
          (1 if form == "sunburst" else 2))
    seeing.click(b, "button")
    check("reset", len(seeing.all_of(b, "1")) == CALLS)
    for dark in False, True:
        for width in PHONE, SCREEN:
            b.open(path, width, 700, dark=dark, phone=False)
            seeing.labels_can_be_read(b, (form, dark, width))
            wide = b.run("document.documentElement.scrollWidth")
            check("sideways scroll", wide <= width, form, wide)
            folder.picture(b, "%s-%d%s" % (form, width,
                                           "-dark" if dark else ""))
        b.open(path, PHONE, 700, dark=dark, scripts=False, phone=False)
        folder.picture(b, "%s-%d%s-plain" % (form, PHONE,
                                             "-dark" if dark else ""))
        check("titles", b.run("document.querySelectorAll("
                              "'.call > title').length") == CALLS)


def see_pictures(folder):
    for form in "flamegraph", "icicle", "sunburst":
        b = browser.Browser()
        try:
            see_picture(b, folder, form)
        finally:
            b.close()


# ---- others ----

def see_others(folder):
    b = browser.Browser()
    try:
        for name, profile in model.ALL.items():
            for form in "html", "flamegraph", "icicle", "sunburst":
                path = folder.write(profile(), form, name)
                b.open(path, SCREEN)
                seeing.alone(b, path)
                check("it is drawn", seeing.all_of(b, "1"), path)
                if form in ("html", "flamegraph", "icicle"):
                    seeing.boxes_lie_well(b, down=form == "icicle")
                seeing.labels_can_be_read(b, path)
            fits(b, os.path.join(folder.path, name + "-html.html"))
            if name == "hostile":
                b.open(os.path.join(folder.path, name + "-html.html"), SCREEN)
                shown = {r[0] for r in rows(b)}
                check("names", {model.plain(n) for n in model.NAMES
                                if len(n) < 500} <= shown, shown)
                check("a long one is cut", "x" * 500 + ".." in shown)
    finally:
        b.close()


def later_shop():
    """It escapes as before, renders longer, and asks less."""
    times = (0.2, 1, 1, 9, 1, 1, 1, 1)
    stacks = [s._replace(samples=int(s.samples * n), value=int(s.value * n))
              for s, n in zip(shop().stacks, times)]
    return Model(stacks, pages=("Shop:cart",), wall=True, exe="/srv/shop")


def see_diff(folder):
    """The scripts draw what is there without them: colours and texts."""
    b = browser.Browser()
    shapes = "[e.querySelector('title').textContent, " \
             "e.children[1].getAttribute('class')]"
    try:
        for form in "flamegraph", "icicle", "sunburst", "html":
            path = folder.write_diff(shop(), later_shop(), form)
            seen = []
            for scripts in False, True:
                b.open(path, SCREEN, scripts=scripts)
                seen.append(sorted(seeing.all_of(b, shapes, ".call")))
            check("as without scripts", seen[0] == seen[1], form, seen)
            classes = {c for _, c in seen[1]}
            check("colours", {"grew4", "fell3", "same"} <= classes, classes)
            seeing.labels_can_be_read(b, path)
            folder.picture(b, "diff-" + form)
            if form == "html":
                seeing.boxes_lie_well(b, down=False)
                changes = [r[1] for r in rows(b)]
                check("what changed", changes[:3] == [800 * MS, 440 * MS, 0],
                      changes)
                text = seeing.text(b, "#functions")
                check("which way", "+800.00 ms" in text and
                      "-440.00 ms" in text, text)
                b.open(path, PHONE, 700, dark=True)
                seeing.labels_can_be_read(b, path)
                fits(b, path)
    finally:
        b.close()


def see_large(folder):
    path = folder.write(large(), "html", "large")
    size = os.path.getsize(path)
    check("a page of 100,000 stacks is small", size < 8 << 20, size)
    b = browser.Browser()
    try:
        began = time.monotonic()
        b.open(path, SCREEN)
        drawn = b.run("document.querySelectorAll('g.call').length")
        took = time.monotonic() - began
        check("it is drawn", 100 < drawn < 20000, drawn)
        check("it says what is folded", "folded into their callers" in
              seeing.text(b, "main"))
        seeing.boxes_lie_well(b, down=False)
        seeing.click(b, "g.call[aria-level='3']")
        check("zoomed", len(stack_list(b)) == 3, stack_list(b))
        folder.picture(b, "large")
        print("100,000 stacks: %.1f MiB, %d calls drawn within %.1f s" %
              (size / 2 ** 20, drawn, took))
    finally:
        b.close()


def main():
    folder = Folder(sys.argv[1])
    see_page(folder)
    see_pictures(folder)
    see_others(folder)
    see_diff(folder)
    see_large(folder)


main()
