/* SPDX-License-Identifier: ISC */
#include "relay/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/unit.h"

static int
open_state(void)
{
	int state = open(unit_directory(), O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(state, 0);
	return state;
}

static void
assert_holds(int state, const char *name, const char *wanted)
{
	struct buf content = BUF(100);

	ck_assert_int_eq(state_read(state, name, &content), wanted != NULL);
	if (wanted != NULL)
		ck_assert_str_eq(buf_text(&content), wanted);
	buf_release(&content);
}

START_TEST(opinion_is_kept_replaced_and_forgotten)
{
	int state = open_state();

	assert_holds(state, "found", NULL);
	state_write(state, "found", SLICE("one\n"));
	assert_holds(state, "found", "one\n");
	state_write(state, "found", SLICE(""));
	assert_holds(state, "found", "");
	state_forget(state, "found");
	assert_holds(state, "found", NULL);
	close(state);
}
END_TEST

/* What is known of one account is not said of another one (relay/route.h). */
START_TEST(each_account_has_a_name_of_its_own)
{
	static const char *const accounts[] = { "mx.example.com", "mx.example.com@joe", "mx.example.com@Joe",
	    "mx.example.com@joe+x", "mx.example.com@joe_x", "mx.example.com@joe=2Bx", "mx.example.com@joe/x" };
	char                     one[STATE_NAME_LEN], other[STATE_NAME_LEN];

	for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++)
		for (size_t k = 0; k < i; k++) {
			state_name(one, "down", accounts[i], 25);
			state_name(other, "down", accounts[k], 25);
			ck_assert_str_ne(one, other);
			ck_assert_ptr_null(strchr(one, '/'));
		}
	state_name(one, "down", "MX.example.com@joe", 25);   /* a host's case does not matter */
	state_name(other, "down", "mx.Example.com@joe", 25);
	ck_assert_str_eq(one, other);
}
END_TEST

START_TEST(no_directory_remembers_nothing)
{
	state_write(-1, "found", SLICE("one\n"));
	assert_holds(-1, "found", NULL);
	state_forget(-1, "found");
}
END_TEST

START_TEST(too_much_is_cut)
{
	int        state = open_state();
	struct buf content = BUF(3);

	state_write(state, "found", SLICE("12345"));
	ck_assert(state_read(state, "found", &content));
	ck_assert_str_eq(buf_text(&content), "123");
	ck_assert(!content.full);
	buf_release(&content);
	close(state);
}
END_TEST

START_TEST(only_a_regular_file_is_read)
{
	int state = open_state();

	state_write(state, "true", SLICE("secret"));
	ck_assert_int_eq(symlinkat("true", state, "link"), 0);
	ck_assert_int_eq(mkfifoat(state, "fifo", 0600), 0);
	ck_assert_int_eq(mkdirat(state, "directory", 0700), 0);
	assert_holds(state, "link", NULL);
	assert_holds(state, "fifo", NULL);
	assert_holds(state, "directory", NULL);
	close(state);
}
END_TEST

START_TEST(failed_write_leaves_the_old_opinion)
{
	int state = open_state();

	state_write(state, "found", SLICE("old"));
	fault_arm(0, ENOSPC);
	state_write(state, "found", SLICE("new"));
	ck_assert(fault_fired());
	assert_holds(state, "found", "old");
	close(state);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, opinion_is_kept_replaced_and_forgotten);
	tcase_add_test(t, each_account_has_a_name_of_its_own);
	tcase_add_test(t, no_directory_remembers_nothing);
	tcase_add_test(t, too_much_is_cut);
	tcase_add_test(t, only_a_regular_file_is_read);
	tcase_add_test(t, failed_write_leaves_the_old_opinion);
}
