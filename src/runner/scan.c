/* SPDX-License-Identifier: ISC */
#include "runner/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "runner/retry.h"
#include "runner/runner.h"

enum { AGAIN_MSEC = 1000 };

struct known {
	struct runner *runner;
	char         (*id)[ENTRY_ID_LEN + 1];   /* sorted: what is scheduled, or in a worker's hand */
	size_t         nids;
};

static int
by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
collect(struct known *known, struct runner *r)
{
	*known = (struct known){ .runner = r };
	known->id = xcalloc(r->schedule.ndue + POOL_MAX_WORKERS * WORKER_MAX_JOBS, sizeof *known->id);
	for (size_t i = 0; i < r->schedule.ndue; i++)
		strlcpy(known->id[known->nids++], r->schedule.due[i].id, sizeof *known->id);
	for (const struct worker *w = r->pool.worker; w < r->pool.worker + POOL_MAX_WORKERS; w++)
		for (size_t i = 0; i < w->njobs; i++)
			strlcpy(known->id[known->nids++], w->job[i].claim.entry.id, sizeof *known->id);
	qsort(known->id, known->nids, sizeof *known->id, by_id);
}

/* What has a sender the administrator has stopped. */
static bool
can_be_told_to_nobody(int fd)
{
	struct entry   e = ENTRY;
	struct problem why;
	bool           result = entry_read(&e, fd, &why) == 0 && e.sender[0] == '\0';

	entry_release(&e);
	return result;
}

/*
 * An entry whose first line cannot be read is due now: whoever claims it finds out what is wrong, or that it was still
 * being written.
 */
static void
schedule_stored(void *argument, const char *id)
{
	struct known  *known = argument;
	struct runner *r = known->runner;
	struct due     due = { .at = clock_now(), .caller = -1 };
	struct entry   e = ENTRY;
	struct problem why;
	bool           legible;
	int            fd;

	if (bsearch(id, known->id, known->nids, sizeof *known->id, by_id) != NULL)
		return;
	fd = spool_open_entry(r->spool, id);
	legible = fd >= 0 && entry_read_first_line(&e, fd, &why) == 0;
	r->scan.nheld += legible && e.held && can_be_told_to_nobody(fd);
	if (fd >= 0)
		close(fd);
	if (legible && (e.held || (r->own_only && e.uid != getuid())))
		return;
	if (legible && !(r->run.asked && run_selects(r, id)))
		due.at = retry_due(r->conf, &e, due.at);
	due.unread = !legible;
	strlcpy(due.id, id, sizeof due.id);
	schedule_add(&r->schedule, &due);
}

static struct timespec
last_change(const struct runner *r)
{
	struct stat st;

	return fstat(r->spool->queue, &st) == 0 ? st.st_mtim : r->scan.changed;
}

void
scan_queue(struct runner *r)
{
	struct known   known;
	struct problem why;

	r->scan = (struct scan){ .again = clock_deadline(AGAIN_MSEC), .changed = last_change(r), .at = clock_now() };
	collect(&known, r);
	if (spool_scan(r->spool, schedule_stored, &known, &why) != 0)
		log_line(LOG_ERR, "%s", why.text);
	free(known.id);
	run_scanned(r);
}

void
scan_if_asked(struct runner *r)
{
	if (r->scan.asked && clock_left(r->scan.again) == 0)
		scan_queue(r);
}

void
scan_if_changed(struct runner *r)
{
	struct timespec changed;

	if (r->scan.at == 0 || clock_left(r->scan.again) > 0)
		return;
	changed = last_change(r);
	if (changed.tv_sec != r->scan.changed.tv_sec || changed.tv_nsec != r->scan.changed.tv_nsec)
		scan_queue(r);
}

/*
 * An ID begins with the second it was given in: most are younger than the last scan, and there is nothing to look for.  But
 * time(2) may be some milliseconds behind the clock of the ID.
 */
bool
scan_make_way(struct runner *r, const char *id)
{
	char second[sizeof "FFFFFFFF"];

	snprintf(second, sizeof second, "%08X", (unsigned)((r->scan.at + 1) & 0xFFFFFFFF));
	if (strncmp(id, second, sizeof second - 1) > 0)
		return true;
	schedule_drop(&r->schedule, id);
	return !pool_has(&r->pool, id);
}
