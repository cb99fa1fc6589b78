/* SPDX-License-Identifier: ISC */
#include "runner/network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/ip.h"

enum { NEWS_MAX = 256 };   /* packets at a time */

/* The same whatever the order. */
static uint32_t
fold(const struct sockaddr_storage *ip)
{
	char text[IP_TEXT];

	ip_format(ip, text);
	return crc32_add(0, SLICE(text));
}

static uint32_t
find_place(void)
{
	struct ifaddrs         *interfaces;
	struct sockaddr_storage ip;
	uint32_t                place = 0;

	if (ip_source(&ip, AF_INET))
		place += 3 * fold(&ip);   /* as another thing than an address that is there */
	if (ip_source(&ip, AF_INET6))
		place += 3 * fold(&ip);
	if (getifaddrs(&interfaces) != 0)
		return place;
	for (const struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		ip = (struct sockaddr_storage){ .ss_family = i->ifa_addr->sa_family };
		memcpy(&ip, i->ifa_addr, ip_len(&ip));
		if (ip_kind(&ip) == IP_GLOBAL || ip_kind(&ip) == IP_PRIVATE)
			place += fold(&ip);
	}
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

/* What tells one default route from another: where it leads; 0: it is none. */
static uint32_t
fold_way(const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	size_t              len;
	uint32_t            folded = 1;

	if ((message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE) ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof *route) || route->rtm_dst_len != 0 ||
	    route->rtm_type != RTN_UNICAST || route->rtm_table != RT_TABLE_MAIN)
		return 0;
	len = RTM_PAYLOAD(message);
	for (const struct rtattr *a = RTM_RTA(route); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == RTA_GATEWAY || a->rta_type == RTA_VIA || a->rta_type == RTA_OIF ||
		    a->rta_type == RTA_MULTIPATH)
			folded = crc32_add(folded, (struct slice){ RTA_DATA(a), RTA_PAYLOAD(a) });
	return folded;
}

/* Another way out may leave every address as it is.  Returns whether there is one that was not heard of. */
static bool
note_way(struct network *n, const struct nlmsghdr *message)
{
	uint32_t way = fold_way(message);

	if (way == 0)
		return false;
	for (size_t i = 0; i < NETWORK_WAYS; i++)
		if (n->way[i] == way) {
			if (message->nlmsg_type == RTM_DELROUTE)
				n->way[i] = 0;
			return false;
		}
	if (message->nlmsg_type == RTM_DELROUTE)
		return false;   /* what is lost by it shows in the place */
	n->way[n->oldest] = way;
	n->oldest = (n->oldest + 1) % NETWORK_WAYS;
	return true;
}

static bool
note_ways(struct network *n, const struct nlmsghdr *message, size_t len)
{
	bool any = false;

	for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len))
		any = note_way(n, message) || any;
	return any;
}

bool
network_changed(struct network *n)
{
	struct sockaddr_nl from = { 0 };
	socklen_t          room = sizeof from;
	union {
		struct nlmsghdr message;   /* for its alignment */
		char            at[16 << 10];
	} news;
	bool     changed = false;
	uint32_t before = n->place;
	ssize_t  len;

	for (int i = 0; i < NEWS_MAX; i++) {
		len = recvfrom(n->fd, &news, sizeof news, 0, (struct sockaddr *)&from, &room);
		if (len < 0 && errno != ENOBUFS)   /* ENOBUFS: some were lost; what they told of shows in the place */
			break;
		if (len > 0 && from.nl_pid == 0)
			changed = note_ways(n, &news.message, (size_t)len) || changed;
	}
	n->place = find_place();
	return changed || n->place != before;
}

void
network_release(struct network *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
