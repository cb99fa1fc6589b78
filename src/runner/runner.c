/* SPDX-License-Identifier: ISC */
#include "runner/runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/execute.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/paths.h"
#include "ipc/packet.h"
#include "runner/retry.h"

enum {
	BUSY_SECONDS  = 60,               /* an entry that somebody else holds is looked at again after this */
	IDLE_OUT_MSEC = 30 * 1000,
	NEW_MSEC      = 1000,             /* how often a single pass looks for what is new */
	DROP_MSEC     = 1000,             /* a salsa-drop that cannot live is not started more often than this */
	LOOK_MSEC     = 10 * 60 * 1000,   /* the wall clock may jump: while something waits, look at it now and then */
};

static volatile sig_atomic_t told_to_leave, told_to_reload;

static void
note_signal(int number)
{
	if (number == SIGHUP)
		told_to_reload = 1;
	else if (number != SIGCHLD)
		told_to_leave = 1;
}

static void
catch_signals(struct runner *r)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGTERM, SIGCHLD };
	struct sigaction action = { .sa_handler = note_signal };

	sigemptyset(&r->signals);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		sigaddset(&r->signals, caught[i]);
		sigaction(caught[i], &action, NULL);
	}
	/* Blocked but in ppoll(), so that none comes between a look at the flag and the wait. */
	sigprocmask(SIG_BLOCK, &r->signals, NULL);
}

/* A worker's end is the end of its socket; but one that was killed cannot say why (relay/sandbox.h). */
static void
bury(void)
{
	pid_t pid;
	int   status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			log_line(LOG_ERR, "worker %d was killed: it tried what no worker does; has a relay taken it over?",
			    (int)pid);
		else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM)
			log_line(LOG_ERR, "process %d was killed: %s", (int)pid, strsignal(WTERMSIG(status)));
}

void
runner_init(struct runner *r, struct conf *conf, const struct spool *spool)
{
	*r = (struct runner){ .conf = conf, .spool = spool, .listener = -1, .notices = -1, .schedule = SCHEDULE };
	r->schedule.lead = clock_lead();
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		r->worker[i] = (struct worker){ .socket = -1 };
	catch_signals(r);
}

static void
schedule(struct runner *r, const char *id, time_t at, int caller, bool trace)
{
	struct due due = { .at = at, .caller = caller, .trace = trace };

	strlcpy(due.id, id, sizeof due.id);
	schedule_add(&r->schedule, &due);
}

struct scan {
	struct runner *runner;
	char         (*known)[ENTRY_ID_LEN + 1];   /* sorted: what is scheduled, or in a worker's hand */
	size_t         nknown;
};

static int
by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
collect_known(struct scan *scan)
{
	const struct runner *r = scan->runner;

	scan->known = xcalloc(r->schedule.ndue + RUNNER_MAX_SESSIONS, sizeof *scan->known);
	for (size_t i = 0; i < r->schedule.ndue; i++)
		strlcpy(scan->known[scan->nknown++], r->schedule.due[i].id, sizeof *scan->known);
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		if (r->worker[i].busy)
			strlcpy(scan->known[scan->nknown++], r->worker[i].job.claim.entry.id, sizeof *scan->known);
	qsort(scan->known, scan->nknown, sizeof *scan->known, by_id);
}

