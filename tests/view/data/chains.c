/* A program whose functions are inlined into each other, to be named. */

#include <stdlib.h>
#include <string.h>

static volatile unsigned long sink;

static inline __attribute__((always_inline)) void innermost(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink += i;
}

static inline __attribute__((always_inline)) void inner(unsigned long n)
{
	innermost(n);
	sink ^= n;
	innermost(n / 2);
}

static __attribute__((noinline)) void hidden(unsigned long n)
{
	inner(n);
	sink += 3;
}

__attribute__((noinline)) int shown(const void *a, const void *b)
{
	const int *x = a, *y = b;

	hidden((unsigned long)*x);
	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	int numbers[64];

	for (int i = 0; i < 64; i++)
		numbers[i] = (i * 37 + argc) % 64;
	qsort(numbers, 64, sizeof(*numbers), shown);
	__asm__ volatile("label_inside: nop");
	hidden(strlen(argv[0]));
	return 0;
}
