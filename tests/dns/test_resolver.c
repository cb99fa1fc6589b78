/* SPDX-License-Identifier: ISC */
#include "dns/resolver.h"

#include "lib/unit.h"

static const struct { const char *text, *servers; bool trusted; } files[] = {
	{ "", "127.0.0.1@53", true },
	{ "search example.com\n# nameserver 192.0.2.1\n", "127.0.0.1@53", true },
	{ "nameserver 192.0.2.53\n", "192.0.2.53@53", false },
	{ "nameserver\t::1 # local\r\nnameserver 127.0.0.53", "::1@53 127.0.0.53@53", true },
	{ "nameserver 127.0.0.1\nnameserver 192.0.2.53\n", "127.0.0.1@53 192.0.2.53@53", false },
	{ "options edns0 trust-ad\nnameserver 192.0.2.53\n", "192.0.2.53@53", true },
	{ "nameserver 192.0.2.1\nnameserver bad\nnameserver\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	  "nameserver 192.0.2.4\n", "192.0.2.1@53 192.0.2.2@53 192.0.2.3@53", false },
};

static void
assert_servers(const struct resolver *r, const char *wanted)
{
	struct buf text = BUF(256);

	resolver_format(r, &text);
	ck_assert_str_eq(buf_text(&text), wanted);
	buf_release(&text);
}

START_TEST(resolv_conf_names_the_servers_and_whether_they_are_trusted)
{
	struct resolver r;

	resolver_parse(&r, SLICE(files[_i].text));
	assert_servers(&r, files[_i].servers);
	ck_assert_int_eq(r.trusted, files[_i].trusted);
}
END_TEST

static const struct { const char *named, *servers; bool trusted; } named[] = {
	{ "127.0.0.1@5353", "127.0.0.1@5353", true },
	{ "192.0.2.53", "192.0.2.53@53", false },
	{ "2001:db8::53@853", "2001:db8::53@853", false },
	{ "[::1]@53", "::1@53", true },
};

START_TEST(named_resolver_is_the_only_one)
{
	struct resolver r;
	struct problem  why;

	ck_assert_int_eq(resolver_open(&r, named[_i].named, &why), 0);
	assert_servers(&r, named[_i].servers);
	ck_assert_int_eq(r.trusted, named[_i].trusted);
}
END_TEST

static const char *const bad[] = {
	"", "@53", "ns.example.com", "192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@x",
};

START_TEST(named_resolver_is_an_address_or_a_problem)
{
	struct resolver r;
	struct problem  why;

	ck_assert_int_eq(resolver_open(&r, bad[_i], &why), -1);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_ptr_nonnull(strstr(why.text, "ADDRESS[@PORT]"));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, resolv_conf_names_the_servers_and_whether_they_are_trusted, files);
	add_table(t, named_resolver_is_the_only_one, named);
	add_table(t, named_resolver_is_an_address_or_a_problem, bad);
}
