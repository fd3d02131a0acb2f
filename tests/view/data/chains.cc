// The same in C++: namespaces, templates, methods, and what no other file sees.

#include <algorithm>
#include <string>
#include <vector>

static volatile unsigned long sink;

namespace app {

static inline __attribute__((always_inline)) void inner(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink = sink + i;
}

namespace {
struct Worker {
	unsigned long seed;
	__attribute__((noinline)) void work(unsigned long n)
	{
		inner(n + seed);
		sink = sink + 1;
	}
};
} // namespace

template <typename T> __attribute__((noinline)) T apply(T value, int times)
{
	Worker worker{ static_cast<unsigned long>(times) };

	worker.work(static_cast<unsigned long>(value));
	return value + static_cast<T>(times);
}

} // namespace app

int main(int argc, char **argv)
{
	std::vector<std::string> words(argv, argv + argc);

	std::sort(words.begin(), words.end());
	return app::apply<long>(argc, 3) + app::apply<short>(2, 5) < 0;
}
