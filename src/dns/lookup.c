/* SPDX-License-Identifier: ISC */
#include "dns/lookup.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/xalloc.h"
#include "dns/message.h"

enum {
	FIRST_WAIT = 1500,   /* milliseconds for the first answer of each server; then twice that, and so on */
	TCP_WAIT = 5000,
	PREFIX = 2,          /* over TCP a message follows its length: RFC 1035, 4.2.2 */
	UDP_ROOM = 4096,
};

/* A question on its way. */
struct asking {
	struct lookup         *lookup;
	const struct resolver *resolver;
	int                    fd;          /* -1: there is nothing more to wait for */
	bool                   tcp, edns;
	unsigned               attempts;    /* before this one; the servers take turns */
	unsigned               failed;      /* a bit for each server that gave an error, or cannot be reached */
	struct timespec        until;       /* the end of this attempt */
	uint16_t               id;
	uint8_t                query[PREFIX + MESSAGE_QUERY_MAX];
	size_t                 query_len;   /* with its prefix */
	size_t                 sent;        /* of it, over TCP */
	uint8_t               *answer;      /* owned; over TCP: PREFIX + MESSAGE_MAX octets */
	size_t                 answer_len;
};

static const struct sockaddr_storage *
server(const struct asking *a)
{
	return &a->resolver->server[a->attempts % a->resolver->nservers];
}

/* The bit of the server whose turn it is. */
static unsigned
turn(const struct asking *a)
{
	return 1u << a->attempts % a->resolver->nservers;
}

/* Says in the lookup's words which server the trouble is with. */
static void
blame(struct asking *a, const char *words)
{
	char address[IP_TEXT], line[sizeof a->lookup->words];

	ip_format(server(a), address);
	snprintf(line, sizeof line, "%s: %.90s", address, words);
	strlcpy(a->lookup->words, line, sizeof a->lookup->words);
}

static void
hang_up(struct asking *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	free(a->answer);
	a->answer = NULL;
	a->answer_len = a->sent = 0;
}

static void
give_up(struct asking *a)
{
	hang_up(a);
	a->lookup->outcome = LOOKUP_TROUBLE;
}

