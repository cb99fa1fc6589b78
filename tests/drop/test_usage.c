/* SPDX-License-Identifier: ISC */
#include "drop/usage.h"

#include "lib/spool.h"
#include "lib/unit.h"
#include "spool/settle.h"

enum { BLOCK = 4096, ALICE = 1001, BOB = 1002 };

static struct spool   spool;
static struct usage   usage;
static struct problem why;

static bool
takes(uid_t uid, struct room room)
{
	struct entry e = { .uid = uid, .envelope_len = 600, .message_len = 1000 };

	return usage_add(&usage, &spool, &e, room, &why) == 0;
}

static void
put(uid_t uid)
{
	struct claim c;

	ck_assert_int_eq(claim_take(&c, &spool, spool_put(&spool, "", "bob@example.net"), &why), CLAIM_OK);
	c.entry.uid = uid;
	ck_assert_int_eq(entry_rewrite(&c.entry, c.fd, &why), 0);
	claim_release(&c);
}

/* How many messages a user gets in; each takes one of *blocks. */
static int
fill(uid_t uid, unsigned long long *blocks)
{
	int n = 0;

	while (n < 100 && *blocks > 0 && takes(uid, (struct room){ .octets = *blocks * BLOCK, .files = 1000 })) {
		n++;
		--*blocks;
	}
	return n;
}

/* Hazard L8. */
START_TEST(nobody_has_more_than_is_left_for_all_others)
{
	unsigned long long blocks = 40;

	spool_make(&spool);
	ck_assert_int_eq(fill(ALICE, &blocks), 20);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_str_eq(why.text,
	    "20 messages (80 KiB) of uid 1001 wait in the queue, as many as one user may have there now");
	ck_assert_int_eq(fill(BOB, &blocks), 10);
	ck_assert_int_eq(fill(ALICE, &blocks), 0);
	ck_assert_int_eq(fill(0, &blocks), 10);
}
END_TEST

START_TEST(files_are_shared_as_octets_are)
{
	const struct room room = { .octets = 1 << 30, .files = 2 };

	spool_make(&spool);
	put(ALICE);
	ck_assert(takes(ALICE, room));
	ck_assert(!takes(ALICE, room));
	ck_assert(takes(BOB, room));
}
END_TEST

START_TEST(what_has_left_the_queue_counts_no_more_when_it_matters)
{
	const struct room room = { .octets = 1 << 30, .files = 2 };

	spool_make(&spool);
	put(ALICE);
	ck_assert(takes(ALICE, room));     /* none of ours is written */
	ck_assert(!takes(ALICE, room));    /* and so soon it is not looked at again */
	usage.again = (struct timespec){ 0 };
	ck_assert(takes(ALICE, room));
	ck_assert(!takes(ALICE, room));
}
END_TEST

/* By hand there is no memory: it is looked for where there may be something to find. */
START_TEST(by_hand_the_queue_is_looked_at_where_room_is_scarce)
{
	struct room room = { .octets = 1 << 30, .files = 2, .ample = true };

	spool_make(&spool);
	put(ALICE);
	put(ALICE);
	usage.by_hand = true;
	ck_assert(takes(ALICE, room));
	room.ample = false;
	ck_assert(!takes(ALICE, room));
	ck_assert(takes(BOB, room));
}
END_TEST

START_TEST(there_is_a_bound_however_large_the_disk)
{
	const struct room room = { .octets = ~0ull, .files = ~0ull };
	int               n = 0;

	spool_make(&spool);
	while (n <= USAGE_MAX_MESSAGES && takes(ALICE, room))
		n++;
	ck_assert_int_eq(n, USAGE_MAX_MESSAGES);
}
END_TEST

static void
clean(void)
{
	usage_release(&usage);
	spool_close(&spool);
}

void
tests(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_test(t, nobody_has_more_than_is_left_for_all_others);
	tcase_add_test(t, files_are_shared_as_octets_are);
	tcase_add_test(t, what_has_left_the_queue_counts_no_more_when_it_matters);
	tcase_add_test(t, by_hand_the_queue_is_looked_at_where_room_is_scarce);
	tcase_add_test(t, there_is_a_bound_however_large_the_disk);
}
