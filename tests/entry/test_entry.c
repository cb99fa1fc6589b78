/* SPDX-License-Identifier: ISC */
#include "entry/entry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "entry/writer.h"
#include "lib/unit.h"

static const char message[] = "Subject: x\r\n\r\nhello\r\n.\r\nbye\r\n";

static int
new_file(void)
{
	char path[128];
	int  fd;

	snprintf(path, sizeof path, "%s/entry", unit_directory());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* An entry with this many recipients, in a file. */
static int
stored(int nrecipients)
{
	struct entry   e = ENTRY;
	struct writer  w;
	struct problem why;
	int            fd = new_file();

	e.sender = xstrdup("alice@www1.example.com");
	e.ret = xstrdup("HDRS");
	e.envid = xstrdup("QQ314159");
	e.uid = 1000;
	e.arrived = 1700000000;
	for (int i = 0; i < nrecipients; i++) {
		char address[400];

		snprintf(address, sizeof address, "%*s%d@example.net", i % 300, "", i);
		for (char *c = address; *c == ' '; c++)
			*c = 'x';
		entry_add_recipient(&e, SLICE(address));
		if (i % 3 == 1)
			e.recipient[i].notify = xstrdup("NEVER");
		if (i % 3 == 2)
			e.recipient[i].orcpt = xstrdup("rfc822;bob@example.net");
	}
	writer_start(&w, fd, &e);
	writer_add(&w, SLICE(message));
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
	return fd;
}

/* 0 when envelope and message can be believed. */
static int
read_all(struct entry *e, int fd)
{
	struct problem why;

	*e = ENTRY;
	if (entry_read(e, fd, &why) == 0 && entry_verify_message(e, fd, &why) == 0)
		return 0;
	ck_assert_int_eq(why.verdict, VERDICT_NEVER);
	return -1;
}

START_TEST(what_was_written_is_read)
{
	struct entry e;
	int          fd = stored(3);
	char         text[256];

	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_str_eq(e.sender, "alice@www1.example.com");
	ck_assert_uint_eq(e.nrecipients, 3);
	ck_assert_str_eq(e.recipient[2].address, "xx2@example.net");
	ck_assert_int_eq(e.recipient[2].state, RECIPIENT_QUEUED);
	ck_assert_str_eq(e.recipient[2].answer, "");
	ck_assert_str_eq(e.ret, "HDRS");
	ck_assert_str_eq(e.envid, "QQ314159");
	ck_assert_str_eq(e.recipient[1].notify, "NEVER");
	ck_assert_ptr_null(e.recipient[1].orcpt);
	ck_assert_str_eq(e.recipient[2].orcpt, "rfc822;bob@example.net");
	ck_assert_uint_eq(e.uid, 1000);
	ck_assert_int_eq(e.arrived, 1700000000);
	ck_assert(!e.eightbit);
	ck_assert_int_eq(entry_message(&e, fd, 0, text, sizeof text, NULL), sizeof message - 1);
	ck_assert_int_eq(memcmp(text, message, sizeof message - 1), 0);
	entry_release(&e);
	close(fd);
}
END_TEST

START_TEST(a_size_that_is_known_is_held_against_the_first_line)
{
	struct entry   e = ENTRY;
	struct problem why;
	int            fd = stored(1);
	off_t          size = lseek(fd, 0, SEEK_END);

	ck_assert_int_eq(entry_read_sized(&e, fd, size, &why), 0);
	entry_release(&e);
	for (int wrong = -1; wrong <= 1; wrong += 2) {
		ck_assert_int_eq(entry_read_sized(&e, fd, size + wrong, &why), -1);
		ck_assert_int_eq(why.verdict, VERDICT_NEVER);
		entry_release(&e);
	}
	close(fd);
}
END_TEST

START_TEST(many_recipients_and_a_large_message_fit)
{
	struct entry   e = ENTRY;
	struct writer  w;
	struct problem why;
	int            fd = new_file();

	e.sender = xstrdup("");
	for (int i = 0; i < ENTRY_MAX_RECIPIENTS; i++)
		entry_add_recipient(&e, SLICE("a-rather-long-local-part-of-a-mailbox@a-rather-long.name.example.net"));
	writer_start(&w, fd, &e);
	for (int i = 0; i < 20000; i++)
		writer_add(&w, SLICE("caf\xc3\xa9 and more caf\xc3\xa9\r\n"));
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_uint_eq(e.nrecipients, ENTRY_MAX_RECIPIENTS);
	ck_assert(e.eightbit);
	entry_release(&e);
	close(fd);
}
END_TEST

/* Larger than any block of the writer; each part is written once, and read as it was. */
START_TEST(a_large_message_is_what_it_was_made_of_however_it_comes)
{
	static const size_t sizes[] = { 1, 1000, 65536, 65537, 700000 };
	struct entry        e = { .sender = xstrdup("") };
	struct buf          text = BUF(1 << 20);
	char               *read = xmalloc(1 << 20);
	int                 fd = memfd_create("entry", MFD_CLOEXEC);
	struct writer       w;
	struct problem      why;

	while (text.len < 700000)
		buf_addf(&text, "line at %zu\r\n", text.len);
	entry_add_recipient(&e, SLICE("a@x"));
	writer_start(&w, fd, &e);
	for (struct slice rest = buf_slice(&text); rest.len > 0; rest = slice_from(rest, sizes[_i]))
		writer_add(&w, (struct slice){ rest.at, rest.len < sizes[_i] ? rest.len : sizes[_i] });
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_int_eq(entry_message(&e, fd, 0, read, 1 << 20, &why), (ssize_t)text.len);
	ck_assert_int_eq(memcmp(read, text.at, text.len), 0);
	entry_release(&e);
	buf_release(&text);
	free(read);
	close(fd);
}
END_TEST

START_TEST(a_message_that_must_stay_under_tls_says_so_in_its_first_line)
{
	struct entry   e;
	struct problem why;
	char           line[ENTRY_FIRST_LINE];
	int            fd = stored(1);

	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert(!e.requiretls);
	ck_assert_int_eq(pread(fd, line, sizeof line, 0), (ssize_t)sizeof line);
	ck_assert_ptr_nonnull(memmem(line, sizeof line, "flags ----  ", 12));   /* as ever */
	e.requiretls = true;
	ck_assert_int_eq(entry_rewrite(&e, fd, &why), 0);
	entry_release(&e);
	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert(e.requiretls);
	ck_assert_int_eq(pread(fd, line, sizeof line, 0), (ssize_t)sizeof line);
	ck_assert_ptr_nonnull(memmem(line, sizeof line, "flags ----r ", 12));
	entry_release(&e);
	close(fd);
}
END_TEST

/* RFC 8689, 4.1: who says both means the former. */
START_TEST(what_must_stay_under_tls_waives_nothing)
{
	struct entry   e;
	struct problem why;
	char           line[ENTRY_FIRST_LINE];
	int            fd = stored(1);

	for (int required = 0; required <= 1; required++) {
		ck_assert_int_eq(read_all(&e, fd), 0);
		e.tls_waived = true;
		e.requiretls = required;
		ck_assert_int_eq(entry_rewrite(&e, fd, &why), 0);
		entry_release(&e);
		ck_assert_int_eq(read_all(&e, fd), 0);
		ck_assert(e.tls_waived == !required && e.requiretls == required);
		entry_release(&e);
	}
	ck_assert_int_eq(pread(fd, line, sizeof line, 0), (ssize_t)sizeof line);
	ck_assert_ptr_nonnull(memmem(line, sizeof line, "flags ----r ", 12));
	close(fd);
}
END_TEST

START_TEST(settling_changes_what_it_should_and_no_more)
{
	struct entry   e;
	struct problem why;
	int            fd = stored(3);

	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_int_eq(entry_settle(&e, fd, 1, RECIPIENT_DONE, "2.0.0 250 Ok", &why), 0);
	ck_assert_int_eq(entry_settle(&e, fd, 2, RECIPIENT_QUEUED, "4.2.2 a\nb \xff", &why), 0);
	e.tries = 7;
	e.next = 1700000300;
	e.held = true;
	ck_assert_int_eq(entry_rewrite(&e, fd, &why), 0);
	entry_release(&e);
	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_uint_eq(entry_nqueued(&e), 2);
	ck_assert_int_eq(e.recipient[1].state, RECIPIENT_DONE);
	ck_assert_str_eq(e.recipient[1].answer, "2.0.0 250 Ok");
	ck_assert_str_eq(e.recipient[2].answer, "4.2.2 a?b ?");
	ck_assert_uint_eq(e.tries, 7);
	ck_assert_int_eq(e.next, 1700000300);
	ck_assert(e.held && !e.warned);
	entry_release(&e);
	close(fd);
}
END_TEST

START_TEST(answers_lie_in_one_sector_each)
{
	struct entry e;
	int          fd = stored(50);

	ck_assert_int_eq(read_all(&e, fd), 0);
	for (size_t i = 0; i < e.nrecipients; i++)
		ck_assert_int_eq(e.recipient[i].tail % ENTRY_TAIL, 0);
	entry_release(&e);
	close(fd);
}
END_TEST

START_TEST(an_entry_cut_at_any_length_is_not_believed)
{
	struct entry e;
	int          fd = stored(2);
	off_t        len = lseek(fd, 0, SEEK_END);

	while (--len >= 0) {
		ck_assert_int_eq(ftruncate(fd, len), 0);
		ck_assert_int_eq(read_all(&e, fd), -1);
		entry_release(&e);
	}
	close(fd);
}
END_TEST

/* Every bit of the envelope, and of the message. */
START_TEST(an_entry_with_any_bit_flipped_is_not_believed)
{
	struct entry e;
	int          fd = stored(2);
	off_t        len = lseek(fd, 0, SEEK_END);

	for (off_t at = 0; at < len; at++)
		for (int bit = 0; bit < 8; bit++) {
			char octet, flipped;

			ck_assert_int_eq(pread(fd, &octet, 1, at), 1);
			flipped = (char)(octet ^ 1 << bit);
			ck_assert_int_eq(pwrite(fd, &flipped, 1, at), 1);
			ck_assert_msg(read_all(&e, fd) == -1, "octet %ld bit %d", (long)at, bit);
			entry_release(&e);
			ck_assert_int_eq(pwrite(fd, &octet, 1, at), 1);
		}
	close(fd);
}
END_TEST

START_TEST(what_grew_is_not_believed)
{
	struct entry e;
	int          fd = stored(1);

	ck_assert_int_eq(pwrite(fd, "x", 1, lseek(fd, 0, SEEK_END)), 1);
	ck_assert_int_eq(read_all(&e, fd), -1);
	entry_release(&e);
	close(fd);
}
END_TEST

static const struct { const char *text; bool good; } mailboxes[] = {
	{ "bob@example.net", true },
	{ "\"a b\"@example.net", true },
	{ "\"a\\\"> <b\"@example.net", true },
	{ "a@[192.0.2.1]", true },
	{ "jos\xc3\xa9@example.net", true },
	{ "bob", false },
	{ "@example.net", false },
	{ "bob@", false },
	{ "x@example.net> SIZE=1", false },
	{ "x y@example.net", false },
	{ "<x@example.net", false },
	{ "\"open@example.net", false },
	{ "x@example.net\r\nRCPT TO:<y@example.net", false },
	{ "x\t@example.net", false },
	{ "a@example.net,b@example.net", false },
};

START_TEST(a_mailbox_cannot_end_its_command)
{
	ck_assert_int_eq(entry_is_mailbox(SLICE(mailboxes[_i].text)), mailboxes[_i].good);
}
END_TEST

START_TEST(a_parameter_is_printable_without_spaces)
{
	ck_assert(entry_is_parameter(SLICE("rfc822;a+2Bb@example.net")));
	ck_assert(!entry_is_parameter(SLICE("a b")));
	ck_assert(!entry_is_parameter(SLICE("a\tb")));
	ck_assert(!entry_is_parameter(SLICE("a\r\nRSET")));
	ck_assert(!entry_is_parameter(SLICE("")));
}
END_TEST

/* Wherever the padding ends: with addresses of every length. */
START_TEST(every_length_of_a_line_is_read_as_it_was_written)
{
	struct entry e;
	int          fd = stored(600);

	ck_assert_int_eq(read_all(&e, fd), 0);
	ck_assert_uint_eq(e.nrecipients, 600);
	entry_release(&e);
	close(fd);
}
END_TEST

START_TEST(an_id_is_hexadecimal_of_one_length)
{
	ck_assert(entry_is_id(SLICE("6560A0C000A1B3")));
	ck_assert(!entry_is_id(SLICE("6560a0c000a1b3")));
	ck_assert(!entry_is_id(SLICE("6560A0C000A1B")));
	ck_assert(!entry_is_id(SLICE("../../etc/pass")));
	ck_assert(!entry_is_id(SLICE("")));
}
END_TEST

static const struct { size_t first, second; bool longlines; } lengths[] = {
	{ 998, 0, false }, { 0, 998, false }, { 999, 0, true }, { 10, 999, true }, { 999, 10, true }, { 100000, 1, true },
	{ 998, 998, false },
};

START_TEST(a_line_over_998_shows_in_the_first_line_however_it_comes)
{
	for (size_t size = 1; size < 4000; size = size * 3 + 1) {
		struct entry   e = { .sender = xstrdup("") };
		struct buf     text = BUF(1 << 20);
		struct slice   rest;
		struct writer  w;
		struct problem why;
		int            fd = memfd_create("entry", MFD_CLOEXEC);

		buf_addf(&text, "%0*d\r\n", (int)lengths[_i].first, 0);
		buf_addf(&text, "%0*d\r\n", (int)lengths[_i].second, 0);
		entry_add_recipient(&e, SLICE("a@x"));
		writer_start(&w, fd, &e);
		for (rest = buf_slice(&text); rest.len > 0; rest = slice_from(rest, size))
			writer_add(&w, (struct slice){ rest.at, rest.len < size ? rest.len : size });
		ck_assert_int_eq(writer_finish(&w, &why), 0);
		writer_release(&w);
		entry_release(&e);
		ck_assert_int_eq(read_all(&e, fd), 0);
		ck_assert_int_eq(e.longlines, lengths[_i].longlines);
		entry_release(&e);
		buf_release(&text);
		close(fd);
	}
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, a_size_that_is_known_is_held_against_the_first_line);
	tcase_add_test(t, many_recipients_and_a_large_message_fit);
	tcase_add_loop_test(t, a_large_message_is_what_it_was_made_of_however_it_comes, 0, 5);
	tcase_add_test(t, a_message_that_must_stay_under_tls_says_so_in_its_first_line);
	tcase_add_test(t, what_must_stay_under_tls_waives_nothing);
	tcase_add_test(t, settling_changes_what_it_should_and_no_more);
	tcase_add_test(t, answers_lie_in_one_sector_each);
	tcase_add_test(t, an_entry_cut_at_any_length_is_not_believed);
	tcase_add_test(t, an_entry_with_any_bit_flipped_is_not_believed);
	tcase_add_test(t, what_grew_is_not_believed);
	add_table(t, a_mailbox_cannot_end_its_command, mailboxes);
	tcase_add_test(t, a_parameter_is_printable_without_spaces);
	tcase_add_test(t, every_length_of_a_line_is_read_as_it_was_written);
	tcase_add_test(t, an_id_is_hexadecimal_of_one_length);
	add_table(t, a_line_over_998_shows_in_the_first_line_however_it_comes, lengths);
}
