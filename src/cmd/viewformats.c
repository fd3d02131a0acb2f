#include "cmd/viewformats.h"

#include "view/callgrind.h"
#include "view/callsjson.h"
#include "view/calltree.h"
#include "view/diffjson.h"
#include "view/flamegraph.h"
#include "view/folded.h"
#include "view/functions.h"
#include "view/pprof.h"
#include "view/pstats.h"
#include "view/speedscope.h"
#include "view/sunburst.h"
#include "view/webpage.h"

#include <string.h>

static const struct mp_view_format formats[] = {
	{ .name = "tree", .show = mp_show_calltree, .diff = mp_show_treediff },
	{ .name = "top",
	  .show = mp_show_functions,
	  .diff = mp_show_functiondiff },
	{ .name = "folded",
	  .write = mp_write_folded,
	  .diff = mp_show_foldeddiff },
	{ .name = "json",
	  .by = MP_GROUP_LINE,
	  .write = mp_write_callsjson,
	  .diff = mp_show_diffjson },
	{ .name = "callgrind",
	  .by = MP_GROUP_LINE,
	  .write = mp_write_callgrind },
	{ .name = "pprof",
	  .by = MP_GROUP_LINE,
	  .write = mp_write_pprof,
	  .binary = true },
	{ .name = "speedscope", .write = mp_write_speedscope },
	{ .name = "pstats", .write = mp_write_pstats, .binary = true },
	{ .name = "flamegraph",
	  .write = mp_write_flamegraph,
	  .diff = mp_show_flamediff },
	{ .name = "icicle",
	  .write = mp_write_icicle,
	  .diff = mp_show_iciclediff },
	{ .name = "sunburst",
	  .write = mp_write_sunburst,
	  .diff = mp_show_sunburstdiff },
	{ .name = "html", .write = mp_write_html, .diff = mp_show_htmldiff },
};

const struct mp_view_format *mp_view_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}
