/* SPDX-License-Identifier: ISC
 *
 * base/banned.h: calls that hide a length, an error, or a static buffer.  The build includes this file ahead of every
 * source; a use of one does not compile.  Instead: buf_add, buf_addf, strlcpy, snprintf, slice_cut, slice_number,
 * strtonum, gmtime_r, localtime_r, strftime, clock_deadline.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The headers that declare them come first. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Some are macros, some are not, as compiler and hardening will have it. */
#undef alloca
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef stpcpy
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf stpcpy strtok gets
#pragma GCC poison atoi atol atoll gmtime localtime ctime asctime alarm alloca longjmp

#endif
