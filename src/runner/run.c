/* SPDX-License-Identifier: ISC */
#include "runner/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "runner/opinions.h"
#include "runner/runner.h"
#include "runner/select.h"

enum { AGAIN_SECONDS = 30 };   /* for others than root a run comes no sooner after the last one */

/* root and the owner of the spool, who salsad is, see all; others learn nothing of what is not theirs (hazard L6). */
static bool
is_ordinary(const struct runner *r, uid_t uid)
{
	return r->own_only || (uid != 0 && uid != getuid());
}

bool
run_selects(void *runner, const char *id)
{
	struct runner *r = runner;
	struct entry   e = ENTRY;
	struct problem why;
	bool           selected = false;
	int            fd;

	if (r->run.terms[0] == '\0')
		return true;
	fd = spool_open_entry(r->spool, id);
	if (fd >= 0 && entry_read(&e, fd, &why) == 0 && !e.held) {
		strlcpy(e.id, id, sizeof e.id);
		selected = select_covers(SLICE(r->run.terms), &e, clock_now());
	}
	if (selected && (e.uid == r->run.uid || !is_ordinary(r, r->run.uid)))
		r->run.nselected++;
	if (fd >= 0)
		close(fd);
	entry_release(&e);
	return selected;
}

static void
tell_selected(const struct run *run, int asker)
{
	if (asker >= 0 && run->terms[0] != '\0')
		packet_sendf(asker, -1, "selected %zu", run->nselected);
}

/*
 * Anybody may have the queue run, but a loop of such wishes must not keep us busy, nor have relays that are down called
 * all the time.  The last time is a file's, for the single passes of all users are to know it.
 */
static bool
is_too_soon(const struct runner *r, uid_t uid)
{
	static const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat      st;
	time_t           now = clock_now();
	bool             soon;
	int              fd;

	if (!is_ordinary(r, uid) || (fd = openat(r->spool->queue, "../state/asked", flags, 0660)) < 0)
		return false;
	/* Empty: it is new. */
	soon = fstat(fd, &st) == 0 && st.st_size > 0 && st.st_mtime <= now && now - st.st_mtime < AGAIN_SECONDS;
	if (!soon && ftruncate(fd, 1) == 0)
		futimens(fd, NULL);
	close(fd);
	return soon;
}

/* In one pass the scan comes later, and selects; in the daemon it finds what was released. */
static void
hasten(struct runner *r)
{
	bool all = r->run.terms[0] == '\0';

	r->run.nselected = 0;
	r->run.asked = !r->is_daemon;
	r->scan.asked = r->scan.asked || (r->is_daemon && !all);
	if (all)
		schedule_hasten(&r->schedule, clock_now());
	else
		schedule_hasten_some(&r->schedule, clock_now(), run_selects, r);
}

/* The run comes all the same; but who is one too many must not take our silence for its end. */
static void
wait_for_end(struct run *run, int asker)
{
	if (asker >= 0 && run->nwaiters < RUN_MAX_WAITERS) {
		run->waiter[run->nwaiters++] = asker;
		return;
	}
	packet_sendf(asker, -1, "refused later 4.7.0 the queue is run now, but %d wait for its end already",
	    RUN_MAX_WAITERS);
	packet_end(asker);
}

void
run_ask(struct runner *r, struct slice request, int asker)
{
	struct slice       how = slice_cut(&request, '\t'), who = slice_word(&how);
	bool               waits = slice_equal(slice_trim(how), SLICE("wait")), soon;
	unsigned long long uid = (uid_t)-1;

	(void)slice_number(who, UINT32_MAX, &uid);
	soon = is_too_soon(r, (uid_t)uid);
	if (soon && r->is_daemon) {
		r->scan.asked = true;   /* what he has released is not to wait for somebody else's wish */
		packet_sendf(asker, -1, "refused later 4.7.0 the queue was run less than %d seconds ago; wait a little",
		    AGAIN_SECONDS);
		packet_end(asker);
		return;
	}
	if (!soon) {
		opinions_forget(r->spool);
		pool_outdate(&r->pool);
	}
	r->run.uid = (uid_t)uid;
	snprintf(r->run.terms, sizeof r->run.terms, "%.*s", SLICE_ARG(request));
	hasten(r);
	if (r->is_daemon)
		tell_selected(&r->run, asker);
	if (waits)
		wait_for_end(&r->run, asker);
	else
		packet_end(asker);
}

void
run_scanned(struct runner *r)
{
	for (size_t i = 0; r->run.asked && i < r->run.nwaiters; i++)
		tell_selected(&r->run, r->run.waiter[i]);
	r->run.asked = false;
}

void
run_release_waiters(struct runner *r)
{
	if (r->run.asked || pool_njobs(&r->pool) > 0 || clock_left(r->returned) > 0 ||
	    schedule_wait(&r->schedule, clock_now()) == 0)
		return;
	while (r->run.nwaiters > 0)
		packet_end(r->run.waiter[--r->run.nwaiters]);
}
