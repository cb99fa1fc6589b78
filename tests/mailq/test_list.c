/* SPDX-License-Identifier: ISC */
#include "mailq/list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "entry/writer.h"
#include "lib/unit.h"
#include "mailq/locks.h"

enum { UID_ALICE = 1001, UID_BOB = 1002 };

static struct spool spool;
static char        *text;
static FILE        *out;

static void
make_spool(void)
{
	static char    path[200];
	char           name[300];
	struct problem why;

	strlcpy(path, unit_directory(), sizeof path);
	snprintf(name, sizeof name, "%s/queue", path);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	snprintf(name, sizeof name, "%s/corrupt", path);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_eq(spool_open(&spool, path, &why), 0);
}

/* Puts a message from uid into the queue; returns its descriptor. */
static int
put(const char *id, uid_t uid, mode_t mode)
{
	struct entry   e = ENTRY;
	struct writer  w;
	struct problem why;
	int            fd = openat(spool.queue, id, O_RDWR | O_CREAT | O_EXCL, 0600);

	e.uid = uid;
	e.arrived = 1710277042;
	e.sender = slice_dup(SLICE("alice@example.com"));
	entry_add_recipient(&e, SLICE("dan@example.net"));
	writer_start(&w, fd, &e);
	writer_add(&w, SLICE("Subject: x\r\n\r\n"));
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	return fd;
}

static const char *
list(struct viewer viewer, const struct format *format)
{
	size_t         len;
	struct problem why;

	free(text);
	out = open_memstream(&text, &len);
	ck_assert_int_eq(list_queue(&spool, viewer, format, out, &why), 0);
	fclose(out);
	return text;
}

static const struct viewer everybody = { .uid = 65534 }, alice = { .uid = UID_ALICE }, root = { .all = true };

START_TEST(addresses_are_shown_to_those_they_belong_to)
{
	make_spool();
	close(put("65F0C1B2000020", UID_BOB, 0660));
	close(put("65F0C1B2000010", UID_ALICE, 0660));
	ck_assert_ptr_nonnull(strstr(list(everybody, &format_text), "-- 0 Kbytes in 2 Requests.\n"));
	ck_assert_ptr_null(strchr(text, '@'));
	list(alice, &format_json);
	ck_assert_int_eq(strncmp(text, "{\"queue_name\": \"deferred\", \"queue_id\": \"65F0C1B2000010\"", 54), 0);
	ck_assert_ptr_nonnull(strchr(text, '@'));
	ck_assert_ptr_null(strchr(strchr(text, '\n'), '@'));
	list(root, &format_json);
	ck_assert_ptr_nonnull(strchr(strchr(text, '\n'), '@'));
}
END_TEST

START_TEST(locked_message_is_active_and_can_still_be_locked)
{
	int fd;

	make_spool();
	fd = put("65F0C1B2000010", UID_ALICE, 0660);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_ptr_nonnull(strstr(list(everybody, &format_text), "65F0C1B2000010* "));
	ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	ck_assert_ptr_nonnull(strstr(list(everybody, &format_text), "65F0C1B2000010  "));
}
END_TEST

/* Nobody has asked a relay, so no relay has said why it waits. */
static const struct { time_t due_since; unsigned tries; bool said; } waits[] = {
	{ 3600, 0, true },
	{ 30, 0, false },     /* it may be its turn in a moment */
	{ -300, 0, false },   /* -odq */
	{ 3600, 1, false },
};

START_TEST(what_was_never_tried_says_so)
{
	struct entry   e = ENTRY;
	struct problem why;
	int            fd;

	make_spool();
	fd = put("65F0C1B2000010", UID_ALICE, 0660);
	ck_assert_int_eq(entry_read(&e, fd, &why), 0);
	e.next = clock_now() - waits[_i].due_since;
	e.tries = waits[_i].tries;
	ck_assert_int_eq(entry_rewrite(&e, fd, &why), 0);
	entry_release(&e);
	ck_assert_int_eq(strstr(list(alice, &format_text), "(not tried yet; see salsa relays") != NULL, waits[_i].said);
	ck_assert_int_eq(strstr(list(alice, &format_json), "\"delay_reason\": \"not tried") != NULL, waits[_i].said);
	ck_assert_ptr_null(strstr(list(everybody, &format_text), "not tried"));
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_ptr_null(strstr(list(alice, &format_text), "not tried"));
}
END_TEST

