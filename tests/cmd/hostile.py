"""Writes a log whose page ids mean something to a reader of each format."""

import sys

IDS = [
    "<script>hacked=1</script>",
    "</script><script>hacked=2</script>",
    "<img/src=x/onerror=hacked=3>",
    "\"onmouseover=hacked=4//",
    "'><svg/onload=hacked=5>",
    "</style></title></textarea><script>hacked=6</script>",
    "javascript:hacked=7",
    "<!--", "-->", "]]>", "&lt;b&gt;&amp;", "&#x26;#x3c;",
    "a|b||c", "`code`", "``", "*_~#[link](http://example.com/)", "@everyone",
    "a,b;\"c\"", "\"", "=1+1", "-", "+page", "$(reboot)", "${HOME}",
    "\u202egnp.exe", "\u2066isolate", "\u05e2\u05d1\u05e8\u05d9\u05ea",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u65e5\u672c\u8a9e",
    "e\u0301\u0301\u0301", "\U0001f4a9", "\x85next", "\ufeffbom",
    "%3Cscript%3E", "http://example.com/x?y=%20z", "x" * 255,
    "Root:" + "\u00e9" * 125,
]

COLUMNS = """timestamp page_id oops_id duration start_vss start_rss end_vss
end_rss vss_delta rss_delta allocated freed peak overlap heap_allocated
heap_active heap_resident pid tid host""".split()


def line(out, s, page, allocated, freed, held):
    time = "2026-11-21T%02d:%02d:%02d.000000Z" % (
        1 + s // 3600, s % 3600 // 60, s % 60)
    rss = 30000000 + held
    fields = [time, page, "-", "0.001000", 90000000, rss, 90000000, rss, 0, 0,
              allocated, freed, allocated + 500, 1, 20000000 + held,
              22000000 + held, rss, 7, 7, "web1"]
    out.write("\t".join(map(str, fields)) + "\n")


def main():
    out = open(1, "w", encoding="utf-8", newline="\n", closefd=False)
    out.write("\t".join(COLUMNS) + "\n")
    held = 0
    for s in range(0, 3600, 4):
        for i, page in enumerate(IDS):
            # The first ones leak, two hand over: sentences name them.
            leaked = 16 * (i + 1) if i < 8 else 0
            # And one of the lists of the worst requests names one.
            leaked += 100000 if i + s == 0 else 0
            gives = 5000 if page == "`code`" else 0
            takes = 5000 if page == "a|b||c" else 0
            held += leaked
            line(out, s, page, 1000 + leaked + gives,
                 1000 + takes, held)
    out.flush()


main()
