/* SPDX-License-Identifier: ISC
 *
 * salsa-relay: the worker that talks.  Messages come on descriptor 0, each as a descriptor of its own, and fates go back
 * there (ipc/packet.h).  What has come together is sent together.  It knows no path into the queue.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/start.h"
#include "conf/conf.h"
#include "entry/entry.h"
#include "ipc/packet.h"
#include "relay/attempt.h"
#include "relay/discover.h"
#include "relay/keeper.h"
#include "relay/sandbox.h"
#include "smtp/flight.h"

enum {
	KEEP_MS = 5000,   /* how long a session waits for the next message */
	FRESH_MS = 1000,  /* how long what was found goes unquestioned while a session is open */
};

/* A message that has come, and who watches it. */
struct delivery {
	struct message message;
	int            watcher;   /* owned; -1: nobody */
	bool           unsent;    /* to somebody */
	bool           returned;  /* as good as not tried */
};
#define DELIVERY ((struct delivery){ .message.fd = -1, .watcher = -1 })

struct worker {
	struct client    client;
	struct delivery  delivery[FLIGHT_MAX];   /* what goes out together */
	size_t           ndeliveries;
	struct delivery  ahead;   /* one that has come, and has to wait for its turn; no descriptor: none */
	struct discovery found;
	struct timespec  fresh;   /* until then; monotonic */
};

static struct delivery *
find_delivery(struct worker *w, const struct entry *entry)
{
	struct delivery *d = w->delivery;

	while (strcmp(d->message.entry.id, entry->id) != 0)
		d++;
	return d;
}

static void
send_fate(void *argument, const struct entry *entry, const struct fate *fate)
{
	struct buf line = BUF(PACKET_MAX);

	if (fate->outcome != OUTCOME_SENT)
		find_delivery(argument, entry)->unsent = true;
	buf_addf(&line, "%s ", entry->id);
	fate_format(fate, &line);
	if (packet_send(STDIN_FILENO, buf_slice(&line), -1) != 0)
		err(EX_TEMPFAIL, "whoever gave me the message is gone");
	buf_release(&line);
}

static void
note_returned(void *argument, const struct entry *entry)
{
	find_delivery(argument, entry)->returned = true;
}

static void
send_slow(void *argument)
{
	(void)argument;
	packet_send(STDIN_FILENO, SLICE("slow"), -1);
}

/* What concerns other messages too: when to try them. */
static void
send_news(struct client *c, const struct route *route)
{
	time_t pause = attempt_pause(c, route);

	if (c->back)
		packet_send(STDIN_FILENO, SLICE("back"), -1);
	if (pause > 0)
		packet_sendf(STDIN_FILENO, -1, "pause %lld", (long long)pause);
	if (c->heard)
		packet_send(STDIN_FILENO, SLICE("heard"), -1);
	if (keeper_is_lost())   /* only another process has one */
		packet_send(STDIN_FILENO, SLICE("leaving"), -1);
	c->back = c->heard = false;
}

