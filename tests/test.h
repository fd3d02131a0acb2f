#ifndef MP_TEST_H
#define MP_TEST_H

/* What every cmocka test includes: cmocka with what it wants before it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#endif
