"""Compare what `memprof view -f json` calls each address with addr2line(1):
names.py PROGRAM JSON [LINES], where LINES is `no` where a program has none.
Prints how many it compared, and how many of them were inlined."""

import json
import re
import subprocess
import sys

program, document = sys.argv[1:3]
lines = len(sys.argv) < 4 or sys.argv[3] != "no"
doc = json.load(open(document))
chains = {}
for stack in doc["stacks"]:
    chain = []
    for at in reversed(stack["places"]):
        place = doc["places"][at]
        chain.append((doc["functions"][place["function"]]["name"],
                      place["line"]))
    chains[doc["pages"][stack["page"]]["id"]] = chain

said = subprocess.run(["addr2line", "-aifC", "-e", program], check=True,
                      input="\n".join(chains), capture_output=True,
                      text=True).stdout
want, address = {}, None
for line in said.splitlines():
    if re.fullmatch(r"0x[0-9a-f]{16}", line):
        address = "%x" % int(line, 16)
        want[address] = []
        name = None
    elif name is None:
        name = line
    else:
        number = re.search(r":(\d+)", line)
        want[address].append((name, int(number.group(1)) if number else 0))
        name = None


def short(name):
    """Without arguments, namespaces, and what the compiler made of it."""
    name = re.sub(r"\(anonymous namespace\)", "", name)
    name = re.sub(r" \[clone .*|\.(part|constprop|isra|cold)\b.*", "", name)
    while re.search(r"<[^<>]*>|\([^()]*\)", name):
        name = re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
    return name.replace(" const", "").split("::")[-1].split(" ")[-1]


# addr2line names what is between two functions, too.
inside, sized = set(), set()
for line in subprocess.run(["nm", "-S", program], check=True,
                           capture_output=True, text=True).stdout.splitlines():
    fields = line.split()
    if len(fields) == 4:
        start, size = int(fields[0], 16), int(fields[1], 16)
        inside.update(range(start, start + min(size, 1 << 20)))
        sized.add(fields[3])

faults = inlined = compared = missed = 0
for address, got in chains.items():
    if int(address, 16) not in inside:
        if got[0][0] in sized:
            faults += 1
            print(f"{address}: {got} is behind its end", file=sys.stderr)
        continue
    compared += 1
    inlined += len(got) > 1
    ours = [(short(n), l if lines else 0) for n, l in got]
    theirs = [(short(n), l if lines else 0) for n, l in want[address]]
    # Of clang's ranges addr2line knows not all: then it tells of the outermost.
    if len(ours) > 1 and theirs == [(ours[-1][0], ours[0][1])]:
        missed += 1
        continue
    # Where an inlined call begins a part that was split off, it gives that
    # the name of the part.
    if len(ours) > 1 and theirs[0][0] == ours[-1][0]:
        theirs[0] = (ours[0][0], theirs[0][1])
    if ours != theirs:
        faults += 1
        if faults < 10:
            print(f"{address}: {got}, not {want[address]}", file=sys.stderr)
print(compared, inlined)
sys.exit(1 if faults or not compared or missed > compared / 3 else 0)
