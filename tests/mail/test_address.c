/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include "base/buf.h"
#include "lib/unit.h"

/* All mailboxes of a list with a blank behind each, bare ones completed; NULL: the list is refused. */
static const struct { const char *list, *mailboxes; } lists[] = {
	{ "", "" },
	{ " , ,\r\n ", "" },
	{ "alice@example.com", "alice@example.com " },
	{ "a@x,b@y", "a@x b@y " },
	{ "<a@x>", "a@x " },
	{ "Bob <a@x>, \"Smith, Jo\" <b@y>", "a@x b@y " },
	{ "root", "root@host.example " },
	{ "root (Cron Daemon)", "root@host.example " },
	{ "Cron Daemon <root>", "root@host.example " },
	{ "(a (nested) comment\\)) a @ (b) x . example (c)", "a@x.example " },
	{ "a@x.example,\r\n\tb@y.example,\r\n c", "a@x.example b@y.example c@host.example " },
	{ "\"a b\"@example.org", "\"a b\"@example.org " },
	{ "\"ab\"@example.org", "ab@example.org " },
	{ "\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org " },
	{ "\"a\\b\"@example.org", "ab@example.org " },
	{ "\"a\r\n b\"@example.org", "\"a b\"@example.org " },
	{ "first . \"last\" @ example.org", "first.last@example.org " },
	{ "a..b@example.org", "\"a..b\"@example.org " },
	{ "a.@example.org", "\"a.\"@example.org " },
	{ "a@[192.0.2.1]", "a@[192.0.2.1] " },
	{ "a@[ IPv6:2001:db8::1\r\n ]", "a@[IPv6:2001:db8::1] " },
	{ "<@a,@b.example:x@c>", "x@c " },
	{ "undisclosed-recipients:;", "" },
	{ "undisclosed-recipients:", "" },
	{ "list: a@x, Bob <b@y>;, c@z", "a@x b@y c@z " },
	{ "\"a list\" : a@x; b: ;", "a@x " },
	{ "=?UTF-8?Q?J=C3=B6rg=2C?= <j@x>", "j@x " },
	{ "J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC.example>", "j\xC3\xB6rg@b\xC3\xBC.example " },
	{ "a@x <b@y>", "b@y " },
	{ "[team] X. Y <b@y>", "b@y " },
	{ "user+tag@x, bounces-a=b@x", "user+tag@x bounces-a=b@x " },
	{ "user@example.com., <b@y.>, c@z. (zone)", "user@example.com b@y c@z " },
	{ "\\root, \\a@x , Bob <b@y>", "root@host.example a@x b@y " },
	{ "bad addr@x", NULL },
	{ "x y@z", NULL },
	{ "a b", NULL },
	{ "\"unclosed <a@x>", NULL },
	{ "(unclosed a@x", NULL },
	{ "a@x (unclosed", NULL },
	{ "a@[192.0.2.1", NULL },
	{ "a@[192.0.2.1> SIZE=1]", NULL },
	{ "a@[]", NULL },
	{ "<a@x", NULL },
	{ "a@x>", NULL },
	{ "x@y> SIZE=1", NULL },
	{ "<x@y> SIZE=1", NULL },
	{ "a@e>\r\nRCPT TO:<z@e", NULL },
	{ "<>", NULL },
	{ "@x", NULL },
	{ "\"\"@x", NULL },
	{ "a@", NULL },
	{ "a@x@y", NULL },
	{ "a@x..y", NULL },
	{ "a@x..", NULL },
	{ "a@.", NULL },
	{ "a@x.!", NULL },
	{ "a@[192.0.2.1].", NULL },
	{ "\\", NULL },
	{ "\\ root", NULL },
	{ "\\\\root", NULL },
	{ "a@.x", NULL },
	{ "a@x!y", NULL },
	{ "a@x; b@y", NULL },
	{ "a: b: c@x;;", NULL },
	{ "<@a,@b x@c>", NULL },
	{ "a@x b: c@x", NULL },
	{ ": c@x", NULL },
	{ "a\\@x", NULL },
	{ "a\x01@x", NULL },
	{ "\"a\tb\"@x", NULL },
	{ "\"a\\\x7F\"@x", NULL },
};

START_TEST(list_becomes_mailboxes_or_is_refused)
{
	struct addresses list = ADDRESSES(SLICE(lists[_i].list));
	struct buf       found = BUF(4096);
	struct mailbox   m;
	struct problem   why;
	int              n;

	while ((n = address_next(&list, &m, &why)) == 1) {
		ck_assert_int_eq(address_complete(&m, "host.example", &why), 0);
		buf_addf(&found, "%s ", m.address);
	}
	ck_assert_msg((n == 0) == (lists[_i].mailboxes != NULL), "%s", lists[_i].list);
	if (n == 0)
		ck_assert_str_eq(buf_text(&found), lists[_i].mailboxes);
	else
		ck_assert_str_eq(why.status, "5.1.3");
	buf_release(&found);
}
END_TEST

