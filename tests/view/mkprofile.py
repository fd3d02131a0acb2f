"""Print a profile that has every address of a program's code, each in a page
of its own, which is called by it: mkprofile.py PROGRAM [STEP [BUILDID]]"""

import re
import subprocess
import sys

program = sys.argv[1]
step = int(sys.argv[2]) if len(sys.argv) > 2 else 1
BIAS = 0x7F0000000000


def readelf(flags):
    return subprocess.run(["readelf", flags, program], check=True,
                          capture_output=True, text=True).stdout


build_id = re.search(r"Build ID: (\w+)", readelf("-nW")).group(1)
if len(sys.argv) > 3:
    build_id = sys.argv[3]
bias = BIAS if "DYN (" in readelf("-hW") else 0
start, size = [int(x, 16) for x in re.search(
    r"\.text\s+PROGBITS\s+(\w+) \w+ (\w+)", readelf("-SW")).groups()]

lines = ["memprof-profile\t1", "clock\tcpu", "requests\t1",
         f"object\t{bias + start:x}\t{bias + start + size:x}\t{bias:x}"
         f"\t{build_id}\t{program}"]
for address in range(start, start + size, step):
    lines.append(f"page\t{address:x}\t1\t1\t1")
    lines.append(f"stack\tcpu\t1\t1\t{bias + address:x}")
lines.append(f"end\t{len(lines)}")
print("\n".join(lines))
