/* SPDX-License-Identifier: ISC
 *
 * runner/deliver.h: what is due goes to a worker, and what a worker says is settled.
 */
#ifndef RUNNER_DELIVER_H
#define RUNNER_DELIVER_H

#include "runner/runner.h"

/* Hands out what is due, as long as a worker is free for it. */
void deliver_due(struct runner *);
/* Hears what a worker has to say; or, past its deadline, kills one that is silent and dismisses one that is idle. */
void deliver_look_after(struct runner *, struct worker *, bool has_word);

#endif