static const struct { const char *list; size_t end; } bare[] = {
	{ "root", 4 },
	{ " root (Cron Daemon)", 5 },
	{ "Cron Daemon <root (c)>", 17 },
	{ "\"a b\" ", 5 },
	{ "g: root;", 7 },
};

START_TEST(bare_name_tells_where_its_domain_goes)
{
	struct addresses list = ADDRESSES(SLICE(bare[_i].list));
	struct mailbox   m;
	struct problem   why;

	ck_assert_int_eq(address_next(&list, &m, &why), 1);
	ck_assert(m.bare);
	ck_assert_uint_eq(m.end, bare[_i].end);
}
END_TEST

static const struct { const char *text, *address; bool bare; } senders[] = {
	{ "", "", false },
	{ " ", "", false },
	{ "<>", "", false },
	{ "x", "x", true },
	{ "<x@y>", "x@y", false },
	{ "X Y <x@y>", "x@y", false },
	{ "x y@z", NULL, false },
	{ "x@y> SIZE=1", NULL, false },
	{ "x@y\nX-Inj: 1", NULL, false },
	{ "x@y, z@y", NULL, false },
	{ "x@y, <", NULL, false },
	{ "none:;", NULL, false },
	{ "g: x;", NULL, false },
};

START_TEST(sender_is_one_mailbox_or_null)
{
	struct mailbox m;
	struct problem why;
	int            result = address_sender(&m, SLICE(senders[_i].text), &why);

	ck_assert_int_eq(result, senders[_i].address != NULL ? 0 : -1);
	if (result != 0) {
		ck_assert_str_eq(why.status, "5.1.7");
		return;
	}
	ck_assert_str_eq(m.address, senders[_i].address);
	ck_assert_int_eq(m.bare, senders[_i].bare);
}
END_TEST

START_TEST(problem_names_the_address)
{
	struct addresses list = ADDRESSES(SLICE("good@x, bad addr@x, other@x"));
	struct mailbox   m;
	struct problem   why;

	ck_assert_int_eq(address_next(&list, &m, &why), 1);
	ck_assert_int_eq(address_next(&list, &m, &why), -1);
	ck_assert_str_eq(why.text, "address bad addr@x: there are blanks in it");
}
END_TEST

/* A local part of len octets: LEN counts what the limit counts. */
static const struct { int len; bool fits; } lengths[] = { { 318, true }, { 319, false }, { 5000, false } };

START_TEST(address_is_no_longer_than_its_limit)
{
	struct buf       text = BUF(8192);
	struct addresses list;
	struct mailbox   m;
	struct problem   why;

	for (int i = 0; i < lengths[_i].len; i++)
		buf_add_byte(&text, 'a');
	list = ADDRESSES(buf_slice(&text));
	if (lengths[_i].len < ADDRESS_MAX) {
		ck_assert_int_eq(address_next(&list, &m, &why), 1);
		ck_assert_int_eq(address_complete(&m, "x", &why), lengths[_i].fits ? 0 : -1);
	} else {
		ck_assert_int_eq(address_next(&list, &m, &why), -1);
	}
	buf_release(&text);
}
END_TEST

START_TEST(nul_is_no_part_of_an_address)
{
	static const char texts[][6] = { "a\0b@x", "\"\0\"@x", "a@\0xx", "\0a@xx" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct addresses list = ADDRESSES(((struct slice){ texts[i], 5 }));
		struct mailbox   m;
		struct problem   why;

		ck_assert_int_eq(address_next(&list, &m, &why), -1);
	}
}
END_TEST

static const struct { const char *login, *address; } logins[] = {
	{ "alice", "alice" },
	{ "www-data", "www-data" },
	{ "DOMAIN\\joe q", "\"DOMAIN\\\\joe q\"" },
	{ "a@b", "\"a@b\"" },
	{ "a\nb", NULL },
};

START_TEST(login_is_quoted_where_it_must_be)
{
	struct mailbox m;
	struct problem why;

	ck_assert_int_eq(address_of_login(&m, SLICE(logins[_i].login), &why), logins[_i].address != NULL ? 0 : -1);
	if (logins[_i].address != NULL)
		ck_assert_str_eq(m.address, logins[_i].address);
}
END_TEST

START_TEST(domains_alone_are_compared_without_case)
{
	ck_assert(address_same("joe@Example.COM", "joe@example.com"));
	ck_assert(!address_same("Joe@example.com", "joe@example.com"));
	ck_assert(!address_same("\"a@b\"@x", "\"a@B\"@x"));
	ck_assert(!address_same("joe", "joe@x"));
	ck_assert(address_same("joe", "joe"));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, list_becomes_mailboxes_or_is_refused, lists);
	add_table(t, bare_name_tells_where_its_domain_goes, bare);
	add_table(t, sender_is_one_mailbox_or_null, senders);
	tcase_add_test(t, problem_names_the_address);
	add_table(t, address_is_no_longer_than_its_limit, lengths);
	tcase_add_test(t, nul_is_no_part_of_an_address);
	add_table(t, login_is_quoted_where_it_must_be, logins);
	tcase_add_test(t, domains_alone_are_compared_without_case);
}
