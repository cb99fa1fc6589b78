/* SPDX-License-Identifier: ISC */
#include "dns/host.h"

#include "lib/unit.h"

static const struct { const char *name; bool good; } hosts[] = {
	{ "noc.tor.hookup.net", true },
	{ "a-b.example", true },
	{ "1.example", true },
	{ "xn--bcher-kva.example", true },
	{ "localhost", false },
	{ "", false },
	{ ".", false },
	{ "example.com.", false },
	{ ".example.com", false },
	{ "a..example", false },
	{ "192.0.2.1", false },
	{ "2001:db8::1", false },
	{ "[192.0.2.1]", false },
	{ "a_b.example", false },
	{ "-a.example", false },
	{ "a-.example", false },
	{ "a b.example", false },
	{ "a\\.b.example", false },
	{ "a\nb.example", false },
	{ "a123456789a123456789a123456789a123456789a123456789a123456789abc.example", true },
	{ "a123456789a123456789a123456789a123456789a123456789a123456789abcd.example", false },
};

START_TEST(host_name_is_letters_digits_hyphens_and_no_address)
{
	ck_assert_int_eq(dns_is_host(hosts[_i].name), hosts[_i].good);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, host_name_is_letters_digits_hyphens_and_no_address, hosts);
}
