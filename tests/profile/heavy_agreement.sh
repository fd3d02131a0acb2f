#!/bin/sh
# Our stacks are those of glibc's backtrace(), in larger programs, for longer.
set -eu
. tests/profile/agreement.sh

compared python3 - <<'EOF'
import bz2, ctypes, decimal, hashlib, json, lzma, random, re, sqlite3, zlib

random.seed(1)
rows = [{"a": random.random(), "b": [str(i)] * 5} for i in range(5000)]
text = json.dumps(rows)
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int),
                           ctypes.POINTER(ctypes.c_int))
for _ in range(5):
    json.loads(text)
    re.findall(r"(\d+)\.(\d+)", text)
    zlib.decompress(zlib.compress(text.encode()))
    lzma.compress(text.encode()[:100000])
    bz2.compress(text.encode()[:200000])
    for name in "sha256", "sha1", "md5", "blake2b":
        hashlib.new(name, text.encode() * 10).digest()
    decimal.getcontext().prec = 5000
    decimal.Decimal(2).sqrt()
    sorted(rows, key=lambda row: row["a"])
    db = sqlite3.connect(":memory:")
    db.create_function("plus", 1, lambda x: x + 1)
    db.execute("with recursive t(n) as (select 1 union all"
               " select n + 1 from t where n < 20000)"
               " select sum(plus(n)) from t").fetchall()
    numbers = (ctypes.c_int * 3000)(*random.sample(range(9999), 3000))
    ctypes.CDLL(None).qsort(numbers, 3000, 4,
                            compare(lambda a, b: a[0] - b[0]))
EOF
judge python3 3000

compared sqlite3 :memory: >"$work/sums" <<'EOF'
create table t(a, b);
insert into t with recursive c(n) as
	(select 1 union all select n + 1 from c where n < 300000)
	select n * 7919 % 300007, 'text' || n from c;
create index i on t(a);
select count(*), sum(length(b)), max(a) from t
	where a in (select a from t where b like '%9%');
select sum(x.a) from t x join t y on x.a = y.a + 1;
EOF
judge sqlite3 3000

compared perl -e '
	for (1 .. 5) {
		my %h = map { ("k$_" => join ",", map { sprintf "%.3f", $_ * 7 }
			1 .. 3) } 1 .. 60000;
		my @k = sort { $h{$a} cmp $h{$b} } keys %h;
		print scalar(grep { /(\d)\1+\./ } @k), "\n";
	}'
judge perl 3000

for file in src/core/*.c; do
	compared "$(gcc -print-prog-name=cc1)" -quiet -O2 -D_GNU_SOURCE \
		-I"$(gcc -print-file-name=include)" \
		-imultiarch "$(gcc -print-multiarch)" -Iinclude -Isrc \
		-o "$work/out.s" "$file"
done
judge cc1 30000
