/* SPDX-License-Identifier: ISC */
#include "runner/opinions.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/spool.h"
#include "lib/unit.h"

enum { DAY = 24 * 60 * 60 };

/* Written so many seconds ago.  Returns a descriptor of it. */
static int
put_opinion(const struct spool *s, const char *name, time_t age)
{
	struct timespec when[2] = { { .tv_sec = clock_now() - age }, { .tv_sec = clock_now() - age } };
	char            path[300];
	int             fd;

	snprintf(path, sizeof path, "../state/%s", name);
	fd = openat(s->queue, path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(futimens(fd, when), 0);
	return fd;
}

static bool
is_there(const struct spool *s, const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "../state/%s", name);
	return faccessat(s->queue, path, F_OK, 0) == 0;
}

static const struct {
	const char *name;
	time_t      age;
	bool        hinders, is_old;
} opinions[] = {
	{ "down.relay.example.com:25", 0, true, false },
	{ ".down.relay.example.com:25.4711", 0, true, false },
	{ "found", 29 * DAY, true, false },
	{ ".found.4711", 31 * DAY, true, true },
	{ "good.relay.example.com:25", 29 * DAY, false, false },
	{ "good.relay.example.net:25", 31 * DAY, false, true },
	{ ".good.relay.example.net:25.4711", 0, true, false },   /* half made: of no use, whatever it was to be */
	{ ".good.relay.example.org:25.4711", 31 * DAY, true, true },
	{ "turn.relay.example.net:25", 31 * DAY, false, true },
	{ "turn.relay.example.com:25", -31 * DAY, false, false },   /* the clock was set back */
	{ "asked", 0, false, false },
};

START_TEST(what_hinders_a_try_is_forgotten_and_no_more)
{
	struct spool s;

	spool_make(&s);
	close(put_opinion(&s, opinions[_i].name, opinions[_i].age));
	opinions_forget(&s);
	ck_assert(is_there(&s, opinions[_i].name) == !opinions[_i].hinders);
	spool_close(&s);
}
END_TEST

START_TEST(what_nobody_has_written_for_a_month_goes)
{
	struct spool s;

	spool_make(&s);
	close(put_opinion(&s, opinions[_i].name, opinions[_i].age));
	opinions_sweep(&s);
	ck_assert(is_there(&s, opinions[_i].name) == !opinions[_i].is_old);
	spool_close(&s);
}
END_TEST

START_TEST(a_turn_that_somebody_has_stays)
{
	struct spool s;
	int          turn;

	spool_make(&s);
	turn = put_opinion(&s, "turn.relay.example.com:25", 31 * DAY);
	ck_assert_int_eq(flock(turn, LOCK_EX), 0);
	opinions_sweep(&s);
	ck_assert(is_there(&s, "turn.relay.example.com:25"));
	close(turn);
	opinions_sweep(&s);
	ck_assert(!is_there(&s, "turn.relay.example.com:25"));
	spool_close(&s);
}
END_TEST

START_TEST(a_network_that_names_ever_new_relays_does_not_fill_the_disk)
{
	struct spool s;
	char         name[64];

	spool_make(&s);
	for (int i = 0; i < 1100; i++) {
		snprintf(name, sizeof name, "turn.relay%d.example.com:25", i);
		close(put_opinion(&s, name, 0));
		if (i == 900) {
			opinions_sweep(&s);
			ck_assert_int_eq(spool_count(&s, "state"), 901);
		}
	}
	opinions_sweep(&s);
	ck_assert_int_eq(spool_count(&s, "state"), 0);
	spool_close(&s);
}
END_TEST

START_TEST(another_place_is_known_after_a_restart)
{
	struct spool s;
	int          fd;

	spool_make(&s);
	ck_assert(!opinions_move(&s, 1));   /* nothing was known */
	ck_assert(!opinions_move(&s, 1));
	ck_assert(opinions_move(&s, 2));
	ck_assert(!opinions_move(&s, 2));
	fd = put_opinion(&s, "place", 0);
	ck_assert_int_eq(ftruncate(fd, 3), 0);
	ck_assert(opinions_move(&s, 2));
	ck_assert(!opinions_move(&s, 2));
	close(fd);
	spool_close(&s);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, what_hinders_a_try_is_forgotten_and_no_more, opinions);
	add_table(t, what_nobody_has_written_for_a_month_goes, opinions);
	tcase_add_test(t, a_turn_that_somebody_has_stays);
	tcase_add_test(t, a_network_that_names_ever_new_relays_does_not_fill_the_disk);
	tcase_add_test(t, another_place_is_known_after_a_restart);
}
