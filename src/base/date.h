/* SPDX-License-Identifier: ISC
 *
 * base/date.h: date-time of RFC 5322, 3.3.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <time.h>

#include "base/buf.h"

void date_format(struct buf *, time_t);   /* adds it, in the local time zone */

#endif
