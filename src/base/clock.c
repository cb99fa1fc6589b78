/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

enum { NSEC_PER_MSEC = 1000000, NSEC_PER_SEC = 1000000000 };

time_t
clock_now(void)
{
	time_t now = time(NULL);

	return now > 0 ? now : 0;
}

time_t
clock_lead(void)
{
	struct timespec since_boot;

	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	return clock_now() - since_boot.tv_sec;
}

struct timespec
clock_deadline(long milliseconds)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += milliseconds / 1000;
	at.tv_nsec += milliseconds % 1000 * NSEC_PER_MSEC;
	if (at.tv_nsec >= NSEC_PER_SEC) {
		at.tv_sec++;
		at.tv_nsec -= NSEC_PER_SEC;
	}
	return at;
}

struct timespec
clock_sooner(struct timespec a, struct timespec b)
{
	if (a.tv_sec != b.tv_sec)
		return a.tv_sec < b.tv_sec ? a : b;
	return a.tv_nsec < b.tv_nsec ? a : b;
}

long
clock_left(struct timespec deadline)
{
	struct timespec now;
	long            nanoseconds, milliseconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nanoseconds = deadline.tv_nsec - now.tv_nsec;
	milliseconds = (deadline.tv_sec - now.tv_sec) * 1000 + (nanoseconds + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return milliseconds > 0 ? milliseconds : 0;
}

void
clock_shorten(long *wait, long milliseconds)
{
	if (*wait < 0 || milliseconds < *wait)
		*wait = milliseconds;
}
