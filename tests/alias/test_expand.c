/* SPDX-License-Identifier: ISC */
#include "alias/expand.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"

/* A private instance, whose files its user owns. */
static struct conf conf;
static char        directory[1024], aliases[1100];

static void
write_file(const char *name, const char *text)
{
	char  path[1100];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fchmod(fileno(file), 0644), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Every % in the text stands for the directory. */
static void
write_aliases(const char *text)
{
	struct buf whole = BUF(1 << 20);

	for (; *text != '\0'; text++)
		if (*text == '%')
			buf_addf(&whole, "%s", directory);
		else
			buf_add_byte(&whole, *text);
	write_file("aliases", buf_text(&whole));
	buf_release(&whole);
}

static void
begin(const char *postmaster)
{
	strlcpy(directory, unit_directory(), sizeof directory);
	snprintf(aliases, sizeof aliases, "%s/aliases", directory);
	conf = (struct conf){ .is_private = true, .aliases = aliases, .mailname = (char *)(uintptr_t)"example.com",
		.hostname = (char *)(uintptr_t)"www1.example.com", .postmaster = (char *)(uintptr_t)postmaster };
}

/* What a list of recipients expands to, a blank between them. */
static void
expand_list(const char *list, struct buf *result, struct buf *faults)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;

	ck_assert_int_eq(recipients_add(&r, SLICE(list), &why), 0);
	ck_assert_int_eq(expand(&r, &conf, faults, &why), 0);
	for (size_t i = 0; i < r.nmailboxes; i++)
		buf_addf(result, "%s%s", i > 0 ? " " : "", r.mailbox[i].address);
	recipients_release(&r);
}

static void
check_expansion(const char *list, const char *want, bool has_faults)
{
	struct buf result = BUF(4096), faults = BUF(4096);

	expand_list(list, &result, &faults);
	ck_assert_str_eq(buf_text(&result), want);
	ck_assert_msg((faults.len > 0) == has_faults, "%s", buf_text(&faults));
	buf_release(&result);
	buf_release(&faults);
}

static const struct { const char *aliases, *list, *want; } good[] = {
	{ "root: ops@example.net", "root", "ops@example.net" },
	{ "root: ops@example.net", "Root@LOCALHOST", "ops@example.net" },
	{ "root: ops@example.net", "root@www1.example.com, root@Example.Com", "ops@example.net" },
	{ "root: ops@example.net", "root@example.net", "root@example.net" },
	{ "root: ops@example.net", "bob", "bob@example.com" },
	{ "root: ops@example.net", "bob@localhost", "bob@example.com" },
	{ "root: ops@example.net", "bob@www1.example.com", "bob@www1.example.com" },
	{ "a: b, c@x\nb: d, e@x\n", "a", "d@example.com e@x c@x" },
	{ "a: b@localhost\nb: c@x", "a", "c@x" },
	{ "a: x@x, y@y\nb: y@y, x@X, z@z\n", "a, b, a, z@z", "x@x y@y z@z" },
	{ "a: c\nb: c\nc: d@x\n", "a, b", "d@x" },
	/* Whoever leads back to himself is sent on. */
	{ "root: root, ops@x", "root", "root@example.com ops@x" },
	{ "root: root@example.com", "root", "root@example.com" },
	{ "root: \\root, ops@x", "root", "root@example.com ops@x" },
	{ "a: \\b\nb: c@x", "a", "b@example.com" },
	{ "*: simon", "simon", "simon@example.com" },
	{ "*: simon", "bob, alice", "simon@example.com" },
	{ "a: b\nb: a\n", "a", "a@example.com" },
	{ "a: b, x@x\nb: c\nc: a, y@y\n", "b", "b@example.com x@x y@y" },
	{ "*: a\na: b\n", "z", "b@example.com" },
	/* The alias for all is for names of this host. */
	{ "*: all@x\nroot: r@x", "root, bob", "r@x all@x" },
	{ "*: all@x\n", "bob@www1.example.com", "all@x" },
	{ "*: all@x\n", "boss@example.com", "boss@example.com" },
};

START_TEST(everybody_gets_it_once)
{
	begin(NULL);
	write_aliases(good[_i].aliases);
	check_expansion(good[_i].list, good[_i].want, false);
}
END_TEST

