/* SPDX-License-Identifier: ISC
 *
 * tests/lib/unit.h: what every unit test needs.  A file test_X.c defines tests(), which adds its tests; main() is
 * tests/lib/unit.c's.
 */
#ifndef LIB_UNIT_H
#define LIB_UNIT_H

#include <check.h>
#include <stdbool.h>

void tests(TCase *);

/* A loop test over a table: one run an element, with the index in _i. */
#define add_table(tcase, test, table) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof *(table)))

/* An empty directory that the end of the test takes away; its path, until the next call. */
const char *unit_directory(void);

/* Into a network of our own, in which we are root and lo is up.  False, after unit_skip(), where none can be had. */
bool unit_network(void);

/* Says that the rest of a test cannot be here, and why: tests/units shows it. */
void unit_skip(const char *why);

#endif
