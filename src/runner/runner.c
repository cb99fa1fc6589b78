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
#include "runner/select.h"

enum { POLL_NOTICES, POLL_NETWORK, POLL_WORKERS, NPOLL = POLL_WORKERS + RUNNER_MAX_SESSIONS };

enum {
	PAUSE_SECONDS = 60 * 60,          /* the longest for which a worker is believed that no relay works */
	BUSY_SECONDS  = 60,               /* an entry that somebody else holds is looked at again after this */
	IDLE_OUT_MSEC = 30 * 1000,
	NEW_MSEC      = 1000,             /* how often a single pass looks for what is new */
	ASK_SECONDS   = 30,               /* for others than root a run comes no sooner after the last one */
	DROP_MSEC     = 1000,             /* a salsa-drop that cannot live is not started more often than this */
	SETTLE_MSEC   = 1000,             /* a change of the network comes in many pieces */
	RUSH_MSEC     = 10 * 1000,        /* who changes all the time makes all due no more often than this */
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

/* Half of our descriptors are for other things. */
static size_t
max_jobs(void)
{
	long open_max = sysconf(_SC_OPEN_MAX);

	return open_max > 0 && open_max / 2 < RUNNER_MAX_JOBS ? (size_t)open_max / 2 : RUNNER_MAX_JOBS;
}

void
runner_init(struct runner *r, struct conf *conf, const struct spool *spool)
{
	*r = (struct runner){ .conf = conf, .spool = spool, .listener = -1, .notices = -1, .schedule = SCHEDULE,
	    .network.fd = -1 };
	r->schedule.lead = clock_lead();
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		r->worker[i] = (struct worker){ .socket = -1 };
	r->max_jobs = max_jobs();
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

	scan->known = xcalloc(r->schedule.ndue + RUNNER_MAX_SESSIONS * WORKER_MAX_JOBS, sizeof *scan->known);
	for (size_t i = 0; i < r->schedule.ndue; i++)
		strlcpy(scan->known[scan->nknown++], r->schedule.due[i].id, sizeof *scan->known);
	for (const struct worker *w = r->worker; w < r->worker + RUNNER_MAX_SESSIONS; w++)
		for (size_t i = 0; i < w->njobs; i++)
			strlcpy(scan->known[scan->nknown++], w->job[i].claim.entry.id, sizeof *scan->known);
	qsort(scan->known, scan->nknown, sizeof *scan->known, by_id);
}

static int
open_stored(const struct runner *r, const char *id)
{
	return openat(r->spool->queue, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* root and the owner of the spool, who salsad is, see all; others learn nothing of what is not theirs (hazard L6). */
static bool
is_ordinary(const struct runner *r, uid_t uid)
{
	return r->own_only || (uid != 0 && uid != getuid());
}

static bool
is_selected(void *argument, const char *id)
{
	struct runner *r = argument;
	struct entry   e = ENTRY;
	struct problem why;
	bool           selected = false;
	int            fd;

	if (r->run_terms[0] == '\0')
		return true;
	fd = open_stored(r, id);
	if (fd >= 0 && entry_read(&e, fd, &why) == 0 && !e.held) {
		strlcpy(e.id, id, sizeof e.id);
		selected = select_covers(SLICE(r->run_terms), &e, clock_now());
	}
	if (selected && (e.uid == r->run_uid || !is_ordinary(r, r->run_uid)))
		r->run_selected++;
	if (fd >= 0)
		close(fd);
	entry_release(&e);
	return selected;
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
	fd = open_stored(r, id);
	legible = fd >= 0 && entry_read_first_line(&e, fd, &why) == 0;
	if (fd >= 0)
		close(fd);
	r->nheld += legible && e.held;
	if (legible && (e.held || (r->own_only && e.uid != getuid())))
		return;
	if (legible && !(r->run_asked && is_selected(r, id)))
		now = retry_due(r->conf, &e, now);
	schedule(r, id, now, -1, false);
}

static struct timespec
last_change(const struct runner *r)
{
	struct stat st;

	return fstat(r->spool->queue, &st) == 0 ? st.st_mtim : r->scanned;
}

static void
tell_selected(const struct runner *r, int caller)
{
	if (caller >= 0 && r->run_terms[0] != '\0')
		packet_sendf(caller, -1, "selected %zu", r->run_selected);
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
	for (size_t i = 0; r->run_asked && i < r->nwaiters; i++)
		tell_selected(r, r->waiter[i]);
	r->run_asked = r->scan_asked = false;
}

/* However often somebody asks, a scan has its price. */
static void
scan_if_asked(struct runner *r)
{
	if (r->scan_asked && clock_left(r->scan_again) == 0)
		runner_scan(r);
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

/* One that begins with a dot is half made; whoever has it in hand cannot put it in its place then, and no harm is done. */
static bool
is_opinion(struct slice name)
{
	if (name.len > 0 && name.at[0] == '.')
		name = slice_from(name, 1);
	return slice_begins(name, SLICE("down.")) || slice_begins(name, SLICE("found"));
}

/* Somebody asks for a try now, whatever is thought to be down, or not to be published. */
static void
forget_opinions(const struct spool *spool)
{
	int            fd = openat(spool->queue, "../state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *name;

	while (directory != NULL && (name = readdir(directory)) != NULL)
		if (is_opinion(SLICE(name->d_name)))
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

/* What workers will say of relays was true before. */
static void
outdate_jobs(struct runner *r)
{
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		r->worker[i].outdated = true;
}

/*
 * Anybody may have the queue run, but a loop of such wishes must not keep us busy, nor have relays that are down called
 * all the time.  The last time is a file's, for the single passes of all users are to know it.
 */
static bool
asks_too_soon(const struct runner *r, uid_t uid)
{
	static const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat      st;
	time_t           now = clock_now();
	bool             soon;
	int              fd;

	if (!is_ordinary(r, uid) || (fd = openat(r->spool->queue, "../state/asked", flags, 0660)) < 0)
		return false;
	/* Empty: it is new. */
	soon = fstat(fd, &st) == 0 && st.st_size > 0 && st.st_mtime <= now && now - st.st_mtime < ASK_SECONDS;
	if (!soon && ftruncate(fd, 1) == 0)
		futimens(fd, NULL);
	close(fd);
	return soon;
}

/* In one pass the scan comes later, and selects; in the daemon it finds what was released. */
static void
hasten(struct runner *r)
{
	bool all = r->run_terms[0] == '\0';

	r->run_selected = 0;
	r->run_asked = !r->is_daemon;
	r->scan_asked = r->scan_asked || (r->is_daemon && !all);
	if (all)
		schedule_hasten(&r->schedule, clock_now());
	else
		schedule_hasten_some(&r->schedule, clock_now(), is_selected, r);
}

/* " UID[ wait][<TAB>TERM ...]" */
static void
run_now(struct runner *r, struct slice request, int caller)
{
	struct slice       how = slice_cut(&request, '\t'), asker = slice_word(&how);
	bool               waits = slice_equal(slice_trim(how), SLICE("wait")), soon;
	unsigned long long uid = (uid_t)-1;

	(void)slice_number(asker, UINT32_MAX, &uid);
	soon = asks_too_soon(r, (uid_t)uid);
	if (soon && r->is_daemon) {
		packet_sendf(caller, -1, "refused later 4.7.0 the queue was run less than %d seconds ago; wait a little",
		    ASK_SECONDS);
		let_go(caller);
		return;
	}
	if (!soon) {
		forget_opinions(r->spool);
		outdate_jobs(r);
	}
	r->run_uid = (uid_t)uid;
	snprintf(r->run_terms, sizeof r->run_terms, "%.*s", SLICE_ARG(request));
	hasten(r);
	if (r->is_daemon)
		tell_selected(r, caller);
	if (waits && caller >= 0 && r->nwaiters < RUNNER_MAX_WAITERS)
		r->waiter[r->nwaiters++] = caller;
	else
		let_go(caller);
}

/* All is to be tried, soon: a relay works again, or may; anew: the network is another one. */
static void
ask_for_rush(struct runner *r, bool anew)
{
	struct timespec soon = clock_deadline(anew ? SETTLE_MSEC : 0);

	r->anew = r->anew || anew;
	if (r->all_due)
		return;
	r->all_due = true;
	r->rush_at = clock_left(r->rush_again) > clock_left(soon) ? r->rush_again : soon;
}

static void
rush(struct runner *r)
{
	if (!r->all_due || clock_left(r->rush_at) > 0)
		return;
	if (r->anew) {
		log_line(LOG_INFO, "the network has changed: everything is tried now");
		forget_opinions(r->spool);
	}
	outdate_jobs(r);
	schedule_hasten(&r->schedule, clock_now());
	r->all_due = r->anew = false;
	r->rush_again = clock_deadline(RUSH_MSEC);
}

/* What a worker says of relays is believed for as long as a pause may last, and no longer. */
static void
heed(struct runner *r, struct worker *w)
{
	time_t now = clock_now();

	if (w->back)
		ask_for_rush(r, false);
	else if (!w->outdated && w->pause > now && w->pause - now <= PAUSE_SECONDS)
		schedule_put_off(&r->schedule, now, w->pause);
	w->back = false;
	w->pause = 0;
}

static void
take_notice(struct runner *r, struct slice notice, int caller)
{
	struct slice id = notice, verb = slice_word(&id);
	time_t       now = clock_now();
	bool         trace = slice_equal(verb, SLICE("trace"));

	if (caller >= 0)
		fcntl(caller, F_SETFL, O_NONBLOCK);   /* a caller that does not read must not hold us */
	if (slice_equal(verb, SLICE("run"))) {
		run_now(r, id, caller);
	} else if (!entry_is_id(id = slice_trim(id))) {
		let_go(caller);
		r->scan_asked = r->is_daemon;
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

/* Whether there is room for one more that is held.  Somebody may have removed some: what is there now counts. */
static bool
may_hold(struct runner *r, const struct entry *e)
{
	if (r->nheld >= RUNNER_MAX_HELD && e->sender[0] == '\0' && clock_left(r->scan_again) == 0)
		runner_scan(r);
	return r->nheld < RUNNER_MAX_HELD;
}

/* at_once: what this try knew of relays was known no more when it ended, so that the next one need not wait. */
static enum ending
settle(struct runner *r, struct job *j, bool at_once)
{
	struct due  due, bounce;
	enum ending ending = job_finish(j, r->conf, may_hold(r, &j->claim.entry), &due, &bounce);

	r->nheld += ending == ENDING_HELD;
	if (at_once && due.at > clock_now())
		due.at = clock_now();
	if (ending == ENDING_LATER)
		schedule_add(&r->schedule, &due);
	if (bounce.id[0] != '\0')
		schedule_add(&r->schedule, &bounce);
	return ending;
}

/* No worker need see what is not to be tried any more. */
static void
give_up(struct runner *r, struct claim *c, int caller)
{
	struct job j;

	job_start(&j, c, caller);
	settle(r, &j, false);
}

static void
begin(struct runner *r, struct worker *w, const struct due *due)
{
	struct claim   c;
	struct problem why;
	enum claimed   claimed = claim_take(&c, r->spool, due->id, &why);

	if (claimed == CLAIM_OK && !c.entry.held && !(r->own_only && c.entry.uid != getuid()) &&
	    entry_nqueued(&c.entry) > 0) {
		if (c.entry.given_up)
			give_up(r, &c, due->caller);
		else
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

static size_t
count_jobs(const struct runner *r)
{
	size_t n = 0;

	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		n += r->worker[i].njobs;
	return n;
}

static unsigned
count_sessions(const struct runner *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		n += r->worker[i].njobs > 0 && !r->worker[i].slow;
	return n;
}

/* Of two workers the one with less to do; among the idle ones, the one that may have kept a connection. */
static bool
is_better(const struct worker *a, const struct worker *b)
{
	return a->njobs != b->njobs ? a->njobs < b->njobs : a->socket >= 0 && b->socket < 0;
}

/*
 * The worker for the next job; -1: all sessions are in use.  So that no job waits behind another while one is idle.  One
 * that waits for a relay that takes long is no session: those who go elsewhere must not wait for it too.
 */
static int
free_worker(const struct runner *r)
{
	bool     full = count_jobs(r) >= r->max_jobs;
	unsigned sessions = count_sessions(r);
	int      best = -1;

	for (int i = 0; i < RUNNER_MAX_SESSIONS; i++) {
		const struct worker *w = &r->worker[i];

		if (!worker_may_take(w) || (w->njobs == 0 ? sessions >= r->conf->sessions : full))
			continue;
		if (best < 0 || is_better(w, &r->worker[best]))
			best = i;
	}
	return best;
}

static void
begin_due(struct runner *r)
{
	struct due due;
	int        i;

	while (!r->leaving && (i = free_worker(r)) >= 0 && schedule_take(&r->schedule, clock_now(), &due))
		begin(r, &r->worker[i], &due);
}

static void
finish(struct runner *r, struct worker *w, struct job *j)
{
	enum ending ending = settle(r, j, w->outdated);

	worker_forget(w, j, ending != ENDING_LATER);
}

static void
listen_to(struct runner *r, struct worker *w)
{
	struct job *j;

	do {
		j = worker_listen(w);
		heed(r, w);
		if (j != NULL)
			finish(r, w, j);
	} while (j != NULL);
}

static void
look_after(struct runner *r, struct worker *w, const struct pollfd *polled)
{
	if (w->socket < 0)
		return;
	if (polled->fd == w->socket && polled->revents != 0) {
		listen_to(r, w);
	} else if (clock_left(w->deadline) == 0 && w->njobs > 0) {
		log_line(LOG_WARNING, "worker %d is silent: killed", (int)w->pid);
		worker_kill(w);
		listen_to(r, w);
	} else if (clock_left(w->deadline) == 0) {
		worker_dismiss(w);
	}
}

static void
retire_workers(struct runner *r)
{
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++) {
		r->worker[i].retired = true;
		if (r->worker[i].njobs == 0)
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
	ask_for_rush(r, false);   /* it may name a relay that works */
}

static void
leave(struct runner *r)
{
	r->leaving = true;
	retire_workers(r);
	dismiss_drop(r);
}

static bool
is_idle(const struct runner *r)
{
	return r->schedule.ndue == 0 && count_jobs(r) == 0 && !r->scan_asked;
}

/* A run is over when nothing is under way and nothing is due. */
static void
release_waiters(struct runner *r)
{
	if (r->run_asked || count_jobs(r) > 0 || schedule_wait(&r->schedule, clock_now()) == 0)
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
	if (r->scan_asked)
		shorten(&wait, clock_left(r->scan_again));
	if (r->is_daemon && r->notices < 0)
		shorten(&wait, clock_left(r->drop_again));
	if (r->all_due)
		shorten(&wait, clock_left(r->rush_at));
	if (!r->is_daemon)
		shorten(&wait, NEW_MSEC);
	if (r->may_idle_out && is_idle(r))
		shorten(&wait, IDLE_OUT_MSEC);
	return wait;
}

static bool
is_over(const struct runner *r)
{
	if (count_jobs(r) > 0)
		return false;
	if (r->leaving)
		return r->notices < 0;
	return !r->is_daemon && schedule_wait(&r->schedule, clock_now()) != 0;
}

/* Returns the number of descriptors that have something to say; 0 when time has passed, or a signal came. */
static int
wait_for_events(struct runner *r, struct pollfd set[NPOLL])
{
	long            wait = patience(r);
	struct timespec limit = { .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };
	sigset_t        none;
	nfds_t          nset = POLL_WORKERS;   /* up to the last that is open: more than RLIMIT_NOFILE is an error of poll(2) */
	int             n;

	set[POLL_NOTICES] = (struct pollfd){ .fd = r->notices, .events = POLLIN };
	set[POLL_NETWORK] = (struct pollfd){ .fd = r->network.fd, .events = POLLIN };
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++) {
		set[POLL_WORKERS + i] = (struct pollfd){ .fd = r->worker[i].socket, .events = POLLIN };
		if (r->worker[i].socket >= 0)
			nset = POLL_WORKERS + i + 1;
	}
	sigemptyset(&none);
	n = ppoll(set, nset, wait < 0 ? NULL : &limit, &none);
	if (n > 0)
		return n;
	for (size_t i = 0; i < NPOLL; i++)
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
	struct pollfd set[NPOLL];
	bool          was_idle = is_idle(r);
	int           events = wait_for_events(r, set);   /* -1: a signal came */

	schedule_follow_clock(&r->schedule, clock_lead(), retry_latest(r->conf, clock_now()));
	bury();
	if (told_to_reload)
		reload(r);
	if (told_to_leave && !r->leaving)
		leave(r);
	if (set[POLL_NOTICES].revents != 0)
		runner_notices(r);
	if (set[POLL_NETWORK].revents != 0 && network_changed(&r->network))
		ask_for_rush(r, true);
	for (size_t i = 0; i < RUNNER_MAX_SESSIONS; i++)
		look_after(r, &r->worker[i], &set[POLL_WORKERS + i]);
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
		scan_if_asked(r);
		rush(r);
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
	network_release(&r->network);
	schedule_release(&r->schedule);
}
