/* SPDX-License-Identifier: ISC */
#include "runner/network.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/unit.h"

/* Who listens at one end of a socket pair, in place of the kernel; the other end. */
static int
open_pair(struct network *n)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	*n = (struct network){ .fd = pair[0] };
	network_changed(n);   /* its first look at the addresses */
	return pair[1];
}

struct route_news {
	struct nlmsghdr header;
	struct rtmsg    route;
	struct rtattr   attribute;
	unsigned char   gateway[4];
};

static const struct route_news via_one = {
	.header = { .nlmsg_len = sizeof(struct route_news), .nlmsg_type = RTM_NEWROUTE },
	.route = { .rtm_family = AF_INET, .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN },
	.attribute = { .rta_len = RTA_LENGTH(4), .rta_type = RTA_GATEWAY },
	.gateway = { 192, 0, 2, 1 },
};

static bool
changes(struct network *n, int kernel, const struct route_news *news)
{
	ck_assert_int_eq(write(kernel, news, sizeof *news), sizeof *news);
	return network_changed(n);
}

START_TEST(another_default_route_is_a_change_and_the_same_again_is_none)
{
	struct network    n;
	int               kernel = open_pair(&n);
	struct route_news via_two = via_one, removed = via_one;

	via_two.gateway[3] = 2;
	removed.header.nlmsg_type = RTM_DELROUTE;
	ck_assert(changes(&n, kernel, &via_one));
	ck_assert(!changes(&n, kernel, &via_one));
	ck_assert(changes(&n, kernel, &via_two));
	ck_assert(!changes(&n, kernel, &via_one));   /* two routers that both say so now and then */
	ck_assert(!changes(&n, kernel, &removed));
	ck_assert(changes(&n, kernel, &via_one));
	close(kernel);
	network_release(&n);
	ck_assert_int_eq(n.fd, -1);
}
END_TEST

START_TEST(what_is_no_way_out_is_no_change)
{
	struct network    n;
	int               kernel = open_pair(&n);
	struct route_news news[5];

	for (size_t i = 0; i < 5; i++)
		news[i] = via_one;
	news[0].route.rtm_dst_len = 24;
	news[1].route.rtm_table = RT_TABLE_LOCAL;
	news[2].route.rtm_type = RTN_MULTICAST;
	news[3].header.nlmsg_type = RTM_NEWADDR;
	news[4].header.nlmsg_len = 1 << 20;
	for (size_t i = 0; i < 5; i++)
		ck_assert(!changes(&n, kernel, &news[i]));
	close(kernel);
	network_release(&n);
}
END_TEST

START_TEST(news_may_be_cut_anywhere)
{
	for (size_t len = 1; len < sizeof via_one; len++) {
		struct network    n;
		int               kernel = open_pair(&n);
		struct route_news cut = via_one;

		cut.header.nlmsg_len = (unsigned)len;
		ck_assert_int_eq(write(kernel, &cut, len), (ssize_t)len);
		network_changed(&n);
		ck_assert(!network_changed(&n));
		close(kernel);
		network_release(&n);
	}
}
END_TEST

START_TEST(the_kernel_is_listened_to)
{
	struct network n;
	struct problem why;

	ck_assert_int_eq(network_watch(&n, &why), 0);
	ck_assert(!network_changed(&n));
	network_release(&n);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, another_default_route_is_a_change_and_the_same_again_is_none);
	tcase_add_test(t, what_is_no_way_out_is_no_change);
	tcase_add_test(t, news_may_be_cut_anywhere);
	tcase_add_test(t, the_kernel_is_listened_to);
}
