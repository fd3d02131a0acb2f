#ifndef MP_HTMLSTYLE_H
#define MP_HTMLSTYLE_H

/*
 * htmlstyle: how a page of HTML looks, and the little that it does by itself.
 *
 * The page allows these two texts, by their hashes, and no others: so whatever
 * else came to stand in it is neither run nor applied.  Whoever changes a text
 * changes its hash: tests/cmd/test_html.sh tells what it should be.
 */

/* Their lines, and a null pointer. */
extern const char *const mp_html_style[], *const mp_html_script[];

#define MP_HTML_STYLE_SHA256  "b2iGC2oZGQ1yvNLD/lC8yyhDZOPNyo6hIEu6N5t3vuk="
#define MP_HTML_SCRIPT_SHA256 "Srft8hzl+kuSmJ0uDnQjITWydNhflBF/YHRKGXyiqEA="

#endif
