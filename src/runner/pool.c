/* SPDX-License-Identifier: ISC */
#include "runner/pool.h"

#include <string.h>
#include <unistd.h>

/* Half of our descriptors are for other things. */
static size_t
max_jobs(void)
{
	long open_max = sysconf(_SC_OPEN_MAX);

	return open_max > 0 && open_max / 2 < POOL_MAX_JOBS ? (size_t)open_max / 2 : POOL_MAX_JOBS;
}

void
pool_init(struct pool *p)
{
	*p = (struct pool){ .max_jobs = max_jobs() };
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		p->worker[i].socket = -1;
}

size_t
pool_njobs(const struct pool *p)
{
	size_t n = 0;

	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		n += p->worker[i].njobs;
	return n;
}

bool
pool_has(const struct pool *p, const char *id)
{
	for (const struct worker *w = p->worker; w < p->worker + POOL_MAX_WORKERS; w++)
		for (size_t i = 0; i < w->njobs; i++)
			if (strcmp(w->job[i].claim.entry.id, id) == 0)
				return true;
	return false;
}

/* One that waits for a relay that takes long is no session: those who go elsewhere must not wait for it too. */
static unsigned
count_sessions(const struct pool *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		n += p->worker[i].njobs > 0 && !p->worker[i].slow;
	return n;
}

/* Of two workers the one with less to do; among the idle ones, the one that may have kept a connection. */
static bool
is_better(const struct worker *a, const struct worker *b)
{
	return a->njobs != b->njobs ? a->njobs < b->njobs : a->socket >= 0 && b->socket < 0;
}

struct worker *
pool_choose(struct pool *p, unsigned sessions)
{
	bool           idle_may = count_sessions(p) < sessions, busy_may = pool_njobs(p) < p->max_jobs;
	struct worker *best = NULL;

	for (struct worker *w = p->worker; w < p->worker + POOL_MAX_WORKERS; w++)
		if (worker_may_take(w) && (w->njobs == 0 ? idle_may : busy_may) &&
		    (best == NULL || is_better(w, best)))
			best = w;
	return best;
}

void
pool_outdate(struct pool *p)
{
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		p->worker[i].outdated = true;
}

void
pool_recall(struct pool *p)
{
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		p->worker[i].recalled = true;
}

void
pool_retire(struct pool *p)
{
	for (struct worker *w = p->worker; w < p->worker + POOL_MAX_WORKERS; w++)
		worker_retire(w);
}