/* An entry whose first line cannot be read is due now: whoever claims it finds out what is wrong. */
static void
schedule_stored(void *argument, const char *id)
{
	struct scan   *scan = argument;
	struct runner *r = scan->runner;
	struct entry   e = ENTRY;
	struct problem why;
	time_t         now = clock_now();
	bool           legible;
	int            fd;

	if (bsearch(id, scan->known, scan->nknown, sizeof *scan->known, by_id) != NULL)
		return;
	fd = openat(r->spool->queue, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	legible = fd >= 0 && entry_read_first_line(&e, fd, &why) == 0;
	if (fd >= 0)
		close(fd);
	r->nheld += legible && e.held;
	if (legible && (e.held || (r->own_only && e.uid != getuid())))
		return;
	schedule(r, id, legible && !r->run_asked ? retry_due(r->conf, &e, now) : now, -1, false);
}

static struct timespec
last_change(const struct runner *r)
{
	struct stat st;

	return fstat(r->spool->queue, &st) == 0 ? st.st_mtim : r->scanned;
}

void
runner_scan(struct runner *r)
{
	struct scan    scan = { .runner = r };
	struct problem why;

	r->scanned = last_change(r);
	r->scan_again = clock_deadline(NEW_MSEC);
	r->nheld = 0;
	collect_known(&scan);
	if (spool_scan(r->spool, schedule_stored, &scan, &why) != 0)
		log_line(LOG_ERR, "%s", why.text);
	free(scan.known);
	r->run_asked = false;
}

/* Nobody tells a single pass what is new: while it waits for a relay, others must not wait for it. */
static void
look_for_new(struct runner *r)
{
	struct timespec changed;

	if (clock_left(r->scan_again) > 0)
		return;
	changed = last_change(r);
	if (changed.tv_sec != r->scanned.tv_sec || changed.tv_nsec != r->scanned.tv_nsec)
		runner_scan(r);
}

/* Somebody asks for a try now, whatever is thought to be down, or not to be published. */
static void
forget_opinions(const struct spool *spool)
{
	int            fd = openat(spool->queue, "../state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *name;

	while (directory != NULL && (name = readdir(directory)) != NULL)
		if (slice_begins(SLICE(name->d_name), SLICE("down.")) || strcmp(name->d_name, "found") == 0)
			unlinkat(fd, name->d_name, 0);
	if (directory != NULL)
		closedir(directory);
	else if (fd >= 0)
		close(fd);
}

/* A caller that waits sees the end of its socket; -1 is none. */
static void
let_go(int caller)
{
	if (caller >= 0)
		close(caller);
}

static void
run_now(struct runner *r, int caller)
{
	forget_opinions(r->spool);
	r->run_asked = !r->is_daemon;
	schedule_hasten(&r->schedule, clock_now());
	if (caller >= 0 && r->nwaiters < RUNNER_MAX_WAITERS)
		r->waiter[r->nwaiters++] = caller;
	else
		let_go(caller);
}

static void
take_notice(struct runner *r, struct slice notice, int caller)
{
	struct slice id = notice, verb = slice_word(&id);
	time_t       now = clock_now();
	bool         trace = slice_equal(verb, SLICE("trace"));

	id = slice_trim(id);
	if (caller >= 0)
		fcntl(caller, F_SETFL, O_NONBLOCK);   /* a caller that does not read must not hold us */
	if (slice_equal(verb, SLICE("run"))) {
		run_now(r, caller);
	} else if (!entry_is_id(id)) {
		let_go(caller);
		if (r->is_daemon)
			runner_scan(r);
	} else if (r->is_daemon || caller >= 0) {   /* in one pass the scan finds it */
		if (slice_equal(verb, SLICE("queued")))
			now += (time_t)r->conf->retry_first_seconds;
		schedule(r, id.at, now, caller, trace);
	}
}

static void
start_drop(struct runner *r)
{
	int pair[2];

	r->drop_again = clock_deadline(DROP_MSEC);
	if (packet_pair(pair) != 0) {
		log_line(LOG_ERR, "make a socket: %s", strerror(errno));
		return;
	}
	if (execute(path_drop, conf_instance(r->conf),
	    (struct descriptors){ r->listener, pair[1], STDERR_FILENO }) < 0)
		log_line(LOG_ERR, "execute %s: %s", path_drop, strerror(errno));
	close(pair[1]);
	r->notices = pair[0];
	fcntl(r->notices, F_SETFL, O_NONBLOCK);
}

void
runner_notices(struct runner *r)
{
	char    text[PACKET_MAX];
	int     caller;
	ssize_t n;

	while ((n = packet_receive(r->notices, text, sizeof text, &caller)) > 0)
		take_notice(r, (struct slice){ text, (size_t)n }, caller);
	if (n < 0 && errno == EAGAIN)
		return;
	close(r->notices);
	r->notices = -1;
}

static void
assign(struct runner *r, struct worker *w, struct claim *c, const struct due *due)
{
	struct problem why;

	log_line(LOG_INFO, "%s: from=<%s>, size=%lld, nrcpt=%zu (queue active)", c->entry.id, c->entry.sender,
	    (long long)c->entry.message_len, c->entry.nrecipients);
	if (worker_assign(w, r->conf, c, due, &why) == 0)
		return;
	log_line(LOG_ERR, "%s: %s", c->entry.id, why.text);
	schedule(r, c->entry.id, clock_now() + BUSY_SECONDS, -1, false);
	claim_release(c);
	let_go(due->caller);
}

/* A crash between the last state and the removal leaves an entry of which nothing is left to do. */
static void
remove_finished(struct claim *c)
{
	struct problem why;

	if (claim_remove(c, &why) != 0)
		log_line(LOG_ERR, "%s: %s", c->entry.id, why.text);
	claim_release(c);
}

static void
begin(struct runner *r, struct worker *w, const struct due *due)
{
	struct claim   c;
	struct problem why;
	enum claimed   claimed = claim_take(&c, r->spool, due->id, &why);

	if (claimed == CLAIM_OK && !c.entry.held && !(r->own_only && c.entry.uid != getuid()) &&
	    entry_nqueued(&c.entry) > 0) {
		assign(r, w, &c, due);
		return;
	}
	let_go(due->caller);
	if (claimed == CLAIM_OK && entry_nqueued(&c.entry) == 0)
		remove_finished(&c);
	else if (claimed == CLAIM_OK)
		claim_release(&c);
	else if (claimed == CLAIM_CORRUPT)
		log_line(LOG_ERR, "%s: set aside in %s/corrupt: %s", due->id, r->spool->path, why.text);
	else if (claimed == CLAIM_TROUBLE)
		log_line(LOG_ERR, "%s: %s", due->id, why.text);
	if ((claimed == CLAIM_BUSY || claimed == CLAIM_TROUBLE) && r->is_daemon)
		schedule(r, due->id, clock_now() + BUSY_SECONDS, -1, false);
}

/* The worker for the next job; -1: all sessions are in use.  One that keeps a connection is better than a new one. */
static int
free_worker(const struct runner *r)
{
	int fresh = -1;

	for (int i = 0; i < (int)r->conf->sessions && i < RUNNER_MAX_SESSIONS; i++) {
		const struct worker *w = &r->worker[i];

		if (!w->busy && w->socket >= 0)
			return i;
		if (!w->busy && fresh < 0)
			fresh = i;
	}
	return fresh;
}

static void
begin_due(struct runner *r)
{
	struct due due;
	int        i;

	while (!r->leaving && (i = free_worker(r)) >= 0 && schedule_take(&r->schedule, clock_now(), &due))
		begin(r, &r->worker[i], &due);
}

/* Whether there is room for one more that is held.  Somebody may have removed some: what is there now counts. */
static bool
may_hold(struct runner *r, const struct entry *e)
{
	if (r->nheld >= RUNNER_MAX_HELD && e->sender[0] == '\0' && clock_left(r->scan_again) == 0)
		runner_scan(r);
	return r->nheld < RUNNER_MAX_HELD;
}

static void
finish(struct runner *r, struct worker *w)
{
	struct due  due, bounce;
	enum ending ending = job_finish(&w->job, r->conf, may_hold(r, &w->job.claim.entry), &due, &bounce);

	w->busy = false;
	r->nheld += ending == ENDING_HELD;
	if (w->retired)
		worker_dismiss(w);
	if (ending == ENDING_LATER)
		schedule_add(&r->schedule, &due);
	if (bounce.id[0] != '\0')
		schedule_add(&r->schedule, &bounce);
}

static void
look_after(struct runner *r, struct worker *w, const struct pollfd *polled)
{
	if (w->socket < 0)
		return;
	if (polled->fd == w->socket && polled->revents != 0) {
		if (worker_listen(w))
			finish(r, w);
	} else if (clock_left(w->deadline) == 0 && w->busy) {
		log_line(LOG_WARNING, "%s: worker %d is silent: killed", w->job.claim.entry.id, (int)w->pid);
		worker_kill(w);
		finish(r, w);
	} else if (clock_left(w->deadline) == 0) {
		worker_dismiss(w);
	}
}

static void
retire_workers(struct runner *r)
{
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++) {
		r->worker[i].retired = true;
		if (!r->worker[i].busy)
			worker_dismiss(&r->worker[i]);
	}
}

/* salsa-drop finishes what it has begun and leaves; its last notices come before the end of its socket. */
static void
dismiss_drop(struct runner *r)
{
	if (r->notices >= 0)
		shutdown(r->notices, SHUT_WR);
}

static void
reload(struct runner *r)
{
	told_to_reload = 0;
	conf_release(r->conf);
	conf_load(r->conf, NULL);
	log_open("salsa/qmgr", r->conf->log);
	log_line(LOG_INFO, "read %s again", r->conf->file);
	log_lines(LOG_ERR, buf_slice(&r->conf->faults));
	retire_workers(r);
	dismiss_drop(r);
}

static void
leave(struct runner *r)
{
	r->leaving = true;
	retire_workers(r);
	dismiss_drop(r);
}

static size_t
count_busy(const struct runner *r)
{
	size_t n = 0;

	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		n += r->worker[i].busy;
	return n;
}

static bool
is_idle(const struct runner *r)
{
	return r->schedule.ndue == 0 && count_busy(r) == 0;
}

/* A run is over when nothing is under way and nothing is due. */
static void
release_waiters(struct runner *r)
{
	if (r->run_asked || count_busy(r) > 0 || schedule_wait(&r->schedule, clock_now()) == 0)
		return;
	while (r->nwaiters > 0)
		close(r->waiter[--r->nwaiters]);
}

static void
shorten(long *wait, long other)
{
	if (*wait < 0 || other < *wait)
		*wait = other;
}

/* Milliseconds until something is to be done without anybody's word; -1: never. */
static long
patience(const struct runner *r)
{
	long wait = -1, seconds = schedule_wait(&r->schedule, clock_now());

	if (seconds >= 0 && !r->leaving && free_worker(r) >= 0)
		shorten(&wait, seconds < LOOK_MSEC / 1000 ? seconds * 1000 : LOOK_MSEC);
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		if (r->worker[i].socket >= 0)
			shorten(&wait, clock_left(r->worker[i].deadline));
	if (r->is_daemon && r->notices < 0)
		shorten(&wait, clock_left(r->drop_again));
	if (!r->is_daemon)
		shorten(&wait, NEW_MSEC);
	if (r->may_idle_out && is_idle(r))
		shorten(&wait, IDLE_OUT_MSEC);
	return wait;
}

static bool
is_over(const struct runner *r)
{
	if (count_busy(r) > 0)
		return false;
	if (r->leaving)
		return r->notices < 0;
	return !r->is_daemon && schedule_wait(&r->schedule, clock_now()) != 0;
}

/* Returns the number of descriptors that have something to say; 0 when time has passed, or a signal came. */
static int
wait_for_events(struct runner *r, struct pollfd set[1 + RUNNER_MAX_SESSIONS])
{
	long            wait = patience(r);
	struct timespec limit = { .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };
	sigset_t        none;
	nfds_t          nset = 1;   /* up to the last that is open: more than RLIMIT_NOFILE is an error of poll(2) */
	int             n;

	set[0] = (struct pollfd){ .fd = r->notices, .events = POLLIN };
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++) {
		set[1 + i] = (struct pollfd){ .fd = r->worker[i].socket, .events = POLLIN };
		if (r->worker[i].socket >= 0)
			nset = 1 + i + 1;
	}
	sigemptyset(&none);
	n = ppoll(set, nset, wait < 0 ? NULL : &limit, &none);
	if (n > 0)
		return n;
	for (size_t i = 0; i < 1 + RUNNER_MAX_SESSIONS; i++)
		set[i].revents = 0;
	return n;
}

