/* SPDX-License-Identifier: ISC */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/packet.h"
#include "runner/deliver.h"
#include "runner/opinions.h"
#include "runner/retry.h"

enum { POLL_NOTICES, POLL_LISTENER, POLL_NETWORK, POLL_WORKERS, NPOLL = POLL_WORKERS + POOL_MAX_WORKERS };

enum {
	IDLE_OUT_MSEC = 30 * 1000,
	NEW_MSEC      = 1000,             /* how often a single pass looks for what is new */
	DROP_MSEC     = 1000,             /* a salsa-drop that cannot live is not started more often than this */
	SWEEP_MSEC    = 60 * 60 * 1000,   /* state/ grows with work alone: no need to wake up for it */
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

/*
 * A worker's end is the end of its socket; but one that was killed cannot say why (relay/sandbox.h).  A salsa-drop that did
 * not end well may have told its caller of a message, and not us; another one may be there by now.
 */
static void
bury(struct runner *r)
{
	pid_t pid;
	int   status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		r->scan.asked = r->scan.asked || (status != 0 && r->is_daemon);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			log_line(LOG_ERR,
			    "worker %d was killed: it tried what no worker does; has a relay taken it over?", (int)pid);
		else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM)
			log_line(LOG_ERR, "process %d was killed: %s", (int)pid, strsignal(WTERMSIG(status)));
	}
}

void
runner_init(struct runner *r, struct conf *conf, const struct spool *spool)
{
	*r = (struct runner){ .conf = conf, .spool = spool, .listener = -1, .notices = -1, .schedule = SCHEDULE,
	    .network.fd = -1 };
	r->schedule.lead = clock_lead();
	r->idle_out = clock_deadline(IDLE_OUT_MSEC);
	pool_init(&r->pool);
	catch_signals(r);
}

/* Of an entry; in one pass the scan finds it where nobody waits for it. */
static void
note_entry(struct runner *r, struct slice verb, struct slice id, int caller)
{
	struct due due = { .at = clock_now(), .caller = caller, .trace = slice_equal(verb, SLICE("trace")) };

	if (!r->is_daemon && caller < 0)
		return;
	if (slice_equal(verb, SLICE("queued")))
		due.at += (time_t)r->conf->retry_first_seconds;
	snprintf(due.id, sizeof due.id, "%.*s", SLICE_ARG(id));
	if (scan_make_way(r, due.id))
		schedule_add(&r->schedule, &due);
	else
		packet_end(caller);
}

static void
take_notice(struct runner *r, struct slice notice, int caller)
{
	struct slice rest = notice, verb = slice_word(&rest);

	if (caller >= 0)
		fcntl(caller, F_SETFL, O_NONBLOCK);   /* a caller that does not read must not hold us */
	if (slice_equal(verb, SLICE("run")) && told_to_leave) {
		packet_sendf(caller, -1, "refused later 4.3.2 salsad is about to leave");   /* somebody else may run it */
		packet_end(caller);
	} else if (slice_equal(verb, SLICE("run"))) {
		run_ask(r, rest, caller);
	} else if (entry_is_id(slice_trim(rest))) {
		note_entry(r, verb, slice_trim(rest), caller);
	} else {
		packet_end(caller);
		r->scan.asked = r->is_daemon;
	}
}

static void
start_drop(struct runner *r)
{
	r->drop_again = clock_deadline(DROP_MSEC);
	r->notices = child_start(path_drop, conf_instance(r->conf),
	    (struct descriptors){ r->listener, CHILD_SOCKET, STDERR_FILENO }, NULL);
	if (r->notices >= 0)
		fcntl(r->notices, F_SETFL, O_NONBLOCK);
	else
		log_line(LOG_ERR, "execute %s: %s", path_drop, strerror(errno));
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
	struct conf old = *r->conf;

	told_to_reload = 0;
	conf_load(r->conf, conf_instance(&old));   /* by the name that holds wherever we stand now */
	conf_release(&old);
	log_open("salsa/qmgr", r->conf->log);
	log_line(LOG_INFO, "read %s again", r->conf->file);
	log_lines(LOG_ERR, buf_slice(&r->conf->faults));
	if (strcmp(r->conf->spool, r->spool->path) != 0) {   /* whoever is started from now on uses that */
		log_line(LOG_ERR, "the spool is %s now: salsad leaves %s, and has to be started again", r->conf->spool,
		    r->spool->path);
		told_to_leave = 1;
	}
	pool_retire(&r->pool);
	dismiss_drop(r);
	opinions_forget(r->spool);     /* it may be what kept a relay from working: its secret, its TLS */
	flush_ask(&r->flush, false);   /* or name another one that works */
}

static void
leave(struct runner *r)
{
	r->leaving = true;
	pool_retire(&r->pool);
}

static bool
is_idle(const struct runner *r)
{
	return r->schedule.ndue == 0 && pool_njobs(&r->pool) == 0 && !r->scan.asked;
}

/* Whoever comes when nobody lets callers in has a salsa-drop started; it leaves when nobody has come for a while. */
static bool
wants_drop(const struct runner *r)
{
	return r->is_daemon && r->notices < 0 && (!r->leaving || pool_njobs(&r->pool) > 0) && clock_left(r->drop_again) == 0;
}