START_TEST(the_postmaster_gets_what_nobody_has_an_alias_for)
{
	begin("ops@example.com");
	write_aliases("bob: b@x\nself: self\n");
	check_expansion("bob, alice, carol@localhost, carol@www1.example.com", "b@x ops@example.com", false);
	check_expansion("boss@example.com, ops@example.com", "boss@example.com ops@example.com", false);
	check_expansion("self", "self@example.com", false);
}
END_TEST

START_TEST(the_postmasters_own_alias_holds)
{
	begin("root@www1.example.com");
	write_aliases("root: ops@x\nweb: |cgi\n");
	check_expansion("bob, carol, web", "ops@x", true);
	begin("root@localhost");
	write_aliases("postmaster: ops@x\n");
	check_expansion("bob, root", "root@example.com", false);
	begin("root@www1.example.com");
	write_aliases("root: |cgi\n*: |cgi\n");
	check_expansion("bob, carol, root", "root@www1.example.com", true);
}
END_TEST

/* Each is broken in a way of its own; the name that it would have been for goes on. */
static const struct { const char *aliases, *want; } broken[] = {
	{ "root: |procmail", "root@example.com" },
	{ "root: /dev/null, ops@x", "root@example.com ops@x" },
	{ "root: bad address", "root@example.com" },
	{ "root:", "root@example.com" },
	{ "root: ,\n", "root@example.com" },
	{ "root ops@x", "root@example.com" },
	{ "*: |procmail", "root@example.com" },
	{ "a: b\nroot: :include:%/missing", "root@example.com" },
	{ "root: :include:%", "root@example.com" },
	{ "root: :include:%/empty", "root@example.com" },
	{ "root: :include:%/comments, ops@x", "root@example.com ops@x" },
	{ "root: :include:%/writable", "root@example.com" },
	{ "root: :include:%/itself", "i@x root@example.com" },
	{ "root: :include:%/command", "root@example.com c@x" },
	{ "root: a\nroot: b@x\n", "a@example.com" },
};

START_TEST(what_is_broken_loses_nobody)
{
	char path[1100];

	begin(NULL);
	write_file("empty", "");
	write_file("comments", "# nobody\n\n");
	write_file("writable", "evil@x\n");
	snprintf(path, sizeof path, "%s/writable", directory);
	ck_assert_int_eq(chmod(path, 0666), 0);
	snprintf(path, sizeof path, "i@x, :include:%s/itself\n", directory);
	write_file("itself", path);
	write_file("command", "\"|/bin/evil\"\nc@x\n");
	write_aliases(broken[_i].aliases);
	check_expansion("root", broken[_i].want, true);
}
END_TEST

/* What is broken stands for each name that leads to it. */
static const struct { const char *aliases, *want; } broken_for_many[] = {
	{ "*: |procmail", "bob@example.com carol@example.com" },
	{ "*: |procmail\nbob: dave\n", "dave@example.com carol@example.com" },
	{ "*: |procmail, ops@x", "bob@example.com ops@x carol@example.com" },
	{ "*: :include:%/missing", "bob@example.com carol@example.com" },
	{ "*:", "bob@example.com carol@example.com" },
	{ "*: staff\nstaff: |procmail", "staff@example.com" },
};

START_TEST(what_is_broken_for_all_loses_none_of_them)
{
	begin(NULL);
	write_aliases(broken_for_many[_i].aliases);
	check_expansion("bob, carol, bob", broken_for_many[_i].want, true);
}
END_TEST

START_TEST(a_file_that_cannot_be_believed_is_as_none)
{
	begin("ops@x");
	check_expansion("root", "ops@x", false);   /* there is none */
	write_aliases("root: evil@x");
	ck_assert_int_eq(chmod(aliases, 0666), 0);
	check_expansion("root", "ops@x", true);
	ck_assert_int_eq(unlink(aliases), 0);
	ck_assert_int_eq(mkdir(aliases, 0755), 0);
	check_expansion("root", "ops@x", true);
	check_expansion("bob@example.net", "bob@example.net", false);   /* it is not even looked at */
}
END_TEST

START_TEST(a_file_that_is_too_large_is_as_none)
{
	struct buf text = BUF(2 << 20);

	begin(NULL);
	buf_addf(&text, "root: evil@x\n");
	while (text.len <= 1 << 20)
		buf_addf(&text, "# 23456789 123456789 123456789 123456789\n");
	write_file("aliases", buf_text(&text));
	check_expansion("root", "root@example.com", true);
	buf_release(&text);
}
END_TEST

