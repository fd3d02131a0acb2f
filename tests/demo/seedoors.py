"""Looks at what memprof-demo's doors answer, in Chromium.
Usage: seedoors.py HOST:PORT KEY FOLDER; pictures go to FOLDER."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))

from browser import Browser, check

address, key, folder = sys.argv[1:]
b = Browser()


def see(name, path, width=1000):
    b.visit("http://%s%s%sprofile_key=%s" % (address, path,
            "&" if "?" in path else "?", key), width)
    b.picture(os.path.join(folder, name + ".png"))
    check("%s asks elsewhere: %s" % (name, b.requests()),
      all(u.startswith("http://" + address) for u in b.requests()))
    # What every browser asks for by itself is not here.
    others = [c for c in b.complaints() if "404" not in c]
    check("%s: %s" % (name, others),
      not others)


# A page, and in it what there is to say of its profile; names of strangers
# are no more than text.
hostile = "%3Cimg%20src=x%20onerror=window.ran=1%3E&%3Cscript%3Ewindow.ran=1%3C"
see("page", "/++profile++callgrind&" + hostile + "/busy")
check("the piece is not the last of the page",
      b.run("document.body.lastElementChild.className") == "memprof-profile")
check("the page is not what it was",
      b.run("document.querySelectorAll('table tr').length") == 5)
check("the page lost its type",
      b.run("document.compatMode") == "CSS1Compat")
check("something of a name became an element",
      b.run("document.images.length + document.scripts.length") == 0)
check("something of a name ran",
      b.run("typeof window.ran") == "undefined")
check("a name is not shown",
      "<script>" in b.run("document.body.innerText"))
check("no command",
      ".mprof" in b.run("document.querySelector('pre').innerText"))
check("the page scrolls sideways",
      b.run("document.documentElement.scrollWidth") <= 1000)

# The same on a phone.
see("phone", "/++profile++callgrind/busy", 400)

see("help", "/++profile++" + hostile + "/busy", 700)
check("no help",
      b.run("document.querySelectorAll('dt').length") >= 9)
check("something of a name became an element of the help",
      b.run("document.images.length + document.scripts.length") == 0)
check("something of a name ran",
      b.run("typeof window.ran") == "undefined")

see("show", "/++profile++show/busy")
check("no tree",
      "demo_busy_words" in b.run("document.body.innerText"))

see("flamegraph", "/++profile++flamegraph/busy")
check("no picture",
      b.run("document.documentElement.tagName") == "svg")
check("no function in the picture",
      "demo_busy_words" in b.run("document.documentElement.textContent"))
width = b.run("document.documentElement.getBoundingClientRect().width")
check("the picture is %s wide" % width,
      width > 500)
b.close()