/* Milliseconds until something is to be done without anybody's word; -1: never. */
static long
patience(struct runner *r)
{
	long wait = -1, seconds = schedule_wait(&r->schedule, clock_now());

	if (seconds >= 0 && !r->leaving && pool_choose(&r->pool, r->conf->sessions) != NULL)
		clock_shorten(&wait, seconds < LOOK_MSEC / 1000 ? seconds * 1000 : LOOK_MSEC);
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		if (r->pool.worker[i].socket >= 0)
			clock_shorten(&wait, clock_left(r->pool.worker[i].deadline));
	if (r->scan.asked)
		clock_shorten(&wait, clock_left(r->scan.again));
	if (r->notices < 0 && clock_left(r->drop_again) > 0)
		clock_shorten(&wait, clock_left(r->drop_again));
	if (r->flush.asked)
		clock_shorten(&wait, clock_left(r->flush.at));
	if (clock_left(r->network.again) > 0)
		clock_shorten(&wait, clock_left(r->network.again));
	if (!r->is_daemon)
		clock_shorten(&wait, NEW_MSEC);
	if (r->may_idle_out && is_idle(r) && wants_drop(r))
		clock_shorten(&wait, clock_left(r->idle_out));
	return wait;
}

static bool
is_over(const struct runner *r)
{
	if (pool_njobs(&r->pool) > 0)
		return false;
	if (r->leaving)
		return r->notices < 0;
	return !r->is_daemon && schedule_wait(&r->schedule, clock_now()) != 0 && clock_left(r->returned) == 0;
}

/* Returns the number of descriptors that have something to say; 0 when time has passed, or a signal came. */
static int
wait_for_events(struct runner *r, struct pollfd set[NPOLL])
{
	long            wait = patience(r);
	struct timespec limit = { .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };
	sigset_t        none;
	nfds_t          nset = POLL_WORKERS;   /* up to the last that is open: poll(2) takes no more than RLIMIT_NOFILE */
	int             n;

	set[POLL_NOTICES] = (struct pollfd){ .fd = r->notices, .events = POLLIN };
	set[POLL_LISTENER] = (struct pollfd){ .fd = wants_drop(r) ? r->listener : -1, .events = POLLIN };
	set[POLL_NETWORK] = (struct pollfd){ .fd = clock_left(r->network.again) == 0 ? r->network.fd : -1,
	    .events = POLLIN };
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++) {
		set[POLL_WORKERS + i] = (struct pollfd){ .fd = r->pool.worker[i].socket, .events = POLLIN };
		if (r->pool.worker[i].socket >= 0)
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

/*
 * Somebody else keeps the listener: without work this process need not be.  Without a word for so long, it goes; but not
 * while salsa-drop has somebody, nor while somebody may stand at the door.
 */
static void
idle_out(struct runner *r, bool listened, int events)
{
	if (events > 0 || !listened || !is_idle(r))
		r->idle_out = clock_deadline(IDLE_OUT_MSEC);
	else if (r->may_idle_out && !r->leaving && clock_left(r->idle_out) == 0)
		leave(r);
}

/* One that was started since the poll has said nothing yet. */
static bool
has_word(const struct worker *w, const struct pollfd *polled)
{
	return polled->fd == w->socket && polled->revents != 0;
}

static void
serve_events(struct runner *r)
{
	struct pollfd set[NPOLL];
	bool          listened = wants_drop(r);
	int           events = wait_for_events(r, set);   /* -1: a signal came */

	schedule_follow_clock(&r->schedule, clock_lead(), retry_latest(r->conf, clock_now()));
	bury(r);
	if (told_to_reload)
		reload(r);
	if (told_to_leave && !r->leaving)
		leave(r);
	if (set[POLL_NOTICES].revents != 0)
		runner_notices(r);
	if (set[POLL_LISTENER].revents != 0 && wants_drop(r))
		start_drop(r);
	if (set[POLL_NETWORK].revents != 0 && network_changed(&r->network))
		flush_ask(&r->flush, true);
	for (size_t i = 0; i < POOL_MAX_WORKERS; i++)
		deliver_look_after(r, &r->pool.worker[i], has_word(&r->pool.worker[i], &set[POLL_WORKERS + i]));
	if (r->leaving && pool_njobs(&r->pool) == 0)   /* until then callers find somebody */
		dismiss_drop(r);
	if (!r->is_daemon)
		scan_if_changed(r);
	idle_out(r, listened, events);
}

static void
sweep(struct runner *r)
{
	if (clock_left(r->sweep_again) > 0)
		return;
	opinions_sweep(r->spool);
	r->sweep_again = clock_deadline(SWEEP_MSEC);
}

void
runner_run(struct runner *r)
{
	while (!is_over(r)) {
		scan_if_asked(r);
		sweep(r);
		flush_if_due(r);
		deliver_due(r);
		run_release_waiters(r);
		if (!is_over(r))
			serve_events(r);
	}
	run_release_waiters(r);
}

void
runner_release(struct runner *r)
{
	pool_retire(&r->pool);
	bury(r);
	network_release(&r->network);
	schedule_release(&r->schedule);
}
