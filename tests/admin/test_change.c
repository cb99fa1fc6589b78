/* SPDX-License-Identifier: ISC */
#include "admin/change.h"

#include <errno.h>

#include "base/clock.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"

/* What becomes of a message that is held or given up, or neither; NULL: it is not done. */
static const struct {
	const char *(*change)(struct claim *, struct problem *why);
	bool        held, given_up;
	const char *done;
	bool        held_then, given_up_then, due;
} cases[] = {
	{ change_hold, false, false, "held", true, false, false },
	{ change_hold, false, true, "held", true, false, false },
	{ change_release, true, false, "released", false, false, true },
	{ change_release, false, true, "released", false, false, true },
	{ change_retry, false, false, "to be tried now", false, false, true },
	{ change_retry, true, false, NULL, true, false, false },
	{ change_retry, false, true, NULL, false, true, false },
	{ change_bounce, false, false, "given up, to be returned", false, true, true },
	{ change_bounce, true, false, "given up, to be returned", false, true, true },
};

static struct spool   spool;
static struct problem why;

static const char *
put(bool held, bool given_up)
{
	struct claim c;
	const char  *id;

	spool_make(&spool);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	c.entry.held = held;
	c.entry.given_up = given_up;
	c.entry.next = clock_now() + 3600;
	ck_assert_int_eq(claim_mark(&c, &why), 0);
	claim_release(&c);
	return id;
}

START_TEST(what_is_done_is_on_disk)
{
	const char  *id = put(cases[_i].held, cases[_i].given_up);
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	ck_assert_pstr_eq(cases[_i].change(&c, &why), cases[_i].done);
	claim_release(&c);
	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	ck_assert_int_eq(c.entry.held, cases[_i].held_then);
	ck_assert_int_eq(c.entry.given_up, cases[_i].given_up_then);
	ck_assert_int_eq(c.entry.next <= clock_now(), cases[_i].due);
	claim_release(&c);
}
END_TEST

/* Else the days that it was held would be its age, and it would be returned after its second try: runner/retry.h. */
START_TEST(what_was_due_is_due_since_then)
{
	const char  *id = put(cases[_i].held, cases[_i].given_up);
	time_t       then = clock_now() - 6 * 86400;
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	c.entry.next = then;
	(void)cases[_i].change(&c, &why);
	ck_assert_int_eq(c.entry.next, then);
	claim_release(&c);
}
END_TEST

START_TEST(what_fails_is_not_called_done)
{
	const char  *id = put(cases[_i].held, cases[_i].given_up);
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	fault_arm(0, EIO);
	ck_assert_ptr_null(cases[_i].change(&c, &why));
	fault_arm(-1, 0);
	claim_release(&c);
}
END_TEST

START_TEST(what_is_removed_is_gone)
{
	const char  *id = put(false, false);
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	ck_assert_str_eq(change_remove(&c, &why), "removed");
	claim_release(&c);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

/* Else a power failure brings back what was not to be sent. */
START_TEST(what_is_called_removed_is_gone_from_the_disk)
{
	const char  *id = put(false, false);
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	fault_arm(1, EIO);   /* the call behind unlinkat() */
	ck_assert_ptr_null(change_remove(&c, &why));
	ck_assert(fault_fired());
	claim_release(&c);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, what_is_done_is_on_disk, cases);
	add_table(t, what_was_due_is_due_since_then, cases);
	add_table(t, what_fails_is_not_called_done, cases);
	tcase_add_test(t, what_is_removed_is_gone);
	tcase_add_test(t, what_is_called_removed_is_gone_from_the_disk);
}
