/* SPDX-License-Identifier: ISC */
#include "mail/recipients.h"

#include "base/buf.h"
#include "lib/unit.h"

START_TEST(nobody_is_there_twice)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;

	ck_assert_int_eq(recipients_add(&r, SLICE("a@x, root, A@x, a@X"), &why), 0);
	ck_assert_int_eq(recipients_add(&r, SLICE("root@host.example, <b@y>"), &why), 0);
	ck_assert_int_eq(recipients_complete(&r, "host.example", &why), 0);
	ck_assert_uint_eq(r.nmailboxes, 4);
	ck_assert_str_eq(r.mailbox[0].address, "a@x");
	ck_assert_str_eq(r.mailbox[1].address, "root@host.example");
	ck_assert_str_eq(r.mailbox[2].address, "A@x");
	ck_assert_str_eq(r.mailbox[3].address, "b@y");
	recipients_release(&r);
}
END_TEST

START_TEST(bad_address_among_good_is_an_error)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;

	ck_assert_int_eq(recipients_add(&r, SLICE("a@x, bad addr@x, b@y"), &why), -1);
	recipients_release(&r);
}
END_TEST

START_TEST(there_is_a_most)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;
	struct buf        list = BUF(1 << 20);

	for (int i = 0; i < RECIPIENTS_MAX; i++)
		buf_addf(&list, "r%d@example.net,", i);
	ck_assert_int_eq(recipients_add(&r, buf_slice(&list), &why), 0);
	ck_assert_int_eq(recipients_add(&r, SLICE("one@more"), &why), -1);
	ck_assert_str_eq(why.status, "5.5.3");
	ck_assert_int_eq(recipients_complete(&r, "x", &why), 0);
	ck_assert_uint_eq(r.nmailboxes, RECIPIENTS_MAX);
	recipients_release(&r);
	buf_release(&list);
}
END_TEST

START_TEST(who_is_there_twice_counts_once)
{
	struct recipients r = RECIPIENTS;
	struct problem    why;
	struct buf        list = BUF(1 << 20);

	for (int i = 0; i < 2 * RECIPIENTS_MAX; i++)
		buf_addf(&list, "r%d@example.net,", i / 2);
	ck_assert_msg(recipients_add(&r, buf_slice(&list), &why) == 0, "%s", why.text);
	ck_assert_uint_eq(r.nmailboxes, RECIPIENTS_MAX);
	recipients_release(&r);
	buf_release(&list);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, nobody_is_there_twice);
	tcase_add_test(t, bad_address_among_good_is_an_error);
	tcase_add_test(t, there_is_a_most);
	tcase_add_test(t, who_is_there_twice_counts_once);
}
