/* SPDX-License-Identifier: ISC */
#include "lib/responder.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, ROOM = 65535, SCRIPTS_MAX = 32, REFUSED = 5, MX = 15 };

struct answer {
	uint8_t     at[2 + ROOM];   /* after the length that TCP wants */
	size_t      len;
	const char *asked;          /* the name in the question */
	unsigned    question;       /* how often that was asked before */
	bool        tcp, edns, silent;
};

static unsigned asked_before[SCRIPTS_MAX];

static void
put(struct answer *a, unsigned number, size_t octets)
{
	while (octets-- > 0)
		a->at[2 + a->len++] = (uint8_t)(number >> 8 * octets);
}

static void
put_name(struct answer *a, const char *name)
{
	while (*name != '\0' && strcmp(name, ".") != 0) {
		size_t len = strcspn(name, ".");

		put(a, (unsigned)len, 1);
		memcpy(a->at + 2 + a->len, name, len);
		a->len += len;
		name += len + (name[len] == '.');
	}
	put(a, 0, 1);
}

/* Begins a record: its data follows, then end_record with what this returned. */
static size_t
record(struct answer *a, const char *owner, unsigned type, unsigned ttl, size_t section)
{
	a->at[2 + 2 * section + 1]++;
	put_name(a, strcmp(owner, "@") == 0 ? a->asked : owner);
	put(a, type, 2);
	put(a, 1, 2);
	put(a, ttl, 4);
	put(a, 0, 2);
	return a->len;
}

static void
end_record(struct answer *a, size_t begin)
{
	size_t len = a->len - begin;

	a->at[begin] = (uint8_t)(len >> 8);
	a->at[begin + 1] = (uint8_t)len;
}

enum { ANSWER = 3, AUTHORITY = 4 };   /* where their counts are in the header, in pairs of octets */

static void
say_address(struct answer *a, int family, const char *owner, unsigned ttl, const char *text)
{
	size_t begin = record(a, owner, family == AF_INET ? 1 : 28, ttl, ANSWER);

	inet_pton(family, text, a->at + 2 + a->len);
	a->len += family == AF_INET ? 4 : 16;
	end_record(a, begin);
}

static void
say_mx(struct answer *a, const char *owner, unsigned ttl, unsigned preference, const char *host)
{
	size_t begin = record(a, owner, MX, ttl, ANSWER);

	put(a, preference, 2);
	put_name(a, host);
	end_record(a, begin);
}

static void
say_many(struct answer *a, unsigned n)
{
	char host[64];

	for (; n > 0; n--) {
		snprintf(host, sizeof host, "relay%u.example.com", n);
		say_mx(a, "@", 300, n, host);
	}
}

static void
say_soa(struct answer *a, unsigned ttl, unsigned minimum)
{
	size_t begin = record(a, "example.com", 6, ttl, AUTHORITY);

	put_name(a, "ns.example.com");
	put_name(a, "h.example.com");
	for (int i = 0; i < 4; i++)
		put(a, 1, 4);
	put(a, minimum, 4);
	end_record(a, begin);
}

static void
say_name(struct answer *a, const char *owner, unsigned type, unsigned ttl, const char *target, size_t section)
{
	size_t begin = record(a, owner, type, ttl, section);

	put_name(a, target);
	end_record(a, begin);
}

static void
say_raw(struct answer *a, const char *owner, unsigned type, const char *hex)
{
	size_t   begin = record(a, owner, type, 300, ANSWER);
	unsigned octet;

	for (; sscanf(hex, "%2x", &octet) == 1; hex += 2)
		put(a, octet, 1);
	end_record(a, begin);
}

static bool
say_record(struct answer *a, const char *step)
{
	char     owner[256], text[256] = "";
	unsigned x, y;

	if (sscanf(step, "mx %255s %u %u %255s", owner, &x, &y, text) == 4)
		say_mx(a, owner, x, y, text);
	else if (sscanf(step, "cname %255s %u %255s", owner, &x, text) == 3)
		say_name(a, owner, 5, x, text, ANSWER);
	else if (sscanf(step, "aaaa %255s %u %255s", owner, &x, text) == 3)
		say_address(a, AF_INET6, owner, x, text);
	else if (sscanf(step, "a %255s %u %255s", owner, &x, text) == 3)
		say_address(a, AF_INET, owner, x, text);
	else if (sscanf(step, "soa %u %u", &x, &y) == 2)
		say_soa(a, x, y);
	else if (sscanf(step, "ns %255s", text) == 1)
		say_name(a, "example.com", 2, 300, text, AUTHORITY);
	else if (sscanf(step, "raw %255s %u %255s", owner, &x, text) >= 2)
		say_raw(a, owner, x, text);
	else if (sscanf(step, "many %u", &x) == 1)
		say_many(a, x);
	else
		return false;
	return true;
}

static void
say_error(struct answer *a, unsigned rcode)
{
	a->at[2 + 3] = (uint8_t)((a->at[2 + 3] & 0xF0) | rcode);
}

