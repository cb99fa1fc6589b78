/* SPDX-License-Identifier: ISC
 *
 * salsa-relay: the worker that talks.  Messages come on descriptor 0, one at a time and each as a descriptor of its
 * own, and fates go back there (ipc/packet.h).  It knows no path into the queue.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "conf/conf.h"
#include "entry/entry.h"
#include "ipc/packet.h"
#include "relay/attempt.h"
#include "relay/discover.h"
#include "relay/keeper.h"
#include "relay/sandbox.h"

enum { KEEP_MS = 5000 };   /* how long a session waits for the next message */

static void
send_fate(void *argument, const struct fate *fate)
{
	struct buf line = BUF(PACKET_MAX);

	(void)argument;
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
watch(struct carrier *c, int *watcher, int fd)
{
	if (*watcher >= 0)
		close(*watcher);
	*watcher = fd;
	c->link.stream.trace = fd >= 0 ? send_trace : NULL;
	c->link.stream.tracer = watcher;
}

static void
deliver(struct carrier *c, const char *id, int fd)
{
	struct entry     entry = ENTRY;
	struct route     route;
	struct discovery found = { 0 };
	struct problem   why;

	if (entry_read(&entry, fd, &why) == 0) {
		if (c->conf->nfaults == 0)
			discover(&found, c->conf, c->state);
		route_make(&route, c->conf, &found);
		if (c->link.open)
			route_favour(&route, c->link.candidate.host, c->link.candidate.port);
		attempt(c, &route, found.words, &entry, fd);
		send_news(c, &route);
		route_release(&route);
	} else {
		log_line(LOG_ERR, "%s: %s", id, why.text);
	}
	entry_release(&entry);
	if (packet_sendf(STDIN_FILENO, -1, "done %s", id) != 0)
		err(EX_TEMPFAIL, "whoever gave me the message is gone");
}

/* Waits for the next packet; a session without work is ended meanwhile. */
static ssize_t
receive(struct carrier *c, char *line, size_t room, int *fd)
{
	struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };

	if (c->link.open && poll(&ready, 1, KEEP_MS) == 0)
		link_quit(&c->link);
	return packet_receive(STDIN_FILENO, line, room, fd);
}

static void
serve(struct carrier *c)
{
	char line[PACKET_MAX];
	int  fd, watcher = -1;

	while (receive(c, line, sizeof line, &fd) > 0) {
		struct slice rest = SLICE(line), word = slice_word(&rest);

		if (slice_equal(word, SLICE("trace"))) {
			watch(c, &watcher, fd);
			continue;
		}
		if (slice_equal(word, SLICE("deliver")))
			deliver(c, slice_trim(rest).at, fd);
		if (fd >= 0)
			close(fd);
		watch(c, &watcher, -1);
	}
	link_quit(&c->link);
	watch(c, &watcher, -1);
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
	struct conf    conf;
	struct carrier carrier = { .conf = &conf, .link = LINK, .settled = send_fate, .slow = send_slow };
	struct problem why;

	start_clean(STDERR_FILENO + 1);
	prctl(PR_SET_DUMPABLE, 0);   /* secrets pass through here (hazard R11) */
	conf_load(&conf, parse_options(argc, argv));
	keeper_start(&conf);
	log_open("salsa/smtp", conf.log);
	carrier.state = open_state(&conf);
	if (sandbox_enter(&conf, carrier.state, &why) != 0)
		log_line(LOG_WARNING, "cannot lock myself in: %s; mail goes out all the same", why.text);
	serve(&carrier);
	if (carrier.state >= 0)
		close(carrier.state);
	conf_release(&conf);
	keeper_stop();
	return EX_OK;
}
