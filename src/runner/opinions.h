/* SPDX-License-Identifier: ISC
 *
 * runner/opinions.h: the spool's state/ directory, which workers fill (relay/state.h) and salsad keeps small.
 */
#ifndef RUNNER_OPINIONS_H
#define RUNNER_OPINIONS_H

#include "spool/spool.h"

/* Forgets what is thought to be down, or not to be published, so that all is tried again. */
void opinions_forget(const struct spool *);

#endif
