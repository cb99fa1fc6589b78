/* SPDX-License-Identifier: ISC
 *
 * base/banned.h: calls that hide a length, a time zone's static buffer, or an error.  The build includes this file
 * ahead of every source; with -Werror a use of one does not compile.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(instead) __attribute__((deprecated("banned: use " instead)))

BANNED("buf_add or strlcpy") char *strcpy(char *, const char *);
BANNED("buf_add or strlcpy") char *strncpy(char *, const char *, size_t);
BANNED("buf_add or strlcat") char *strcat(char *, const char *);
BANNED("buf_add or strlcat") char *strncat(char *, const char *, size_t);
BANNED("buf_addf or snprintf") int sprintf(char *, const char *, ...);
BANNED("buf_addf or vsnprintf") int vsprintf(char *, const char *, va_list);
BANNED("slice_cut") char *strtok(char *, const char *);
BANNED("strtonum") int atoi(const char *);
BANNED("strtonum") long atol(const char *);
BANNED("gmtime_r") struct tm *gmtime(const time_t *);
BANNED("localtime_r") struct tm *localtime(const time_t *);
BANNED("strftime") char *ctime(const time_t *);
BANNED("strftime") char *asctime(const struct tm *);

#endif
