/* SPDX-License-Identifier: ISC
 *
 * relay/remember.h: what discovery found the last time, as a text in state/found:
 *
 *     key KEY                                          what it was asked for; another key finds nothing here
 *     until SECONDS                                    since 1970
 *     trouble                                          or no such line
 *     words WORDS                                      why there is nothing
 *     relay PREFERENCE RANK DNSSEC HOST ZONE ADDRESS ...      one line each; DNSSEC is the number of an enum dnssec
 */
#ifndef RELAY_REMEMBER_H
#define RELAY_REMEMBER_H

#include <stdbool.h>
#include <time.h>

#include "relay/discover.h"

enum { REMEMBER_KEY_MAX = 2048, REMEMBER_LONGEST = 3600 };

void remember(const struct discovery *, int state, struct slice key, time_t until);

/*
 * Fills in what was remembered for the key.  Returns false, nothing filled in, when that is nothing, too old, or in any
 * line not what remember() writes: then there is one more reason to ask.
 */
bool recall(struct discovery *, int state, struct slice key);

/* Whether there was no relay the last time, whatever it was asked for and however long ago. */
bool remembers_none(int state);

#endif
