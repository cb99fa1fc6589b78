/* SPDX-License-Identifier: ISC */
#include "drop/caller.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "drop/accept.h"
#include "ipc/packet.h"

void
caller_close(struct caller *c)
{
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
}

void
caller_refuse(struct caller *c, const struct problem *why)
{
	log_line(LOG_WARNING, "refused a message of uid %u: %s", (unsigned)c->uid, why->text);
	packet_sendf(c->socket, -1, "refused %s %s %s", why->verdict == VERDICT_NEVER ? "never" : "later", why->status,
	    why->text);
	caller_close(c);
}

/* A runner that does not read must not make callers wait: what it misses it finds by scanning the queue. */
static bool
notify(struct notices *n, const char *text, int fd)
{
	if (packet_send(n->socket, SLICE(text), fd) != 0) {
		n->missed = true;
		return false;
	}
	n->said = true;
	return true;
}

void
notices_catch_up(struct notices *n)
{
	if (n->missed && packet_send(n->socket, SLICE("scan"), -1) == 0)
		n->missed = false;
}

static const struct mode {
	const char *name, *notice;   /* what salsad is told: a word of ipc/packet.h */
	bool        waits;           /* the caller wants to hear what becomes of it: its socket goes on to salsad */
	bool        tried_at_once;
} modes[] = {
	{ "background", "new", false, true },
	{ "foreground", "wait", true, true },
	{ "verbose", "trace", true, true },
	{ "queue", "queued", false, false },
};

enum { MODES = sizeof modes / sizeof *modes };

void
caller_accept(struct caller *c, const struct conf *conf, const struct spool *s)
{
	time_t         due = clock_now() + (c->mode->tried_at_once ? 0 : (time_t)conf->retry_first_seconds);
	struct problem why;

	c->is_coming = false;
	c->accepted = accept_entry(conf, s, &c->draft, c->uid, due, &c->submission, &why) == 0;
	if (!c->accepted)
		caller_refuse(c, &why);
}

static void
submit(struct caller *c, struct slice mode, struct slice beginning, const struct conf *conf, const struct spool *s)
{
	struct problem why;
	size_t         i = 0;

	while (i < MODES && !slice_equal(mode, SLICE(modes[i].name)))
		i++;
	if (i == MODES) {
		problem_set(&why, VERDICT_NEVER, "5.5.4", "a request that is not understood");
		caller_refuse(c, &why);
	} else if (accept_begin(conf, s, c->usage, c->uid, c->socket, beginning, &c->draft, &why) != 0) {
		caller_refuse(c, &why);
	} else {
		c->mode = &modes[i];
		c->is_coming = !draft_is_here(&c->draft);
		if (!c->is_coming)
			caller_accept(c, conf, s);
	}
}

/* Says who asks: it is not for everybody to have that as often as he likes. */
static bool
pass_run(struct caller *c, struct slice how, struct notices *n)
{
	char text[PACKET_MAX];
	int  len = snprintf(text, sizeof text, "run %u%.*s", (unsigned)c->uid, SLICE_ARG(how));

	return len < (int)sizeof text && notify(n, text, c->socket);
}

/* "run", "scan": salsad's to do.  The end of the stream is the answer, which comes from there. */
static void
pass_on(struct caller *c, struct slice request, struct notices *n)
{
	struct slice   rest = request, verb = slice_word(&rest);
	struct problem why;
	bool           done;

	if (slice_equal(verb, SLICE("run")))
		done = pass_run(c, rest, n);
	else
		done = slice_equal(verb, SLICE("scan")) && notify(n, "scan", -1);
	if (done) {
		caller_close(c);
		return;
	}
	problem_set(&why, VERDICT_LATER, "4.3.2", "salsad does not listen");
	caller_refuse(c, &why);
}

void
caller_request(struct caller *c, const struct conf *conf, const struct spool *s, struct notices *n)
{
	struct slice packet, rest, line;
	ssize_t      len = draft_packet(c->socket, &packet);

	if (len < 0 && errno == EAGAIN)
		return;
	rest = packet;
	line = slice_cut(&rest, '\n');
	if (len <= 0)
		caller_close(c);
	else if (slice_equal(slice_word(&line), SLICE("submit")))
		submit(c, slice_trim(line), rest, conf, s);
	else
		pass_on(c, packet, n);
}

static void
abandon(struct caller *c, const struct spool *s, const struct problem *why)
{
	submit_abandon(s, &c->submission);
	c->accepted = false;
	caller_refuse(c, why);
}

/* The next step of spool/submit.h, for all accepted ones.  Returns how many there are still. */
static size_t
go_on(struct caller *c, size_t ncallers, const struct spool *s,
    int (*step)(const struct spool *, struct submission *, struct problem *))
{
	struct problem why;
	size_t         naccepted = 0;

	for (; ncallers-- > 0; c++) {
		if (c->accepted && step(s, &c->submission, &why) != 0)
			abandon(c, s, &why);
		naccepted += c->accepted;
	}
	return naccepted;
}

/* Who hears of it may run the queue, or remove it, at once: by then nobody must have it in hand. */
static void
tell(struct caller *c, struct notices *n)
{
	char notice[64];

	submit_close(&c->submission);
	packet_sendf(c->socket, -1, "accepted %s", c->submission.id);
	snprintf(notice, sizeof notice, "%s %s", c->mode->notice, c->submission.id);
	notify(n, notice, c->mode->waits ? c->socket : -1);
	c->accepted = false;
	caller_close(c);
}

void
callers_settle(struct caller *c, size_t ncallers, const struct spool *s, struct notices *n)
{
	struct problem why;
	bool           durable;

	if (go_on(c, ncallers, s, submit_complete) == 0 || go_on(c, ncallers, s, submit_sync) == 0)
		return;
	durable = submit_sync_queue(s, &why) == 0;
	for (size_t i = 0; i < ncallers; i++)
		if (c[i].accepted && durable)
			tell(&c[i], n);
		else if (c[i].accepted)
			abandon(&c[i], s, &why);
}