START_TEST(included_files_are_lists)
{
	begin(NULL);
	write_file("list", "# people\na@x, b@x\n\n  carol\r\nDave <d@x>\n");
	write_aliases("l: :include:%/list\ncarol: c@x\n");
	check_expansion("l", "a@x b@x c@x d@x", false);
}
END_TEST

START_TEST(files_that_include_one_another_have_an_end)
{
	char text[3300];

	begin(NULL);
	snprintf(text, sizeof text, ":include:%s/two, :include:%s/two\none@x\n", directory, directory);
	write_file("one", text);
	snprintf(text, sizeof text, "two@x\n:include:%s/one\n:include:%s/two\n", directory, directory);
	write_file("two", text);
	write_aliases("root: :include:%/one\n");
	check_expansion("root", "two@x root@example.com one@x", true);
}
END_TEST

START_TEST(a_long_way_has_an_end)
{
	struct buf text = BUF(1 << 20);

	begin(NULL);
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "a%d: a%d\n", i, i + 1);
	write_aliases(buf_text(&text));
	check_expansion("a0", "a32@example.com", true);
	buf_release(&text);
}
END_TEST

START_TEST(one_recipient_too_many_is_refused)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;
	struct buf        text = BUF(1 << 20), faults = BUF(1024);

	begin(NULL);
	buf_addf(&text, "l: a0@x");
	for (int i = 1; i < RECIPIENTS_MAX; i++)
		buf_addf(&text, ",\n a%d@x", i);
	write_aliases(buf_text(&text));
	ck_assert_int_eq(recipients_add(&r, SLICE("l, a1@x"), &why), 0);
	ck_assert_int_eq(expand(&r, &conf, &faults, &why), 0);
	ck_assert_uint_eq(r.nmailboxes, RECIPIENTS_MAX);
	recipients_release(&r);
	ck_assert_int_eq(recipients_add(&r, SLICE("l, z@x"), &why), 0);
	ck_assert_int_eq(expand(&r, &conf, &faults, &why), -1);
	ck_assert_str_eq(why.status, "5.5.3");
	recipients_release(&r);
	buf_release(&text);
}
END_TEST

START_TEST(every_fault_is_found_and_has_a_line)
{
	struct buf faults = BUF(4096);
	char       want[8192];

	begin(NULL);
	ck_assert_int_eq(expand_examine(&conf, &faults), -1);
	write_file("list", "a@x\n|evil\n");
	write_aliases("root: ops@x\nloop: loop\na: b\nb: a\n");
	ck_assert_int_eq(expand_examine(&conf, &faults), 4);
	ck_assert_str_eq(buf_text(&faults), "");
	write_aliases("root ops\nb: c, /file\nl: b,\n :include:%/list\nl: x\n");
	ck_assert_int_eq(expand_examine(&conf, &faults), 2);
	snprintf(want, sizeof want, "%s:1: no colon behind the name of an alias\n"
	    "%s:5: l has an alias in line 3 already\n"
	    "%s:2: /file: a file, and nothing is written for a recipient; name an address\n"
	    "%s/list:2: |evil: a command, and nothing is run for a recipient; name an address\n",
	    aliases, aliases, aliases, directory);
	ck_assert_str_eq(buf_text(&faults), want);
	buf_release(&faults);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, everybody_gets_it_once, good);
	tcase_add_test(t, the_postmaster_gets_what_nobody_has_an_alias_for);
	tcase_add_test(t, the_postmasters_own_alias_holds);
	add_table(t, what_is_broken_loses_nobody, broken);
	add_table(t, what_is_broken_for_all_loses_none_of_them, broken_for_many);
	tcase_add_test(t, a_file_that_cannot_be_believed_is_as_none);
	tcase_add_test(t, a_file_that_is_too_large_is_as_none);
	tcase_add_test(t, included_files_are_lists);
	tcase_add_test(t, files_that_include_one_another_have_an_end);
	tcase_add_test(t, a_long_way_has_an_end);
	tcase_add_test(t, one_recipient_too_many_is_refused);
	tcase_add_test(t, every_fault_is_found_and_has_a_line);
}
