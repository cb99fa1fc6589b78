/* SPDX-License-Identifier: ISC
 *
 * runner/opinions.h: the spool's state/ directory, which workers fill (relay/state.h) and salsad keeps small.
 */
#ifndef RUNNER_OPINIONS_H
#define RUNNER_OPINIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"

/* Forgets what is thought to be down, or not to be published, so that all is tried again. */
void opinions_forget(const struct spool *);
/* Notes where this host is (runner/network.h).  Returns whether it was elsewhere when that was noted last. */
bool opinions_move(const struct spool *, uint32_t place);
/*
 * Removes what nobody has written for a month: a relay is gone, or a crash has left it.  Where there is still more than
 * a network can mean, removes all.  What is locked stays.
 */
void opinions_sweep(const struct spool *);

#endif
