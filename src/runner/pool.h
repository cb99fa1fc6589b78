/* SPDX-License-Identifier: ISC
 *
 * runner/pool.h: the workers, how many of them may have work at once, and which one gets the next message.
 */
#ifndef RUNNER_POOL_H
#define RUNNER_POOL_H

#include "runner/worker.h"

enum { POOL_MAX_WORKERS = 64, POOL_MAX_JOBS = 256 };

struct pool {
	struct worker worker[POOL_MAX_WORKERS];
	size_t        max_jobs;   /* each is a descriptor; but a worker that is idle always gets one */
};

void pool_init(struct pool *);
size_t pool_njobs(const struct pool *);

bool pool_has(const struct pool *, const char *id);   /* whether a worker has this message in its hand */
/*
 * The worker for the next job, so that none waits behind another while a worker is idle; NULL: as many as may
 * (`sessions' of the configuration) are at work, or there are too many jobs.
 */
struct worker *pool_choose(struct pool *, unsigned sessions);

void pool_outdate(struct pool *);   /* what workers will say of relays was true before */
void pool_recall(struct pool *);    /* what they return need not wait */
void pool_retire(struct pool *);    /* no more jobs for any of them: whoever has none leaves now, the others after it */

#endif
