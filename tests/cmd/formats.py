"""Reads a log as it is, and sees that each format of its report says the same.

Usage: formats.py LOG JSON CSV TSV MARKDOWN
"""

import csv
import json
import re
import sys

log, as_json, as_csv, as_tsv, as_markdown = sys.argv[1:]


def number(field):
    return None if field in ("\\N", "") else float(field)


def add(page, key, v):
    if v is not None:
        page[key] = page.get(key, 0) + v


def longest(page, key, v):
    if v is not None:
        page[key] = max(page.get(key, v), v)


def read_log():
    pages = {}
    with open(log, encoding="utf-8", newline="\n") as lines:
        names = next(lines).rstrip("\n").split("\t")
        for line in lines:
            r = dict(zip(names, line.rstrip("\n").split("\t")))
            if r["page_id"].startswith("("):
                continue
            n = {k: number(r[k]) for k in names[3:19]}
            p = pages.setdefault(r["page_id"], {"requests": 0, "errors": 0})
            p["requests"] += 1
            p["errors"] += r["oops_id"] != "-"
            add(p, "duration", n["duration"])
            longest(p, "duration_max", n["duration"])
            add(p, "rss", n["rss_delta"])
            if n["overlap"] == 0:
                add(p, "clean_rss", n["rss_delta"])
            add(p, "allocated", n["allocated"])
            add(p, "freed", n["freed"])
            if None not in (n["allocated"], n["freed"]):
                add(p, "retained", n["allocated"] - n["freed"])
            longest(p, "peak_max", n["peak"])
    return pages


def same(what, a, b):
    if isinstance(a, float) and isinstance(b, (int, float)):
        assert abs(a - b) <= 1e-6 * max(1, abs(a)), (what, a, b)
    else:
        assert a == b, (what, a, b)


# JSON against the log itself.
want = read_log()
with open(as_json, encoding="utf-8") as f:
    report = json.load(f)
assert report["memprof_report"] == 1
pages = report["pages"]
assert {p["page_id"] for p in pages} == set(want), "other pages"
for p in pages:
    w = want[p["page_id"]]
    for key in ("requests", "errors", "duration", "duration_max", "rss",
                "clean_rss", "allocated", "freed", "retained", "peak_max"):
        same((p["page_id"], key), w.get(key), p[key])
    if p["retained"] is not None:
        same("mean", p["retained"] / p["retained_requests"],
             float(p["retained_mean"]))
total = report["total"]
for key in ("requests", "errors", "retained", "allocated", "freed", "rss"):
    known = [p[key] for p in pages if p[key] is not None]
    same(("total", key), sum(known) if known else None, total[key])
by = report["sorted_by"]
order = [p[by] for p in pages if p[by] is not None]
assert order == sorted(order, reverse=True), "not in order"


# The worst requests are lines of the log, the largest first.
with open(log, encoding="utf-8", newline="\n") as f:
    names = next(f).rstrip("\n").split("\t")
    lines = {line.rstrip("\n") for line in f}
size = {"retained": lambda r: r["allocated"] - r["freed"],
        "peak": lambda r: r["peak"], "rss": lambda r: r["rss_delta"],
        "clean_rss": lambda r: r["rss_delta"]}
for kind, listed in report["worst"].items():
    sizes = [size[kind](r) for r in listed["requests"]]
    assert sizes == sorted(sizes, reverse=True), (kind, sizes)
    assert all(s > 0 for s in sizes) and listed["more"] >= 0
    for r in listed["requests"]:
        assert list(r) == names, r
        fields = ["\\N" if r[n] is None else "%.6f" % r[n]
                  if n == "duration" else str(r[n]) for n in names]
        assert "\t".join(fields) in lines, fields
assert report["worst"]["retained"]["requests"]


# CSV and TSV against JSON: field by field.
def cell(text, unknown):
    if text == unknown:
        return None
    if text in ("true", "false"):
        return text == "true"
    return text


def compare(rows, unknown):
    names = rows[0]
    told = [dict(zip(names, row)) for row in rows[1:]]
    assert all(len(row) == len(names) for row in rows), "uneven"
    kinds = {}
    for row in told:
        kinds.setdefault(row["kind"], []).append(row)
    sums = [("total", report["total"])]
    if report["outside"]:
        sums.append(("outside", report["outside"]))
    pairs = list(zip(kinds["page"], pages))
    assert len(kinds["page"]) == len(pages)
    pairs += [(kinds[k][0], p) for k, p in sums]
    for row, page in pairs:
        assert set(row) - {"kind", "sorted_by"} == set(page), "other columns"
        assert row["sorted_by"] == report["sorted_by"]
        for key, v in page.items():
            c = cell(row[key], unknown)
            if isinstance(v, (int, float)) and not isinstance(v, bool):
                c = float(c)
                v = float(v)
            assert c == v, (page["page_id"], key, c, v)
    for kind, n in (("sampled", report["skipped"]["by_sampling"]),
                    ("threshold", report["skipped"]["by_threshold"]),
                    ("left_out", report["left_out"]),
                    ("faults", report["faults"])):
        assert int(kinds[kind][0]["requests"]) == n, kind


with open(as_csv, encoding="utf-8", newline="") as f:
    compare(list(csv.reader(f, strict=True)), "")
with open(as_tsv, encoding="utf-8", newline="\n") as f:
    compare([line.rstrip("\n").split("\t") for line in f], "\\N")


# Markdown: GitHub splits a row at each bar without a backslash; between
# backquotes stands the id.
def code(text):
    fence = re.match("`+", text).group()
    assert text.endswith(fence) and fence not in text[len(fence):-len(fence)]
    text = text[len(fence):-len(fence)]
    if text[:1] == text[-1:] == " ":
        text = text[1:-1]
    return text.replace("\\|", "|")


with open(as_markdown, encoding="utf-8") as f:
    table = [line for line in f.read().split("\n\n")
             if line.startswith("|")][0].split("\n")
rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table]
assert {len(row) for row in rows} == {len(rows[0])}, "uneven"
rows = [[c.strip() for c in row] for row in rows]
ids = [code(row[0]) for row in rows[2:2 + len(pages)]]
steered = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")
for shown, page in zip(ids, pages):
    if not steered.search(page["page_id"]):
        assert shown == page["page_id"], (shown, page["page_id"])
for row, page in zip(rows[2:], pages):
    assert int(row[1]) == page["requests"]
    assert row[-1] == page["verdict"]
print(len(pages), "pages")
