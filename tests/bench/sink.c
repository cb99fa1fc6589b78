/* SPDX-License-Identifier: ISC
 *
 * A relay that takes everything and keeps nothing, and counts:  sink [-P] [-C] [-d MSEC] [-s | -r] PORT MESSAGES
 *
 * Listens on 127.0.0.1, and says "ready".  When MESSAGES messages are answered, and when SIGTERM ends it, it prints
 * "messages connections at-once first last", the last two on the monotonic clock in milliseconds.  -P, -C: offers
 * PIPELINING, CHUNKING.  -d: every reply leaves so long after its command came, as over a long line.  -s: says nothing
 * at all.  -r: refuses all, 421.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 8192, LINE_MAX_LEN = 1024, REPLIES_MAX = 512, BLOCK = 65536 };

struct reply {
	double      due;    /* monotonic, in milliseconds */
	const char *text;
};

struct connection {
	int          fd;             /* -1: none */
	char         line[LINE_MAX_LEN];
	size_t       line_len;
	bool         in_text;        /* between 354 and the dot */
	bool         last_chunk;
	long long    chunk;          /* octets of BDAT still to come; -1: none */
	struct reply reply[REPLIES_MAX];
	size_t       first, nreplies;
	bool         leaving;
};

static struct connection connection[CONNECTIONS_MAX];
static int               used;   /* of connection: none is open from there on */
static int               nopen, at_once, total, messages, wanted;
static double            first, last, delay;
static bool              pipelining, chunking, silent, refuses;
static volatile sig_atomic_t told_to_end;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
end(int number)
{
	told_to_end = number;
}

static void
say(struct connection *c, const char *text)
{
	if (c->nreplies == REPLIES_MAX)
		errx(1, "a client does not read");
	c->reply[(c->first + c->nreplies++) % REPLIES_MAX] = (struct reply){ now() + delay, text };
}

static void
count(void)
{
	last = now();
	if (messages++ == 0)
		first = last;
}

static const char *
extensions(void)
{
	static char text[256];

	snprintf(text, sizeof text, "250-sink.example\r\n%s%s250-8BITMIME\r\n250 SIZE 0\r\n",
	    pipelining ? "250-PIPELINING\r\n" : "", chunking ? "250-CHUNKING\r\n" : "");
	return text;
}

static bool
is(const char *line, const char *verb)
{
	return strncasecmp(line, verb, strlen(verb)) == 0;
}

static void
obey(struct connection *c, const char *line)
{
	if (is(line, "EHLO")) {
		say(c, extensions());
	} else if (is(line, "DATA")) {
		c->in_text = true;
		say(c, "354 go on\r\n");
	} else if (is(line, "BDAT ")) {
		c->chunk = atoll(line + 5);
		c->last_chunk = strcasestr(line, "LAST") != NULL;
	} else if (is(line, "QUIT")) {
		c->leaving = true;
		say(c, "221 bye\r\n");
	} else {
		say(c, "250 ok\r\n");
	}
}

static void
end_of_text(struct connection *c)
{
	count();
	say(c, "250 2.0.0 taken\r\n");
}

static void
take_line(struct connection *c)
{
	c->line[c->line_len] = '\0';
	if (!c->in_text) {
		obey(c, c->line);
	} else if (strcmp(c->line, ".") == 0) {
		c->in_text = false;
		end_of_text(c);
	}
	c->line_len = 0;
}

static size_t
take_chunk(struct connection *c, size_t n)
{
	size_t taken = (long long)n < c->chunk ? n : (size_t)c->chunk;

	c->chunk -= (long long)taken;
	return taken;
}

static void
end_of_chunk(struct connection *c)
{
	c->chunk = -1;
	if (c->last_chunk)
		end_of_text(c);
	else
		say(c, "250 go on\r\n");
}

