/* SPDX-License-Identifier: ISC
 *
 * tests/lib/clock.h: makes clock_now() say what a test wants; the build wraps it (ld --wrap).
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <time.h>

void clock_set(time_t);   /* it stands there until it is set again; 0: it runs as it does */

#endif
