/* SPDX-License-Identifier: ISC */
#include "admin/choice.h"

#include "base/clock.h"
#include "lib/unit.h"

static char id1[] = "65F0C1B2000010", id2[] = "65F0C1B2000020";

/* Of a message with id1 that is two hours old, from alice to bob, who waits, and to carol, who has it. */
static const struct {
	const char *from, *to, *not_to, *older, *newer;
	char       *id[3];
	bool        all, covers;
	bool        broken;   /* whether it is covered where it cannot be read */
} cases[] = {
	{ .all = true, .covers = true, .broken = true },
	{ .id = { id1 }, .covers = true, .broken = true },
	{ .id = { id2 } },
	{ .id = { id2, id1 }, .covers = true, .broken = true },
	{ .from = "alice@www1.example.com", .covers = true },
	{ .from = "*.EXAMPLE.com", .covers = true },
	{ .from = "example.com" },
	{ .from = "<>" },
	{ .to = "bob@*", .covers = true },
	{ .to = "example.net", .covers = true },
	{ .to = "carol@*" },
	{ .to = "*", .not_to = "!bob@*" },
	{ .older = "1h", .covers = true },
	{ .older = "3h" },
	{ .newer = "3h", .covers = true },
	{ .newer = "1h" },
	{ .older = "1h", .newer = "3h", .covers = true },
	{ .from = "alice@*", .to = "carol@*" },
	{ .from = "alice@*", .id = { id2 } },
	{ .from = "alice@*", .id = { id1 }, .all = true, .covers = true },
};

static void
say(struct choice *c, int option, const char *value)
{
	struct problem why;

	if (value != NULL)
		ck_assert_int_eq(choice_add(c, option, value, &why), 0);
}

START_TEST(all_that_is_said_must_hold)
{
	struct choice  c = CHOICE;
	struct entry   e = ENTRY;
	struct problem why;
	int            nids = 0;

	e.sender = slice_dup(SLICE("alice@www1.example.com"));
	e.arrived = clock_now() - 7200;
	entry_add_recipient(&e, SLICE("bob@example.net"));
	entry_add_recipient(&e, SLICE("carol@example.org"));
	e.recipient[1].state = RECIPIENT_DONE;
	while (cases[_i].id[nids] != NULL)
		nids++;
	ck_assert(!choice_is_made(&c));
	say(&c, 'f', cases[_i].from);
	say(&c, 't', cases[_i].to);
	say(&c, 't', cases[_i].not_to);
	say(&c, 'o', cases[_i].older);
	say(&c, 'n', cases[_i].newer);
	say(&c, 'a', cases[_i].all ? "" : NULL);
	ck_assert_int_eq(choice_ids(&c, (char **)(uintptr_t)cases[_i].id, nids, &why), 0);
	ck_assert(choice_is_made(&c));
	ck_assert_int_eq(choice_covers(&c, id1, &e), cases[_i].covers);
	ck_assert_int_eq(choice_covers(&c, id1, NULL), cases[_i].broken);
	e.sender[0] = '\0';
	if (cases[_i].from != NULL && strcmp(cases[_i].from, "<>") == 0)
		ck_assert(choice_covers(&c, id1, &e));
	choice_release(&c);
	entry_release(&e);
}
END_TEST

START_TEST(what_is_no_id_and_no_age_is_refused)
{
	struct choice  c = CHOICE;
	struct problem why;
	char          *bob[] = { id1, "bob@example.net" };

	ck_assert_int_eq(choice_ids(&c, bob, 2, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "\"bob@example.net\" is no ID"));
	ck_assert_int_eq(choice_add(&c, 'o', "yesterday", &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "\"yesterday\" is no age"));
	ck_assert(!choice_is_made(&c));
}
END_TEST

/* --from "!$user" of a script whose $user is empty would be all but nobody. */
START_TEST(an_empty_pattern_selects_nothing)
{
	struct choice  c = CHOICE;
	struct problem why;

	ck_assert_int_eq(choice_add(&c, 'f', "!", &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "\"!\" is no pattern"));
	ck_assert_int_eq(choice_add(&c, 't', "", &why), -1);
	ck_assert(!choice_is_made(&c));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, all_that_is_said_must_hold, cases);
	tcase_add_test(t, what_is_no_id_and_no_age_is_refused);
	tcase_add_test(t, an_empty_pattern_selects_nothing);
}
