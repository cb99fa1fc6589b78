/* SPDX-License-Identifier: ISC */
#include "alias/aliases.h"

#include "lib/unit.h"

/* "NAME=VALUE,VALUE;..." as a table can hold it: bad values as "!". */
static void
describe(const struct aliases *all, struct buf *b)
{
	static const char *const mark[] = { [VALUE_MAILBOX] = "", [VALUE_LAST] = "\\", [VALUE_INCLUDE] = "<" };
	struct value             v;
	struct problem           why;
	int                      n;

	for (size_t i = 0; i < all->naliases; i++) {
		struct slice list = SLICE(all->alias[i].values);

		buf_addf(b, "%s%u %s=", i > 0 ? "; " : "", all->alias[i].line, all->alias[i].name);
		while ((n = aliases_value(&list, &v, &why)) != 0)
			if (n < 0)
				buf_addf(b, "! ");
			else if (v.kind == VALUE_INCLUDE)
				buf_addf(b, "<%.*s ", SLICE_ARG(v.file));
			else
				buf_addf(b, "%s%s%s ", mark[v.kind], v.mailbox.address, v.mailbox.bare ? "" : "|");
	}
}

static const struct { const char *text, *meaning, *faults; } files[] = {
	{ "", "", "" },
	{ "# nothing\n\n   \n\t# at all", "", "" },
	{ "root: ops@example.com", "1 root=ops@example.com| ", "" },
	{ "root:ops@example.com\r\nbob:root\r\n", "2 bob=root ; 1 root=ops@example.com| ", "" },
	{ "Root : a, b@x\n", "1 Root=a b@x| ", "" },
	{ "all: a,\n  b\n\tc\n", "1 all=a ! ", "" },
	{ "all: a,\n# remark\n\n  b,\n\tc\nx: y\n", "1 all=a b c ; 6 x=y ", "" },
	{ "\"a b\": \"c d\"@x, \"e, f\"\n", "1 \"a b\"=\"c d\"@x| \"e, f\" ", "" },
	{ "\"bob\": a\n", "1 bob=a ", "" },
	{ "a: Bob Jones <b@x>, c (a, comment), (none)\n", "1 a=b@x| c ! ", "" },
	{ "*: simon\n", "1 *=simon ", "" },
	{ "root: \\root, a@x\n", "1 root=\\root a@x| ", "" },
	{ "l: :include:/etc/l, \":include:/a b\", :INCLUDE: /c\n", "1 l=</etc/l </a b </c ", "" },
	{ "l: :include:l, :include:\n", "1 l=! ! ", "" },
	{ "l: :include:/a\n b, c\n", "1 l=! c ", "" },
	{ "p: |cmd, \"|cmd a, b\", /file, \"/a file\", \"| cmd\"\n", "1 p=! ! ! ! ! ", "" },
	{ "a: b; c\n", "1 a=! ", "" },
	{ "a: b c, \"d, a@\n", "1 a=! ! ", "" },
	{ "a: ,, \n", "1 a=", "" },
	{ "a:", "1 a=", "" },
	{ "a: b\\", "1 a=! ", "" },
	{ "a: x\nA: y\nb: z\na: w\n", "1 a=x ; 3 b=z ", "f:2: A has an alias in line 1 already\n"
	    "f:4: a has an alias in line 1 already\n" },
	{ "root ops@example.com\na: b\n", "2 a=b ", "f:1: no colon behind the name of an alias\n" },
	{ "\"root: a\n", "", "f:1: no colon behind the name of an alias\n" },
	{ " a: b\nc: d\n", "2 c=d ", "f:1: a line that continues none; the name of an alias begins its line\n" },
	{ "a b: c\n", "", "f:1: the name of an alias is one word, or quoted\n" },
	{ "a, b: c\n", "", "f:1: the name of an alias is one word, or quoted\n" },
	{ ": c\n", "", "f:1: the name of an alias is one word, or quoted\n" },
	{ "a@x: c\n", "", "f:1: the name of an alias has no domain\n" },
};

START_TEST(a_file_of_aliases_means_what_it_always_meant)
{
	struct aliases all;
	struct buf     meaning = BUF(1024), faults = BUF(1024);

	aliases_parse(&all, SLICE(files[_i].text), "f", &faults);
	describe(&all, &meaning);
	ck_assert_str_eq(buf_text(&meaning), files[_i].meaning);
	ck_assert_str_eq(buf_text(&faults), files[_i].faults);
	aliases_release(&all);
	buf_release(&meaning);
	buf_release(&faults);
}
END_TEST

START_TEST(a_nul_hides_nothing)
{
	struct aliases all;
	struct buf     faults = BUF(1024);

	aliases_parse(&all, (struct slice){ "a: b\0, c\n", 9 }, "f", &faults);
	ck_assert_uint_eq(all.naliases, 0);
	ck_assert_str_eq(buf_text(&faults), "f:1: a NUL octet\n");
	aliases_release(&all);
	buf_release(&faults);
}
END_TEST

START_TEST(case_does_not_matter_in_a_name)
{
	struct aliases all;
	struct buf     faults = BUF(1024);

	aliases_parse(&all, SLICE("Zoe: a\nroot: b\n\"A.b\": c\n"), "f", &faults);
	ck_assert_str_eq(aliases_find(&all, "ROOT")->name, "root");
	ck_assert_str_eq(aliases_find(&all, "zoe")->name, "Zoe");
	ck_assert_str_eq(aliases_find(&all, "a.B")->name, "A.b");
	ck_assert_ptr_null(aliases_find(&all, "roo"));
	aliases_release(&all);
	ck_assert_ptr_null(aliases_find(&all, "root"));
	buf_release(&faults);
}
END_TEST

static const struct { const char *value, *why; } refused[] = {
	{ "|/bin/x", "|/bin/x: a command, and nothing is run for a recipient; name an address" },
	{ "\"/dev/null\"", "/dev/null: a file, and nothing is written for a recipient; name an address" },
	{ ":include:x", ":include:x: not an absolute path" },
	{ "a; b", "a; b: not one address; there is a comma between one and the next" },
	{ "a b", "address a b: there are blanks in it" },
};

START_TEST(a_value_that_is_refused_is_named)
{
	struct slice   list = SLICE(refused[_i].value);
	struct value   v;
	struct problem why;

	ck_assert_int_eq(aliases_value(&list, &v, &why), -1);
	ck_assert_str_eq(why.text, refused[_i].why);
	ck_assert_int_eq(why.verdict, VERDICT_NEVER);
	ck_assert_uint_eq(list.len, 0);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_file_of_aliases_means_what_it_always_meant, files);
	tcase_add_test(t, a_nul_hides_nothing);
	tcase_add_test(t, case_does_not_matter_in_a_name);
	add_table(t, a_value_that_is_refused_is_named, refused);
}