/* Somebody else keeps the listener: without work this process need not be.  Without a word for so long, it goes. */
static bool
has_idled_out(const struct runner *r, int events)
{
	return r->may_idle_out && !r->leaving && events == 0 && is_idle(r);
}

static void
turn(struct runner *r)
{
	struct pollfd set[1 + RUNNER_MAX_SESSIONS];
	bool          was_idle = is_idle(r);
	int           events = wait_for_events(r, set);   /* -1: a signal came */

	schedule_follow_clock(&r->schedule, clock_lead(), retry_latest(r->conf, clock_now()));
	bury();
	if (told_to_reload)
		reload(r);
	if (told_to_leave && !r->leaving)
		leave(r);
	if (set[0].revents != 0)
		runner_notices(r);
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		look_after(r, &r->worker[i], &set[1 + i]);
	if (!r->is_daemon)
		look_for_new(r);
	if (was_idle && has_idled_out(r, events))
		leave(r);
}

void
runner_run(struct runner *r)
{
	while (!is_over(r)) {
		if (r->is_daemon && r->notices < 0 && !r->leaving && clock_left(r->drop_again) == 0)
			start_drop(r);
		begin_due(r);
		release_waiters(r);
		if (!is_over(r))
			turn(r);
		if (r->leaving && !told_to_leave && r->notices < 0 && !is_idle(r))
			r->leaving = false;   /* something came just before salsa-drop left */
	}
	release_waiters(r);
}

void
runner_release(struct runner *r)
{
	retire_workers(r);
	bury();
	schedule_release(&r->schedule);
}
