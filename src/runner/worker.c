/* SPDX-License-Identifier: ISC */
#include "runner/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/execute.h"
#include "base/log.h"
#include "conf/paths.h"
#include "ipc/packet.h"

enum {
	SILENCE_MSEC = 60 * 60 * 1000,   /* a worker has deadlines of its own; this one is for a worker that broke */
	IDLE_MSEC    = 10 * 1000,
};

static int
start(struct worker *w, const struct conf *conf, struct problem *why)
{
	int pair[2];

	if (packet_pair(pair) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "make a socket: %s", strerror(errno));
	w->pid = execute(path_relay, conf_instance(conf),
	    (struct descriptors){ pair[1], -1, STDERR_FILENO });
	close(pair[1]);
	w->socket = pair[0];
	fcntl(w->socket, F_SETFL, O_NONBLOCK);
	w->retired = false;
	if (w->pid > 0)
		return 0;
	problem_set(why, VERDICT_LATER, "4.3.0", "execute %s: %s", path_relay, strerror(errno));
	worker_dismiss(w);
	return -1;
}

static int
send_job(struct worker *w, const struct claim *claim, const struct due *due)
{
	int reader = claim_reader(claim), result;

	if (reader < 0)
		return -1;
	if (due->trace && due->caller >= 0)
		packet_sendf(w->socket, due->caller, "trace");
	result = packet_sendf(w->socket, reader, "deliver %s", claim->entry.id);
	close(reader);
	return result;
}

int
worker_assign(struct worker *w, const struct conf *conf, struct claim *claim, const struct due *due,
    struct problem *why)
{
	/* An idle worker may have died since: then a new one takes its place. */
	for (int i = 0; i < 2; i++) {
		if (w->socket < 0 && start(w, conf, why) != 0)
			return -1;
		if (send_job(w, claim, due) == 0) {
			w->busy = true;
			w->outdated = w->slow = w->back = false;
			w->pause = 0;
			w->deadline = clock_deadline(SILENCE_MSEC);
			job_start(&w->job, claim, due->caller);
			return 0;
		}
		problem_set(why, VERDICT_LATER, "4.3.0", "hand a message to a worker: %s", strerror(errno));
		worker_dismiss(w);
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
	else if (slice_equal(word, SLICE("slow")))
		w->slow = true;
	else if (slice_equal(word, SLICE("pause")) && slice_number(slice_trim(rest), LONG_MAX, &until))
		w->pause = (time_t)until;
}

static bool
is_end_of_job(const struct worker *w, struct slice line)
{
	struct slice rest = line;

	return slice_equal(slice_word(&rest), SLICE("done")) &&
	    slice_equal(slice_trim(rest), SLICE(w->job.claim.entry.id));
}

/* Returns false when the worker has nothing more to say now, or nothing at all: then *ended. */
static bool
next_line(struct worker *w, char *line, size_t room, bool *ended)
{
	int     fd;
	ssize_t n = packet_receive(w->socket, line, room, &fd);

	if (fd >= 0)   /* a worker has nothing to send us but words */
		close(fd);
	*ended = n == 0 || (n < 0 && errno != EAGAIN);
	return n > 0;
}

bool
worker_listen(struct worker *w)
{
	char        line[PACKET_MAX];
	bool        ended = false, over = false;
	struct fate fate;

	while (!over && next_line(w, line, sizeof line, &ended)) {
		w->deadline = clock_deadline(SILENCE_MSEC);
		if (!w->busy)
			continue;
		if (fate_parse(&fate, SLICE(line)))
			job_fate(&w->job, &fate);
		else
			over = is_end_of_job(w, SLICE(line));
		take_news(w, SLICE(line));
	}
	if (w->busy && !over)
		job_sync(&w->job);
	if (ended) {
		if (w->busy)
			log_line(LOG_WARNING, "%s: worker %d ended in the middle of it", w->job.claim.entry.id, (int)w->pid);
		worker_dismiss(w);
	}
	over = over || ended;
	w->deadline = clock_deadline(over ? IDLE_MSEC : SILENCE_MSEC);
	return w->busy && over;
}

void
worker_dismiss(struct worker *w)
{
	if (w->socket >= 0)
		close(w->socket);
	w->socket = -1;
}

void
worker_kill(struct worker *w)
{
	if (w->pid > 0)
		kill(w->pid, SIGKILL);
	worker_dismiss(w);
}
