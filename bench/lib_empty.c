#include "lib_empty.h"

void empty_begin(const void *session, const void *req, const char *page_id)
{
	(void)session;
	(void)req;
	(void)page_id;
}

void empty_end(const void *req, const char *oops_id)
{
	(void)req;
	(void)oops_id;
}
