/* SPDX-License-Identifier: ISC */
#include "runner/network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32.h"
#include "base/ip.h"

enum {
	NEWS_MAX   = 256,   /* packets at a time */
	PAUSE_MSEC = 500,
};

/* Whoever asks for a way out names somebody far away: nobody's address (RFC 5737, RFC 3849). */
struct question {
	struct nlmsghdr header;
	struct rtmsg    route;
	struct rtattr   to;
	uint8_t         address[16];
};

#define QUESTION(family, octets, ...) { \
	{ .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)) + RTA_LENGTH(octets), .nlmsg_type = RTM_GETROUTE, \
	    .nlmsg_flags = NLM_F_REQUEST }, \
	{ .rtm_family = (family), .rtm_dst_len = 8 * (octets) }, \
	{ .rta_len = RTA_LENGTH(octets), .rta_type = RTA_DST }, { __VA_ARGS__ } }

static const struct question questions[] = {
	QUESTION(AF_INET, 4, 192, 0, 2, 1),
	QUESTION(AF_INET6, 16, 0x20, 0x01, 0x0D, 0xB8, [15] = 1),
};

/* What tells one way out from another: where it leads, and the address to send from.  0: there is none. */
static uint32_t
fold_way(const struct nlmsghdr *answer, size_t len)
{
	const struct rtmsg *route = NLMSG_DATA(answer);
	uint32_t            folded = 1;

	if (!NLMSG_OK(answer, len) || answer->nlmsg_type != RTM_NEWROUTE ||
	    answer->nlmsg_len < NLMSG_LENGTH(sizeof *route))
		return 0;
	len = RTM_PAYLOAD(answer);
	for (const struct rtattr *a = RTM_RTA(route); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == RTA_GATEWAY || a->rta_type == RTA_VIA || a->rta_type == RTA_OIF ||
		    a->rta_type == RTA_PREFSRC)
			folded = crc32_add(folded, (struct slice){ RTA_DATA(a), RTA_PAYLOAD(a) });
	return folded;
}

/* The kernel's answer is there before send() returns. */
static uint32_t
find_way(const struct question *q)
{
	union {
		struct nlmsghdr message;   /* for its alignment */
		char            at[4096];
	} answer;
	int     fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	ssize_t len = -1;

	if (fd < 0)
		return 0;
	if (send(fd, q, q->header.nlmsg_len, 0) > 0)
		len = recv(fd, &answer, sizeof answer, 0);
	close(fd);
	return len > 0 ? fold_way(&answer.message, (size_t)len) : 0;
}

static uint32_t
fold_address(const struct ifaddrs *interface)
{
	struct sockaddr_storage ip;
	char                    text[IP_TEXT];

	if (!ip_of_interface(&ip, interface) || (ip_kind(&ip) != IP_GLOBAL && ip_kind(&ip) != IP_PRIVATE))
		return 0;
	ip_format(&ip, text);
	return crc32_add(0, SLICE(text));
}

/* A sum: the same whatever the order. */
static uint32_t
find_place(void)
{
	struct ifaddrs *interfaces;
	uint32_t        place = find_way(&questions[0]) + find_way(&questions[1]);

	if (getifaddrs(&interfaces) != 0)
		return place;
	for (const struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next)
		place += fold_address(i);
	freeifaddrs(interfaces);
	return place;
}

int
network_watch(struct network *n, struct problem *why)
{
	struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};

	*n = (struct network){ 0 };
	n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (n->fd < 0 || bind(n->fd, (const struct sockaddr *)&groups, sizeof groups) != 0) {
		problem_set(why, VERDICT_LATER, "4.3.0", "listen for changes of the network: %s", strerror(errno));
		network_release(n);
		return -1;
	}
	n->place = find_place();
	return 0;
}

/* What the news say, and what was lost of them (ENOBUFS), shows in the place. */
bool
network_changed(struct network *n)
{
	uint32_t before = n->place;
	char     ignored[1];

	for (int i = 0; i < NEWS_MAX && (recv(n->fd, ignored, sizeof ignored, 0) >= 0 || errno == ENOBUFS); i++)
		continue;
	n->again = clock_deadline(PAUSE_MSEC);
	n->place = find_place();
	return n->place != before;
}

void
network_release(struct network *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