START_TEST(what_is_not_accepted_yet_is_no_request)
{
	make_spool();
	close(put("65F0C1B2000010", UID_ALICE, 0640));
	ck_assert_str_eq(list(root, &format_text), "Mail queue is empty\n");
}
END_TEST

START_TEST(damaged_and_foreign_files_are_listed_as_such)
{
	int fd;

	make_spool();
	fd = put("65F0C1B2000010", UID_ALICE, 0660);
	ck_assert_int_eq(ftruncate(fd, 400), 0);
	fd = put("65F0C1B2000020", UID_ALICE, 0660);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(mkfifoat(spool.queue, "65F0C1B2000030", 0660), 0);
	ck_assert_int_eq(symlinkat("/etc/passwd", spool.queue, "65F0C1B2000040"), 0);
	ck_assert_int_eq(mkdirat(spool.queue, "65F0C1B2000050", 0770), 0);
	ck_assert_ptr_nonnull(strstr(list(root, &format_text), "in 5 Requests.\n"));
	ck_assert_ptr_nonnull(strstr(text, "(queue file is damaged: its length)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(queue file is damaged: it ends early)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(not a regular file)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(Too many levels of symbolic links)\n"));
	ck_assert_ptr_null(strchr(text, '@'));
	list(root, &format_json);
	for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		ck_assert_int_eq(strncmp(line, "{\"queue_name\": \"corrupt\"", 24), 0);
}
END_TEST

static bool
is_second(void *argument, const char *id, const struct entry *e)
{
	ck_assert_ptr_eq(argument, &spool);
	return e != NULL && strcmp(id, "65F0C1B2000020") == 0;
}

static bool
is_none(void *argument, const char *id, const struct entry *e)
{
	(void)argument, (void)id, (void)e;
	return false;
}

START_TEST(a_viewer_sees_what_he_wants)
{
	struct viewer viewer = { .all = true, .wants = is_second, .argument = &spool };

	make_spool();
	close(put("65F0C1B2000010", UID_ALICE, 0660));
	close(put("65F0C1B2000020", UID_ALICE, 0660));
	ck_assert_ptr_nonnull(strstr(list(viewer, &format_text), "in 1 Request.\n"));
	ck_assert_ptr_nonnull(strstr(text, "65F0C1B2000020"));
	viewer.wants = is_none;
	ck_assert_str_eq(list(viewer, &format_text), "");
}
END_TEST

static void
remove_second(FILE *to, const struct shown *s, bool first)
{
	format_text.message(to, s, first);
	unlinkat(spool.queue, "65F0C1B2000020", 0);
}

START_TEST(message_may_vanish_meanwhile)
{
	const struct format removing = { remove_second, format_text.end };

	make_spool();
	close(put("65F0C1B2000010", UID_ALICE, 0660));
	close(put("65F0C1B2000020", UID_ALICE, 0660));
	close(put("65F0C1B2000030", UID_ALICE, 0660));
	ck_assert_ptr_nonnull(strstr(list(root, &removing), "in 2 Requests.\n"));
	ck_assert_ptr_null(strstr(text, "65F0C1B2000020"));
}
END_TEST

START_TEST(locks_are_those_of_flock_that_are_held)
{
	struct locks l;

	locks_parse(&l, SLICE("1: POSIX  ADVISORY  WRITE 1 08:01:11 0 EOF\n"
	    "2: FLOCK  ADVISORY  WRITE 1 08:01:22 0 EOF\n"
	    "2: -> FLOCK  ADVISORY  WRITE 2 08:01:33 0 EOF\n"
	    "3: FLOCK\nFLOCK\n\n4: FLOCK  ADVISORY  WRITE 1 08:01:x 0 EOF"));
	ck_assert_uint_eq(l.ninodes, 1);
	ck_assert(locks_have(&l, 22));
	ck_assert(!locks_have(&l, 11));
	locks_release(&l);
}
END_TEST

static void
clean(void)
{
	free(text);
	text = NULL;
	spool_close(&spool);
}

void
tests(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_test(t, addresses_are_shown_to_those_they_belong_to);
	tcase_add_test(t, locked_message_is_active_and_can_still_be_locked);
	add_table(t, what_was_never_tried_says_so, waits);
	tcase_add_test(t, what_is_not_accepted_yet_is_no_request);
	tcase_add_test(t, damaged_and_foreign_files_are_listed_as_such);
	tcase_add_test(t, a_viewer_sees_what_he_wants);
	tcase_add_test(t, message_may_vanish_meanwhile);
	tcase_add_test(t, locks_are_those_of_flock_that_are_held);
}