static bool
dial(struct asking *a)
{
	int type = a->tcp ? SOCK_STREAM : SOCK_DGRAM;

	a->fd = socket(server(a)->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return a->fd >= 0 && (connect(a->fd, (const struct sockaddr *)server(a), ip_len(server(a))) == 0 ||
	    errno == EINPROGRESS);
}

static bool
send_datagram(struct asking *a)
{
	unsigned round = a->attempts / (unsigned)a->resolver->nservers;

	a->until = clock_deadline((long)FIRST_WAIT << (round < 4 ? round : 4));
	return send(a->fd, a->query + PREFIX, a->query_len - PREFIX, 0) >= 0;
}

/* Puts the question to the server whose turn it is; false, with words, when it cannot be reached. */
static bool
ask(struct asking *a, bool tcp)
{
	size_t len;

	hang_up(a);
	a->tcp = tcp;
	a->id = (uint16_t)arc4random_uniform(UINT16_MAX + 1);
	len = message_query(a->lookup, a->id, a->edns, a->query + PREFIX);
	if (len == 0) {
		blame(a, "not asked, for it is no domain name");
		return false;
	}
	a->query[0] = (uint8_t)(len >> 8);
	a->query[1] = (uint8_t)len;
	a->query_len = PREFIX + len;
	if (!dial(a) || (!tcp && !send_datagram(a))) {
		blame(a, strerror(errno));
		return false;
	}
	if (tcp) {
		a->until = clock_deadline(TCP_WAIT);
		a->answer = xmalloc(PREFIX + MESSAGE_MAX);
	}
	return true;
}

/* Turns to the next server that has not failed.  When all have, that is it. */
static void
ask_next(struct asking *a)
{
	for (size_t i = 0; i < a->resolver->nservers; i++) {
		a->attempts++;
		a->edns = true;
		if ((a->failed & turn(a)) == 0 && ask(a, false))
			return;
		a->failed |= turn(a);
	}
	give_up(a);
}

static void
fail(struct asking *a)
{
	a->failed |= turn(a);
	ask_next(a);
}

static void
ask_again(struct asking *a, bool tcp)
{
	if (!ask(a, tcp))
		fail(a);
}

/* Nothing came.  The only server that is left gets the same question again, so that a late answer still counts. */
static void
time_out(struct asking *a)
{
	blame(a, "no answer");
	if ((a->failed | turn(a)) != (1u << a->resolver->nservers) - 1 || a->tcp) {
		ask_next(a);
		return;
	}
	a->attempts += (unsigned)a->resolver->nservers;
	if (!send_datagram(a)) {
		blame(a, strerror(errno));
		fail(a);
	}
}

static void
take_message(struct asking *a, const uint8_t *wire, size_t len)
{
	enum message result = message_read(a->lookup, a->id, wire, len);

	if (result == MESSAGE_DONE) {
		hang_up(a);
	} else if (result == MESSAGE_ONWARD) {
		a->failed = 0;
		ask_again(a, false);
	} else if (result == MESSAGE_TRUNCATED && !a->tcp) {
		ask_again(a, true);
	} else if (result == MESSAGE_NO_EDNS && a->edns) {
		a->edns = false;
		ask_again(a, false);
	} else if (result != MESSAGE_FOREIGN || a->tcp) {
		blame(a, result == MESSAGE_FOREIGN || result == MESSAGE_TRUNCATED ? "an answer that makes no sense" :
		    a->lookup->words);
		fail(a);
	}
}

static void
receive_datagram(struct asking *a)
{
	uint8_t wire[UDP_ROOM];
	ssize_t n = recv(a->fd, wire, sizeof wire, 0);

	if (n >= 0) {
		take_message(a, wire, (size_t)n);
	} else if (errno != EAGAIN && errno != EINTR) {
		blame(a, strerror(errno));
		fail(a);
	}
}

/* Reads what has come, up to the end of the one message.  Returns 1 when it is complete, 0 to wait on, -1 on errors. */
static int
read_stream(struct asking *a)
{
	size_t  wanted = PREFIX;
	ssize_t n;

	if (a->answer_len >= PREFIX)
		wanted += (size_t)(a->answer[0] << 8 | a->answer[1]);
	n = read(a->fd, a->answer + a->answer_len, wanted - a->answer_len);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	a->answer_len += (size_t)n;
	return a->answer_len > PREFIX && a->answer_len == wanted;
}

static int
write_stream(struct asking *a)
{
	ssize_t n = send(a->fd, a->query + a->sent, a->query_len - a->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	a->sent += (size_t)n;
	return 0;
}

static void
go_on_stream(struct asking *a)
{
	int      result = a->sent < a->query_len ? write_stream(a) : read_stream(a);
	uint8_t *answer = a->answer;

	if (result < 0) {
		blame(a, "no answer over TCP");
		fail(a);
	} else if (result > 0) {
		a->answer = NULL;   /* what is taken may end this conversation and begin the next */
		take_message(a, answer + PREFIX, a->answer_len - PREFIX);
		free(answer);
	}
}

/* Waits until something happens to a question or its time is over.  False: there is none left, or no time. */
static bool
wait_for_any(const struct asking *asking, struct pollfd *pfd, size_t n, struct timespec deadline)
{
	struct timespec first = deadline;
	nfds_t          waiting = 0;   /* up to the last that is open: more than RLIMIT_NOFILE is an error of poll(2) */

	for (size_t i = 0; i < n; i++) {
		const struct asking *a = &asking[i];

		pfd[i] = (struct pollfd){ .fd = a->fd, .events = a->tcp && a->sent < a->query_len ? POLLOUT : POLLIN };
		if (a->fd < 0)
			continue;
		waiting = i + 1;
		first = clock_sooner(first, a->until);
	}
	if (waiting == 0 || clock_left(deadline) == 0)
		return false;
	if (poll(pfd, waiting, (int)clock_left(first)) < 0)
		for (size_t i = 0; i < n; i++)
			pfd[i].revents = 0;
	return true;
}

static void
begin(struct asking *a, const struct resolver *resolver, struct lookup *lookup)
{
	*a = (struct asking){ .lookup = lookup, .resolver = resolver, .fd = -1, .edns = true };
	message_begin(lookup, resolver->trusted);
	ask_again(a, false);
}

/* The question's time is over, or nobody needs its answer any more. */
static void
end(struct asking *a, bool needed)
{
	if (a->fd >= 0 && needed) {
		blame(a, "no answer");
		give_up(a);
	}
	hang_up(a);
	if (a->lookup->outcome == LOOKUP_PENDING || a->lookup->outcome == LOOKUP_TROUBLE) {
		a->lookup->ttl = 0;
		a->lookup->secure = false;
	}
}

static void
go_on(struct asking *a, short events)
{
	if (events != 0 && a->tcp)
		go_on_stream(a);
	else if (events != 0)
		receive_datagram(a);
	else if (a->fd >= 0 && clock_left(a->until) == 0)
		time_out(a);
}

void
lookup_all(const struct resolver *resolver, struct lookup *lookup, size_t n, struct timespec deadline,
    bool (*enough)(const void *), const void *argument)
{
	struct asking *asking = xcalloc(n, sizeof *asking);
	struct pollfd *pfd = xcalloc(n, sizeof *pfd);
	bool           done = false;

	for (size_t i = 0; i < n; i++)
		begin(&asking[i], resolver, &lookup[i]);
	while (!done && wait_for_any(asking, pfd, n, deadline)) {
		for (size_t i = 0; i < n; i++)
			go_on(&asking[i], pfd[i].revents);
		done = enough != NULL && enough(argument);
	}
	for (size_t i = 0; i < n; i++)
		end(&asking[i], !done);
	free(pfd);
	free(asking);
}
