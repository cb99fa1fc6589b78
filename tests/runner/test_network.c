/* SPDX-License-Identifier: ISC */
#include "runner/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/unit.h"

/* One way out of a network of our own: by 198.51.100.1. */
static bool
leave_the_network(void)
{
	return unit_network() && system("ip address add 203.0.113.7/32 dev lo && "
	    "ip route add default via 198.51.100.1 dev lo onlink") == 0;
}

static void
change(const char *words)
{
	char command[256];

	snprintf(command, sizeof command, "ip %s", words);
	ck_assert_int_eq(system(command), 0);
}

static const struct { const char *words; bool counts; } changes[] = {
	{ "route replace default via 198.51.100.2 dev lo onlink", true },
	{ "route replace default via 198.51.100.1 dev lo onlink", true },
	{ "route replace default via 198.51.100.2 dev lo onlink", true },   /* once more: what was before is no matter */
	{ "route replace default via 198.51.100.2 dev lo onlink", false },
	{ "route add default via 198.51.100.3 dev lo onlink metric 9", false },   /* one that is not taken */
	{ "route add 198.51.101.0/24 via 198.51.100.3 dev lo onlink", false },
	{ "address add 2001:db8:1::7/128 dev lo", true },
	{ "address add 127.0.0.7/8 dev lo", false },
	{ "address add 198.51.99.7/32 dev lo", true },
	{ "address change 198.51.99.7/32 dev lo valid_lft 1000 preferred_lft 1000", false },
	{ "address add fe80::7/64 dev lo", false },
	{ "address delete 198.51.99.7/32 dev lo", true },
	{ "link set lo down", true },
	{ "link set lo up", true },
};

START_TEST(another_address_or_way_out_is_a_change_and_the_same_again_is_none)
{
	struct network n;
	struct problem why;

	if (!leave_the_network())
		return;
	ck_assert_int_eq(network_watch(&n, &why), 0);
	ck_assert(!network_changed(&n));
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		change(changes[i].words);
		ck_assert_msg(network_changed(&n) == changes[i].counts, "%s", changes[i].words);
	}
	network_release(&n);
	ck_assert_int_eq(n.fd, -1);
}
END_TEST

/* What was lost of them was not the last word. */
START_TEST(more_news_than_the_kernel_keeps_are_one_look)
{
	struct network  n;
	struct problem  why;
	struct timespec before, sooner;

	if (!leave_the_network())
		return;
	ck_assert_int_eq(network_watch(&n, &why), 0);
	ck_assert_int_eq(setsockopt(n.fd, SOL_SOCKET, SO_RCVBUF, &(int){ 1 }, sizeof(int)), 0);
	for (int i = 0; i < 20; i++) {
		change("address add 127.0.0.7/8 dev lo");
		change("address delete 127.0.0.7/8 dev lo");
	}
	change("route replace default via 198.51.100.2 dev lo onlink");
	before = clock_deadline(0);
	ck_assert(network_changed(&n));
	sooner = clock_sooner(before, n.again);
	ck_assert_mem_eq(&sooner, &before, sizeof before);
	ck_assert(!network_changed(&n));
	ck_assert_int_eq(recv(n.fd, &(char){ 0 }, 1, 0), -1);
	network_release(&n);
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
	tcase_add_test(t, another_address_or_way_out_is_a_change_and_the_same_again_is_none);
	tcase_add_test(t, more_news_than_the_kernel_keeps_are_one_look);
	tcase_add_test(t, the_kernel_is_listened_to);
}
