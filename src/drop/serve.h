/* SPDX-License-Identifier: ISC
 *
 * drop/serve.h: behind the submission socket: many callers, none of which can make another wait.
 */
#ifndef DROP_SERVE_H
#define DROP_SERVE_H

#include "conf/conf.h"
#include "drop/caller.h"
#include "spool/spool.h"

/*
 * Serves until nobody has come for a while, for salsad listens too and starts another one; or until salsad says that it
 * wants to leave (it shuts its end of the notices), or is gone.  Returns how the process is to end: not well where salsad
 * has missed a notice, and so has to scan the queue.
 */
int serve(const struct conf *, const struct spool *, int listener, struct notices *);

#endif
