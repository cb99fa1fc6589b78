/* SPDX-License-Identifier: ISC
 *
 * tests/lib/spool.h: a spool in the test's own directory.
 */
#ifndef LIB_SPOOL_H
#define LIB_SPOOL_H

#include "spool/spool.h"

/* Makes queue/, corrupt/ and state/ in unit_directory() and opens them. */
void spool_make(struct spool *);

/* Puts an entry from sender to recipients (a comma between) into the queue; its ID, until the next call. */
const char *spool_put(const struct spool *, const char *sender, const char *recipients);

/* The draft that a sendmail, honest or not, may send to salsa-drop, until the next call. */
struct slice spool_compose(const char *sender, struct slice message);

int spool_count(const struct spool *, const char *directory);   /* files in queue/, corrupt/ or state/ */

#endif
