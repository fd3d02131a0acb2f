#include "cmd/reportformats.h"

#include "cmd/htmlreport.h"
#include "report/explain.h"
#include "report/gaplist.h"
#include "report/html.h"
#include "report/killedlist.h"
#include "report/markdown.h"
#include "report/pagescsv.h"
#include "report/pagesjson.h"
#include "report/proclist.h"
#include "report/prometheus.h"
#include "report/table.h"
#include "report/worstlist.h"

#include <string.h>

static void print_table(const struct mp_report *r, FILE *out)
{
	mp_table_print(r, out);
	mp_explain_print(r, out);
	mp_killedlist_print(&r->killed, &r->options.style, out);
	mp_worstlist_print(&r->worst, &r->options.style, out);
	if (r->options.gaps)
		mp_gaplist_print(&r->gaps, &r->options.style, out);
	mp_proclist_print(&r->procs, r->options.processes, &r->options.style,
			  out);
}

static const struct mp_report_format formats[] = {
	{ "table", SIZE_MAX, print_table, false },
	{ "json", SIZE_MAX, mp_pagesjson_print, false },
	{ "csv", SIZE_MAX, mp_pagescsv_print, false },
	{ "tsv", SIZE_MAX, mp_pagescsv_print_tabs, false },
	{ "markdown", SIZE_MAX, mp_markdown_print, false },
	{ "html", MP_HTML_PAGES, mp_htmlreport_print, true },
	{ "prometheus", MP_PROMETHEUS_PAGES, mp_prometheus_print, false },
};

const struct mp_report_format *mp_report_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}
