/* SPDX-License-Identifier: ISC */
#include "runner/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/packet.h"

enum {
	SILENCE_MSEC = 60 * 60 * 1000,   /* a worker has deadlines of its own; this one is for a worker that broke */
	IDLE_MSEC    = 10 * 1000,
	WARM_MSEC    = 1000,             /* a relay that was idle for longer has to show again that it takes messages */
	THIN_LINE    = 8,                /* octets a millisecond: what smtp/transaction.c grants a text that grew */
};

bool
worker_may_take(const struct worker *w)
{
	return w->njobs == 0 ||
	    (w->njobs < w->window && w->socket >= 0 && !w->retired && !w->outdated && !w->slow);
}

/* Until it must have said something: it is silent as long as a text takes. */
static struct timespec
next_deadline(const struct worker *w)
{
	off_t octets = 0;

	for (size_t i = 0; i < w->njobs; i++)
		octets += w->job[i].claim.entry.message_len;
	return clock_deadline(w->njobs > 0 ? SILENCE_MSEC + (long)(octets / THIN_LINE) : IDLE_MSEC);
}

static int
start(struct worker *w, const struct conf *conf, struct problem *why)
{
	w->socket = child_start(path_relay, conf_instance(conf),
	    (struct descriptors){ CHILD_SOCKET, -1, STDERR_FILENO }, &w->pid);
	if (w->socket < 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "execute %s: %s", path_relay, strerror(errno));
	fcntl(w->socket, F_SETFL, O_NONBLOCK);
	w->retired = false;
	w->window = 1;
	return 0;
}

/* Where "trace" arrives without what it is for, the worker gets nothing more: the next message is not the caller's. */
static int
send_job(struct worker *w, const struct claim *claim, const struct due *due)
{
	int  reader = claim_reader(claim), result;
	bool traced;

	if (reader < 0)
		return -1;
	traced = due->trace && due->caller >= 0 && packet_sendf(w->socket, due->caller, "trace") == 0;
	result = packet_sendf(w->socket, reader, "deliver %s", claim->entry.id);
	close(reader);
	if (result != 0 && traced)
		shutdown(w->socket, SHUT_WR);
	return result;
}

int
worker_assign(struct worker *w, const struct conf *conf, struct claim *claim, const struct due *due,
    struct problem *why)
{
	if (w->njobs == 0 && clock_left(w->deadline) < IDLE_MSEC - WARM_MSEC)
		w->window = 1;
	if (w->njobs == 0)
		w->outdated = w->recalled = false;
	/* An idle worker may have died since: then a new one takes its place. */
	for (int i = 0; i < 2; i++) {
		if (w->socket < 0 && start(w, conf, why) != 0)
			return -1;
		if (send_job(w, claim, due) == 0) {
			w->job = xreallocarray(w->job, w->njobs + 1, sizeof *w->job);
			job_start(&w->job[w->njobs++], claim, due);
			w->deadline = next_deadline(w);
			return 0;
		}
		problem_set(why, VERDICT_LATER, "4.3.0", "hand a message to a worker: %s", strerror(errno));
		worker_retire(w);
		if (w->njobs > 0)
			return -1;
	}
	return -1;
}

/* What it says beside the fates of the message in its hand. */
static void
take_news(struct worker *w, struct slice line)
{
	struct slice       rest = line, word = slice_word(&rest);
	unsigned long long until;

	if (slice_equal(word, SLICE("back")))
		w->back = true;
	else if (slice_equal(word, SLICE("heard")))
		w->heard = true;
	else if (slice_equal(word, SLICE("slow")))
		w->slow = true;
	else if (slice_equal(word, SLICE("leaving")))
		worker_retire(w);
	else if (slice_equal(word, SLICE("pause")) && w->njobs > 0 && slice_number(slice_trim(rest), LONG_MAX, &until))
		w->pause = (time_t)until;
}

static struct job *
find_job(struct worker *w, struct slice id)
{
	for (size_t i = 0; i < w->njobs; i++)
		if (slice_equal(id, SLICE(w->job[i].claim.entry.id)))
			return &w->job[i];
	return NULL;
}

/* Returns the job that the line ends, if it ends one.  Of what is not in its hand a worker has nothing to tell. */
static struct job *
take_line(struct worker *w, struct slice line)
{
	struct job *j = find_job(w, slice_word(&line));
	struct fate fate;

	if (j == NULL)
		return NULL;
	line = slice_trim(line);
	j->returned = slice_equal(line, SLICE("returned")) && !j->tried;
	if (slice_equal(line, SLICE("returned")) || slice_equal(line, SLICE("done")))
		return j;
	if (!fate_parse(&fate, line))
		return NULL;
	job_fate(j, &fate);
	return j->nawaited == 0 ? j : NULL;
}

/* Returns false when the worker has nothing more to say now, or nothing at all: then *ended. */
static bool
next_line(struct worker *w, char *line, size_t room, bool *ended)
{
	ssize_t n = packet_receive_octets(w->socket, line, room);

	*ended = n == 0 || (n < 0 && errno != EAGAIN);
	return n > 0;
}

/* A job at a time, from the last on. */
static struct job *
next_orphan(struct worker *w)
{
	struct job *j = w->njobs > 0 ? &w->job[w->njobs - 1] : NULL;

	if (j != NULL)
		log_line(LOG_WARNING, "%s: worker %d ended in the middle of it", j->claim.entry.id, (int)w->pid);
	return j;
}

struct job *
worker_listen(struct worker *w)
{
	char        line[PACKET_MAX];
	bool        ended = false;
	struct job *j;

	while (w->socket >= 0 && next_line(w, line, sizeof line, &ended)) {
		w->deadline = next_deadline(w);
		take_news(w, SLICE(line));
		if ((j = take_line(w, SLICE(line))) != NULL)
			return j;
	}
	if (ended)
		worker_dismiss(w);
	if (w->socket < 0)
		return next_orphan(w);
	for (size_t i = 0; i < w->njobs; i++)
		job_sync(&w->job[i]);
	return NULL;
}

void
worker_forget(struct worker *w, struct job *j, bool went_well)
{
	*j = w->job[--w->njobs];
	w->slow = false;
	w->window = !went_well ? 1 : w->window * 2 < WORKER_MAX_JOBS ? w->window * 2 : WORKER_MAX_JOBS;
	if (w->njobs > 0)
		return;
	free(w->job);
	w->job = NULL;
	w->deadline = clock_deadline(IDLE_MSEC);
	if (w->retired)
		worker_dismiss(w);
}

void
worker_retire(struct worker *w)
{
	w->retired = true;
	if (w->njobs == 0)
		worker_dismiss(w);
}

void
worker_dismiss(struct worker *w)
{
	packet_end(w->socket);
	w->socket = -1;
}

void
worker_kill(struct worker *w)
{
	if (w->pid > 0)
		kill(w->pid, SIGKILL);
	worker_dismiss(w);
}