/* Over UDP the rest of the script goes unsaid after `truncated', and after a FORMERR. */
static bool
say_fault(struct answer *a, const char *step)
{
	unsigned n = 0;

	if (strcmp(step, "wrong-id") == 0)
		a->at[2]++;
	else if (strcmp(step, "wrong-name") == 0)
		a->at[2 + HEADER + 1]++;
	else if (strcmp(step, "cut") == 0)
		a->len = 20;
	else if (strcmp(step, "ad") == 0)
		a->at[2 + 3] |= 0x20;
	else if (strcmp(step, "rude") == 0)
		a->silent = a->tcp;
	else if (sscanf(step, "rcode %u", &n) == 1)
		say_error(a, n);
	else if (sscanf(step, "silent %u", &n) == 1)
		a->silent = a->question < n;
	else if (strcmp(step, "no-edns") == 0 && a->edns)
		say_error(a, 1);
	else if (strcmp(step, "truncated") == 0 && !a->tcp)
		a->at[2 + 2] |= 0x02;
	else
		return strcmp(step, "no-edns") == 0 || strcmp(step, "truncated") == 0;
	return !a->silent && (strcmp(step, "truncated") != 0) && (strcmp(step, "no-edns") != 0);
}

static void
say(struct answer *a, const char *script)
{
	char copy[2048], *rest = copy, *step;

	snprintf(copy, sizeof copy, "%s", script);
	while ((step = strsep(&rest, ";")) != NULL) {
		step += strspn(step, " ");
		if (!say_record(a, step) && !say_fault(a, step))
			return;
	}
}

/* Reads the name in a question (whole labels, for it comes from our own code); returns its length on the wire. */
static size_t
read_name(const uint8_t *at, char name[256])
{
	size_t len = 0;

	for (; at[len] != 0 && len < 250; len += 1u + at[len])
		snprintf(name + len, 256 - len, "%.*s%c", at[len], (const char *)at + len + 1,
		    at[len + 1 + at[len]] != 0 ? '.' : '\0');
	return len + 1;
}

static bool
covers(const char *script, const char *name, unsigned type)
{
	static const struct { const char *prefix; unsigned type; } types[] = {
		{ "mx:", 15 }, { "a:", 1 }, { "aaaa:", 28 }, { "cname:", 5 }, { "tlsa:", 52 },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strncmp(script, types[i].prefix, strlen(types[i].prefix)) == 0)
			return type == types[i].type && strcasecmp(script + strlen(types[i].prefix), name) == 0;
	return strcasecmp(script, name) == 0;
}

static bool
reply(struct answer *a, const struct script *script, size_t n, const uint8_t *query, bool tcp)
{
	char   name[256] = "";
	size_t name_len = read_name(query + HEADER, name), len = HEADER + name_len + 4;

	*a = (struct answer){ .asked = name, .tcp = tcp, .edns = query[11] != 0, .len = len };
	memcpy(a->at + 2, query, len);
	a->at[2 + 2] = 0x81;
	a->at[2 + 3] = 0x80;
	memset(a->at + 2 + 6, 0, 6);
	for (size_t i = 0; i < n; i++)
		if (covers(script[i].name, name, query[len - 3])) {
			a->question = asked_before[i]++;
			say(a, script[i].say);
			return !a->silent;
		}
	say_error(a, REFUSED);
	return true;
}

static void
serve_udp(int fd, struct answer *a, const struct script *script, size_t n)
{
	struct sockaddr_in from;
	socklen_t          from_len = sizeof from;
	uint8_t            query[512] = { 0 };

	if (recvfrom(fd, query, sizeof query, 0, (struct sockaddr *)&from, &from_len) > HEADER &&
	    reply(a, script, n, query, false))
		sendto(fd, a->at + 2, a->len, 0, (struct sockaddr *)&from, from_len);
}

/* In two pieces, so that the reader must put them together. */
static void
serve_tcp(int listener, struct answer *a, const struct script *script, size_t n)
{
	int     fd = accept(listener, NULL, NULL);
	uint8_t query[514] = { 0 };

	if (recv(fd, query, 2, MSG_WAITALL) == 2 && recv(fd, query + 2, query[1], MSG_WAITALL) > HEADER &&
	    reply(a, script, n, query + 2, true)) {
		a->at[0] = (uint8_t)(a->len >> 8);
		a->at[1] = (uint8_t)a->len;
		if (send(fd, a->at, 1, MSG_NOSIGNAL) == 1)
			send(fd, a->at + 1, a->len + 1, MSG_NOSIGNAL);
	}
	close(fd);
}

static void
serve(int udp, int tcp, const struct script *script, size_t n)
{
	struct pollfd         pfd[] = { { udp, POLLIN, 0 }, { tcp, POLLIN, 0 } };
	static struct answer  answer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (poll(pfd, 2, -1) >= 0) {
		if (pfd[0].revents != 0)
			serve_udp(udp, &answer, script, n);
		if (pfd[1].revents != 0)
			serve_tcp(tcp, &answer, script, n);
	}
	_exit(1);
}

unsigned
responder_start(const struct script *script, size_t n)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t          len = sizeof address;
	int                udp, tcp;

	for (;;) {   /* until a port is free on both */
		udp = socket(AF_INET, SOCK_DGRAM, 0);
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		address.sin_port = 0;
		if (bind(tcp, (struct sockaddr *)&address, len) == 0 && listen(tcp, 8) == 0 &&
		    getsockname(tcp, (struct sockaddr *)&address, &len) == 0 &&
		    bind(udp, (struct sockaddr *)&address, len) == 0)
			break;
		close(udp);
		close(tcp);
	}
	if (fork() == 0)
		serve(udp, tcp, script, n);
	close(udp);
	close(tcp);
	return ntohs(address.sin_port);
}
