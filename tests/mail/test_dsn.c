/* SPDX-License-Identifier: ISC */
#include "mail/dsn.h"

#include "lib/unit.h"

static const struct { const char *list, *notify; } lists[] = {
	{ "never", "NEVER" },
	{ "NEVER", "NEVER" },
	{ "failure", "FAILURE" },
	{ "delay,Success,FAILURE", "SUCCESS,FAILURE,DELAY" },
	{ "delay,delay", "DELAY" },
	{ "", NULL },
	{ ",", NULL },
	{ "failure,", NULL },
	{ ",failure", NULL },
	{ "never,failure", NULL },
	{ "failure, delay", NULL },
	{ "failures", NULL },
};

START_TEST(notify_is_never_or_a_list_of_the_others)
{
	struct buf out = BUF(64);

	ck_assert_int_eq(dsn_notify(SLICE(lists[_i].list), &out), lists[_i].notify != NULL);
	ck_assert_str_eq(buf_text(&out), lists[_i].notify != NULL ? lists[_i].notify : "");
	buf_release(&out);
}
END_TEST

static const struct { const char *notify, *event; bool wants; } wishes[] = {
	{ NULL, "FAILURE", true },
	{ NULL, "DELAY", true },
	{ NULL, "SUCCESS", false },
	{ "NEVER", "FAILURE", false },
	{ "NEVER", "DELAY", false },
	{ "SUCCESS,DELAY", "DELAY", true },
	{ "SUCCESS,DELAY", "FAILURE", false },
	{ "FAILURE", "FAILURE", true },
};

START_TEST(what_was_not_wished_for_is_not_told)
{
	ck_assert_int_eq(dsn_wants(wishes[_i].notify, wishes[_i].event), wishes[_i].wants);
}
END_TEST

static const struct { const char *text, *xtext; } codes[] = {
	{ "QQ314159", "QQ314159" },
	{ "a+b=c d", "a+2Bb+3Dc+20d" },
	{ "\303\244\r\n\177", "+C3+A4+0D+0A+7F" },
};

START_TEST(any_text_has_a_form_that_a_parameter_can_hold)
{
	struct buf out = BUF(64), back = BUF(64);

	dsn_encode(&out, SLICE(codes[_i].text));
	ck_assert_str_eq(buf_text(&out), codes[_i].xtext);
	ck_assert(dsn_is_envid(buf_slice(&out)));
	dsn_decode(&back, buf_slice(&out));
	ck_assert_str_eq(buf_text(&back), codes[_i].text);
	buf_release(&out);
	buf_release(&back);
}
END_TEST

static const struct { const char *text; bool envid, orcpt; } forms[] = {
	{ "rfc822;bob@example.net", true, true },
	{ "rfc822;b+2Bob@example.net", true, true },
	{ "bob", true, false },
	{ "a+2b", false, false },
	{ "rfc822;a+", false, false },
	{ "rfc822;a=b", false, false },
	{ "rfc822;", true, false },
	{ ";a", true, false },
	{ "rfc+41;a", true, false },
	{ "a b", false, false },
	{ "rfc822;a b", false, false },
	{ "\303\244", false, false },
	{ "", false, false },
};

START_TEST(a_value_that_is_none_is_not_taken)
{
	ck_assert_int_eq(dsn_is_envid(SLICE(forms[_i].text)), forms[_i].envid);
	ck_assert_int_eq(dsn_is_orcpt(SLICE(forms[_i].text)), forms[_i].orcpt);
}
END_TEST

START_TEST(a_value_has_a_largest_length)
{
	struct buf b = BUF(1024);

	while (b.len < DSN_MAX_ENVID)
		buf_add_byte(&b, 'x');
	ck_assert(dsn_is_envid(buf_slice(&b)));
	buf_add_byte(&b, 'x');
	ck_assert(!dsn_is_envid(buf_slice(&b)));
	buf_add_byte(&b, ';');
	while (b.len < DSN_MAX_ORCPT)
		buf_add_byte(&b, 'x');
	ck_assert(dsn_is_orcpt(buf_slice(&b)));
	buf_add_byte(&b, 'x');
	ck_assert(!dsn_is_orcpt(buf_slice(&b)));
	buf_release(&b);
}
END_TEST

START_TEST(ret_is_full_or_hdrs)
{
	ck_assert_str_eq(dsn_ret(SLICE("full")), "FULL");
	ck_assert_str_eq(dsn_ret(SLICE("Hdrs")), "HDRS");
	ck_assert_ptr_null(dsn_ret(SLICE("")));
	ck_assert_ptr_null(dsn_ret(SLICE("fullest")));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, notify_is_never_or_a_list_of_the_others, lists);
	add_table(t, what_was_not_wished_for_is_not_told, wishes);
	add_table(t, any_text_has_a_form_that_a_parameter_can_hold, codes);
	add_table(t, a_value_that_is_none_is_not_taken, forms);
	tcase_add_test(t, a_value_has_a_largest_length);
	tcase_add_test(t, ret_is_full_or_hdrs);
}
