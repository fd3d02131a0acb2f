#include "profile/outputs.h"

const struct mp_output mp_outputs[MP_OUTPUTS] = {
	{ "tree", ".txt" },
	{ "top", ".top.txt" },
	{ "folded", ".folded" },
	{ "json", ".json" },
	{ "callgrind", ".callgrind" },
	{ "pprof", ".pb.gz" },
	{ "speedscope", ".speedscope.json" },
	{ "pstats", ".pstats" },
	{ "flamegraph", ".svg" },
	{ "icicle", ".icicle.svg" },
	{ "sunburst", ".sunburst.svg" },
	{ "html", ".html" },
};
