# The figures of each page, as one would ask awk for them.
BEGIN { FS = "\t" }
NR > 1 { n[$2]++; kept[$2] += $11 - $12; rss[$2] += $10; if ($13 > peak[$2]) peak[$2] = $13 }
END { for (p in n) print p, n[p], kept[p], rss[p], peak[p] }
