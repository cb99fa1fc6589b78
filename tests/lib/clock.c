/* SPDX-License-Identifier: ISC */
#include "lib/clock.h"

#include "base/clock.h"

time_t __real_clock_now(void);
time_t __wrap_clock_now(void);

static time_t stands_at;

void
clock_set(time_t now)
{
	stands_at = now;
}

time_t
__wrap_clock_now(void)
{
	return stands_at != 0 ? stands_at : __real_clock_now();
}