static void
take(struct connection *c, const char *at, size_t n)
{
	for (size_t i = 0; i < n;) {
		if (c->chunk >= 0) {
			i += take_chunk(c, n - i);
			if (c->chunk == 0)
				end_of_chunk(c);
			continue;
		}
		if (at[i] == '\n')
			take_line(c);
		else if (at[i] != '\r' && c->line_len < LINE_MAX_LEN - 1)
			c->line[c->line_len++] = at[i];
		i++;
		if (c->chunk == 0)   /* BDAT 0 LAST */
			end_of_chunk(c);
	}
}

static void
hang_up(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	nopen--;
}

static void
hear(struct connection *c)
{
	static char block[BLOCK];
	ssize_t     n = read(c->fd, block, sizeof block);

	if (n > 0)
		take(c, block, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		hang_up(c);
}

/* All replies that are due, in one segment. */
static void
answer(struct connection *c)
{
	char   out[BLOCK];
	size_t len = 0;
	double time = now();

	for (; c->nreplies > 0 && c->reply[c->first].due <= time; c->nreplies--) {
		const char *text = c->reply[c->first].text;

		if (len + strlen(text) > sizeof out)
			break;
		memcpy(out + len, text, strlen(text));
		len += strlen(text);
		c->first = (c->first + 1) % REPLIES_MAX;
	}
	if (len > 0 && write(c->fd, out, len) != (ssize_t)len)
		hang_up(c);
	else if (c->leaving && c->nreplies == 0)
		hang_up(c);
}

static void
greet(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < CONNECTIONS_MAX; i++) {
		if (connection[i].fd >= 0)
			continue;
		connection[i] = (struct connection){ .fd = fd, .chunk = -1 };
		total++;
		if (++nopen > at_once)
			at_once = nopen;
		if (i >= used)
			used = i + 1;
		connection[i].leaving = refuses;
		if (!silent)
			say(&connection[i], refuses ? "421 4.3.2 not now\r\n" : "220 sink.example ESMTP\r\n");
		return;
	}
	if (fd >= 0)
		errx(1, "too many connections");
}

static int
patience(void)
{
	double least = 60000, time = now();

	for (int i = 0; i < used; i++) {
		const struct connection *c = &connection[i];

		if (c->fd >= 0 && c->nreplies > 0 && c->reply[c->first].due - time < least)
			least = c->reply[c->first].due - time;
	}
	return least > 0 ? (int)least + 1 : 0;
}

static void
turn(int listener)
{
	static struct pollfd set[CONNECTIONS_MAX + 1];

	set[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (int i = 0; i < used; i++)
		set[i + 1] = (struct pollfd){ .fd = connection[i].fd, .events = POLLIN };
	if (poll(set, (nfds_t)used + 1, patience()) < 0)
		return;
	for (int i = 0; i < used; i++) {
		if (connection[i].fd >= 0 && set[i + 1].revents != 0)
			hear(&connection[i]);
		if (connection[i].fd >= 0)
			answer(&connection[i]);
	}
	if (set[0].revents != 0)
		greet(listener);
}

static int
listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int                fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0)
		err(1, "listen on port %d", port);
	return fd;
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "PCrsd:")) != -1)
		switch (option) {
		case 'P': pipelining = true; break;
		case 'C': chunking = true; break;
		case 's': silent = true; break;
		case 'r': refuses = true; break;
		case 'd': delay = atof(optarg); break;
		default: exit(64);
		}
	if (argc - optind != 2)
		errx(64, "usage: sink [-PCrs] [-d msec] port messages");
	wanted = atoi(argv[optind + 1]);
}

static bool
all_are_answered(void)
{
	for (int i = 0; i < used; i++)
		if (connection[i].fd >= 0 && connection[i].nreplies > 0)
			return false;
	return true;
}

static void
report(void)
{
	printf("%d %d %d %.3f %.3f\n", messages, total, at_once, first, last);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	int              listener;
	bool             reported = false;

	read_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		connection[i].fd = -1;
	listener = listen_on(atoi(argv[optind]));
	puts("ready");
	fflush(stdout);
	while (!told_to_end) {
		turn(listener);
		if (!reported && messages >= wanted && all_are_answered()) {
			report();
			reported = true;
		}
	}
	report();
	return 0;
}
