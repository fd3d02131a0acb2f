"""Whether the ledgers of all processes balance, and the logs hold what they say.

Usage: balance.py LEDGERS LOG...

LEDGERS has a line `began PID` for each process and one of its counts for each
that closed its session; of the others the logs have a line `(recovered)`.
"""

import re
import sys
from collections import Counter, defaultdict

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\t")
OWN = re.compile(r"\((\w+)\)$")


def read_ledgers(path):
    began, closed = Counter(), defaultdict(list)
    for line in open(path):
        kind, pid, *counts = line.split()
        if kind == "began":
            began[int(pid)] += 1
            continue
        closed[int(pid)].append({k: int(v) for k, v in
                                 (c.split("=") for c in counts)})
    return began, closed


class Logs:
    def __init__(self, paths):
        self.requests, self.unfinished = Counter(), Counter()
        self.recovered = defaultdict(list)
        self.faults, self.twice = 0, 0
        seen = set()
        for path in paths:
            for line in open(path, "rb"):
                self.add(line, seen)

    def add(self, line, seen):
        fields = line.decode("utf-8", "replace").rstrip("\n").split("\t")
        if fields[0] == "timestamp":
            return
        if (len(fields) != 20 or "" in fields or
                not line.endswith(b"\n") or not TIME.match(line)):
            self.faults += 1
            return
        page, oops, pid = fields[1], fields[2], int(fields[17])
        own = OWN.match(page)
        if own:
            if own[1] == "recovered":
                self.twice += line in seen
                seen.add(line)
                self.recovered[pid].append({k: int(v) for k, v in (
                    c.split("=") for c in oops.split(","))})
            return
        self.twice += line in seen
        seen.add(line)
        (self.unfinished if oops == "UNFINISHED" else self.requests)[pid] += 1


def balance(ledger):
    names = ("logged", "skipped", "dropped", "cancelled", "abandoned",
             "in_flight", "queued", "unfinished", "unnamed")
    return ledger["begun"] - sum(ledger.get(n, 0) for n in names)


def main():
    began, closed = read_ledgers(sys.argv[1])
    logs = Logs(sys.argv[2:])
    killed = logs.recovered
    wrong, lost = [], 0

    # A pid may come back: its processes are looked at together.
    for pid in sorted(set(began) | set(closed) | set(killed)):
        ledgers = closed[pid] + killed[pid]
        # Who was killed before it could tell that it began is told of, too.
        if not 0 <= len(ledgers) - began[pid] <= len(killed[pid]):
            wrong.append(f"{pid}: began {began[pid]} times, closed "
                         f"{len(closed[pid])}, killed {len(killed[pid])}")
        wrong += [f"{pid}: {one}" for one in ledgers if balance(one)]
        missing = sum(one["logged"] for one in ledgers) - logs.requests[pid]
        unfinished = (sum(one.get("unfinished", 0) for one in ledgers) -
                      logs.unfinished[pid])
        lost += missing
        if missing < 0 or unfinished:
            wrong.append(f"{pid}: {ledgers} but {logs.requests[pid]} lines "
                         f"and {logs.unfinished[pid]} unfinished")

    total = Counter()
    for one in sum([*closed.values(), *killed.values()], []):
        total.update({k: v for k, v in one.items() if k != "error"})
    print(f"{sum(map(len, closed.values()))} processes closed, "
          f"{sum(map(len, killed.values()))} killed")
    print(", ".join(f"{k} {v}" for k, v in sorted(total.items())))
    print(f"in the logs: {sum(logs.requests.values())} requests, "
          f"{sum(logs.unfinished.values())} unfinished, "
          f"{logs.faults} torn lines, {lost} lines lost to these")
    # A tear swallows one line behind it at most.
    if lost > logs.faults:
        wrong.append(f"{lost} lines are lost, and {logs.faults} are torn")
    if logs.twice:
        wrong.append(f"{logs.twice} lines are there twice")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
