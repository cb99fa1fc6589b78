/* SPDX-License-Identifier: ISC
 *
 * base/clock.h: two clocks.  What is written down (arrival, next try) is wall time, for it must survive a reboot; what
 * is waited for is a deadline on the monotonic clock, for the wall clock may jump (hazard F15).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

time_t clock_now(void);    /* seconds since 1970; never negative */
time_t clock_lead(void);   /* by how much clock_now is ahead of the time since boot: changes where somebody sets it */

struct timespec clock_deadline(long milliseconds);             /* that far from now, on the monotonic clock */
struct timespec clock_sooner(struct timespec, struct timespec);
long clock_left(struct timespec deadline);                     /* milliseconds left, rounded up; 0 when it is past */
void clock_shorten(long *wait, long milliseconds);             /* to that at most; -1 is a wait without end */

#endif
