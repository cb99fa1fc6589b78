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
struct order {
	struct parcel parcel;
	int           watcher;   /* owned; -1: nobody */
	bool          unsent;    /* to somebody */
};
#define ORDER ((struct order){ .parcel.fd = -1, .watcher = -1 })

struct desk {
	struct carrier   carrier;
	struct order     order[FLIGHT_MAX];   /* what goes out together */
	size_t           norders;
	struct order     ahead;               /* one that has come, and has to wait for its turn; no descriptor: none */
	struct discovery found;
	struct timespec  fresh;               /* until then; monotonic */
};

static void
note_unsent(struct desk *d, const char *id)
{
	for (size_t i = 0; i < d->norders; i++)
		if (strcmp(d->order[i].parcel.entry.id, id) == 0)
			d->order[i].unsent = true;
}

static void
send_fate(void *argument, const struct entry *entry, const struct fate *fate)
{
	struct buf line = BUF(PACKET_MAX);

	if (fate->outcome != OUTCOME_SENT)
		note_unsent(argument, entry->id);
	buf_addf(&line, "%s ", entry->id);
	fate_format(fate, &line);
	if (packet_send(STDIN_FILENO, buf_slice(&line), -1) != 0)
		err(EX_TEMPFAIL, "whoever gave me the message is gone");
	buf_release(&line);
}

static void
send_slow(void *argument)
{
	(void)argument;
	packet_send(STDIN_FILENO, SLICE("slow"), -1);
}

/* What concerns other messages too: when to try them. */
static void
send_news(struct carrier *c, const struct route *route)
{
	time_t pause = attempt_pause(c, route);

	if (c->back)
		packet_send(STDIN_FILENO, SLICE("back"), -1);
	if (pause > 0)
		packet_sendf(STDIN_FILENO, -1, "pause %lld", (long long)pause);
	c->back = false;
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
order_release(struct order *o)
{
	if (o->watcher >= 0)
		close(o->watcher);
	if (o->parcel.fd >= 0)
		close(o->parcel.fd);
	entry_release(&o->parcel.entry);
	*o = ORDER;
}

/* Nothing more comes of it.  Where all was sent that needs no word. */
static void
send_done(const char *id)
{
	if (packet_sendf(STDIN_FILENO, -1, "%s done", id) != 0)
		err(EX_TEMPFAIL, "whoever gave me the message is gone");
}

/* Reads what came with its descriptor.  What cannot be read is salsad's again. */
static bool
open_order(struct order *o, const char *id, int fd)
{
	struct problem why;

	o->parcel.fd = fd;
	if (entry_read(&o->parcel.entry, fd, &why) == 0) {
		strlcpy(o->parcel.entry.id, id, sizeof o->parcel.entry.id);
		return true;
	}
	log_line(LOG_ERR, "%s: %s", id, why.text);
	order_release(o);
	send_done(id);
	return false;
}

static bool
something_came(int milliseconds)
{
	struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&ready, 1, milliseconds) != 0;
}

/* The next message that has come or, if we may wait, that comes.  Returns false when there is none. */
static bool
next_order(struct order *o, bool may_wait)
{
	char line[PACKET_MAX];
	int  fd;

	*o = ORDER;
	while ((may_wait || o->watcher >= 0 || something_came(0)) &&
	    packet_receive(STDIN_FILENO, line, sizeof line, &fd) > 0) {
		struct slice rest = SLICE(line), word = slice_word(&rest);

		if (slice_equal(word, SLICE("deliver")) && fd >= 0) {
			if (open_order(o, slice_trim(rest).at, fd))
				return true;
		} else if (slice_equal(word, SLICE("trace")) && o->watcher < 0) {
			o->watcher = fd;
		} else if (fd >= 0) {
			close(fd);
		}
	}
	order_release(o);
	return false;
}

/* What is watched, and what is large, goes alone: nobody is to wait for it.  So does what has another route. */
static bool
goes_alone(const struct order *o)
{
	return o->watcher >= 0 || o->parcel.entry.message_len > FLIGHT_MAX_OCTETS || o->parcel.entry.tls_waived;
}

/* Takes the next message and, without waiting, what can go with it; a session without work is ended meanwhile. */
static bool
gather(struct desk *d)
{
	struct order *o = d->order;

	if (d->ahead.parcel.fd < 0) {
		if (d->carrier.link.open && !something_came(KEEP_MS))
			link_quit(&d->carrier.link);
		if (!next_order(&d->ahead, true))
			return false;
	}
	for (d->norders = 0; d->norders < FLIGHT_MAX && d->ahead.parcel.fd >= 0; ) {
		if (d->norders > 0 && goes_alone(&d->ahead))
			break;
		o[d->norders++] = d->ahead;
		d->ahead = ORDER;
		if (!goes_alone(&o[0]))
			next_order(&d->ahead, false);
	}
	return true;
}

static void
find_relays(struct desk *d)
{
	const struct carrier *c = &d->carrier;

	if (c->conf->nfaults > 0 || (c->link.open && clock_left(d->fresh) > 0))
		return;
	discover(&d->found, c->conf, c->state);
	d->fresh = clock_deadline(FRESH_MS);
}

static void
deliver(struct desk *d)
{
	struct carrier *c = &d->carrier;
	struct parcel   parcel[FLIGHT_MAX];
	struct route    route;

	for (size_t i = 0; i < d->norders; i++)
		parcel[i] = d->order[i].parcel;
	find_relays(d);
	route_make(&route, c->conf, &d->found);
	if (d->order[0].parcel.entry.tls_waived)
		route_waive_tls(&route);
	if (c->link.open)
		route_favour(&route, c->link.candidate.host, c->link.candidate.port);
	c->link.stream.trace = d->order[0].watcher >= 0 ? send_trace : NULL;
	c->link.stream.tracer = &d->order[0].watcher;
	attempt(c, &route, d->found.words, parcel, d->norders);
	c->link.stream.trace = NULL;
	send_news(c, &route);
	for (size_t i = 0; i < d->norders; i++)
		if (d->order[i].unsent)
			send_done(d->order[i].parcel.entry.id);
	route_release(&route);
}

static void
serve(struct desk *d)
{
	while (gather(d)) {
		deliver(d);
		for (size_t i = 0; i < d->norders; i++)
			order_release(&d->order[i]);
	}
	link_quit(&d->carrier.link);
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
	static struct desk desk;   /* large */
	struct conf        conf;
	struct problem     why;

	start_clean(STDERR_FILENO + 1);
	prctl(PR_SET_DUMPABLE, 0);   /* secrets pass through here (hazard R11) */
	conf_load(&conf, parse_options(argc, argv));
	keeper_start(&conf);
	log_open("salsa/smtp", conf.log);
	desk.ahead = ORDER;
	desk.carrier = (struct carrier){
		.conf = &conf,
		.state = open_state(&conf),
		.link = LINK,
		.settled = send_fate,
		.slow = send_slow,
		.argument = &desk,
	};
	if (sandbox_enter(&conf, desk.carrier.state, &why) != 0)
		log_line(LOG_WARNING, "cannot lock myself in: %s; mail goes out all the same", why.text);
	serve(&desk);
	if (desk.carrier.state >= 0)
		close(desk.carrier.state);
	conf_release(&conf);
	keeper_stop();
	return EX_OK;
}