/* Does not wait for whoever watches: a caller that stops reading must not stop the mail. */
static void
send_trace(void *watcher, const char *direction, struct slice line)
{
	char text[PACKET_MAX];
	int  len = snprintf(text, sizeof text, "trace %s %.*s", direction, SLICE_ARG(line));

	if (len >= (int)sizeof text)
		len = sizeof text - 1;
	(void)!send(*(const int *)watcher, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
delivery_release(struct delivery *d)
{
	if (d->watcher >= 0)
		close(d->watcher);
	if (d->message.fd >= 0)
		close(d->message.fd);
	entry_release(&d->message.entry);
	*d = DELIVERY;
}

/* "done", where not all was sent, for that needs no word; "returned". */
static void
send_end(const char *id, const char *word)
{
	if (packet_sendf(STDIN_FILENO, -1, "%s %s", id, word) != 0)
		err(EX_TEMPFAIL, "whoever gave me the message is gone");
}

/* Reads what came with its descriptor.  What cannot be read is salsad's again. */
static bool
open_delivery(struct delivery *d, const char *id, int fd)
{
	struct problem why;

	d->message.fd = fd;
	if (entry_read(&d->message.entry, fd, &why) == 0) {
		strlcpy(d->message.entry.id, id, sizeof d->message.entry.id);
		return true;
	}
	log_line(LOG_ERR, "%s: %s", id, why.text);
	delivery_release(d);
	send_end(id, "done");
	return false;
}

static bool
something_came(int milliseconds)
{
	struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&ready, 1, milliseconds) > 0;   /* interrupted: who takes it for a message waits for one */
}

/* The next message that has come or, if we may wait, that comes.  Returns false when there is none. */
static bool
next_delivery(struct delivery *d, bool may_wait)
{
	char line[PACKET_MAX];
	int  fd;

	*d = DELIVERY;
	while ((may_wait || d->watcher >= 0 || something_came(0)) &&
	    packet_receive(STDIN_FILENO, line, sizeof line, &fd) > 0) {
		struct slice rest = SLICE(line), word = slice_word(&rest);

		if (slice_equal(word, SLICE("deliver"))) {
			if (open_delivery(d, slice_trim(rest).at, fd))
				return true;
		} else if (slice_equal(word, SLICE("trace")) && d->watcher < 0) {
			d->watcher = fd;
		} else if (fd >= 0) {
			close(fd);
		}
	}
	delivery_release(d);
	return false;
}

/* What is watched, and what is large, goes alone: nobody is to wait for it.  So does what has another route. */
static bool
goes_alone(const struct delivery *d)
{
	return d->watcher >= 0 || d->message.entry.message_len > FLIGHT_MAX_OCTETS || d->message.entry.tls_waived;
}

/* Takes the next message and, without waiting, what can go with it; a session without work is ended meanwhile. */
static bool
gather(struct worker *w)
{
	struct delivery *d = w->delivery;

	if (w->ahead.message.fd < 0) {
		if (w->client.link.open && !something_came(KEEP_MS))
			link_quit(&w->client.link);
		if (!next_delivery(&w->ahead, true))
			return false;
	}
	for (w->ndeliveries = 0; w->ndeliveries < FLIGHT_MAX && w->ahead.message.fd >= 0; ) {
		if (w->ndeliveries > 0 && goes_alone(&w->ahead))
			break;
		d[w->ndeliveries++] = w->ahead;
		w->ahead = DELIVERY;
		if (!goes_alone(&d[0]))
			next_delivery(&w->ahead, false);
	}
	return true;
}

static void
find_relays(struct worker *w)
{
	struct client *c = &w->client;

	if (c->conf->nfaults > 0 || (c->link.open && clock_left(w->fresh) > 0))
		return;
	discover(&w->found, c->conf, c->state);
	c->back = c->back || w->found.news;
	w->fresh = clock_deadline(FRESH_MS);
}

static void
deliver(struct worker *w)
{
	struct client *c = &w->client;
	struct message message[FLIGHT_MAX];
	struct route   route;
	bool           in_queue;

	for (size_t i = 0; i < w->ndeliveries; i++)
		message[i] = w->delivery[i].message;
	find_relays(w);
	route_make(&route, c->conf, &w->found);
	if (w->delivery[0].message.entry.tls_waived)
		route_waive_tls(&route);
	if (c->link.open)
		route_favour(&route, c->link.candidate.host, c->link.candidate.port);
	c->link.stream.trace = w->delivery[0].watcher >= 0 ? send_trace : NULL;
	c->link.stream.tracer = &w->delivery[0].watcher;
	/* What is in no queue cannot wait there. */
	in_queue = entry_is_id(SLICE(message[0].entry.id));
	c->given_back = in_queue ? note_returned : NULL;
	attempt(c, &route, w->found.words, message, w->ndeliveries);
	c->link.stream.trace = NULL;
	send_news(c, &route);
	/* Whose message is in no queue has left with its last fate. */
	for (size_t i = 0; in_queue && i < w->ndeliveries; i++)
		if (w->delivery[i].returned || w->delivery[i].unsent)
			send_end(w->delivery[i].message.entry.id, w->delivery[i].returned ? "returned" : "done");
	route_release(&route);
}

static void
serve(struct worker *w)
{
	while (gather(w)) {
		deliver(w);
		for (size_t i = 0; i < w->ndeliveries; i++)
			delivery_release(&w->delivery[i]);
	}
	link_quit(&w->client.link);
}

static int
open_state(const struct conf *conf)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/state", conf->spool);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static const char *
parse_options(int argc, char **argv)
{
	const char *file = NULL;
	int         option;

	while ((option = getopt(argc, argv, "C:")) != -1) {
		if (option != 'C')
			errx(EX_USAGE, "usage: salsa-relay [-C file]; it is salsad that runs it");
		file = optarg;
	}
	return file;
}

int
main(int argc, char **argv)
{
	static struct worker worker;   /* large */
	struct conf        conf;
	struct problem     why;

	start_clean(STDERR_FILENO + 1);
	prctl(PR_SET_DUMPABLE, 0);   /* secrets pass through here (hazard R11) */
	conf_load(&conf, parse_options(argc, argv));
	keeper_start(&conf);
	log_open("salsa/smtp", conf.log);
	worker.ahead = DELIVERY;
	worker.client = (struct client){
		.conf = &conf,
		.state = open_state(&conf),
		.link = LINK,
		.settled = send_fate,
		.slow = send_slow,
		.argument = &worker,
	};
	if (sandbox_enter(&conf, worker.client.state, &why) != 0)
		log_line(LOG_WARNING, "cannot lock myself in: %s; mail goes out all the same", why.text);
	serve(&worker);
	if (worker.client.state >= 0)
		close(worker.client.state);
	conf_release(&conf);
	keeper_stop();
	return EX_OK;
}
