#!/bin/sh
# Whatever perl and the compiler do: our stacks are those of glibc's backtrace().
set -eu
. tests/profile/agreement.sh

compared perl -e '
	my %h = map { ("k$_" => join ",", map { sprintf "%.3f", $_ * 7 } 1 .. 3) }
		1 .. 20000;
	my @k = sort { $h{$a} cmp $h{$b} } keys %h;
	print scalar(grep { /(\d)\1+/ } @k), "\n"'
judge perl 300

if [ -x "$(gcc -print-prog-name=cc1 2>/dev/null)" ]; then
	compared gcc -O2 -D_GNU_SOURCE -Iinclude -Isrc -c -o /dev/null \
		src/core/log.c
	judge cc1 300
fi
