/* SPDX-License-Identifier: ISC */
#include "relay/fitting.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32.h"
#include "entry/writer.h"
#include "lib/unit.h"

#define SEVEN { .eightbitmime = false }
#define EIGHT { .eightbitmime = true }
#define SMALL { .size_offered = true, .size = 30 }

static int
write_entry(struct entry *e, struct slice message)
{
	int            fd = memfd_create("entry", MFD_CLOEXEC);
	struct writer  w;
	struct problem why;

	*e = (struct entry){ .sender = slice_dup(SLICE("a@example.org")) };
	entry_add_recipient(e, SLICE("b@example.net"));
	writer_start(&w, fd, e);
	writer_add(&w, message);
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	return fd;
}

static const struct ehlo seven = SEVEN;

/* Reads the text as a transaction does, and holds it against what was promised. */
static void
read_all(const struct text *t, struct buf *out)
{
	char           block[777];
	struct problem why;
	ssize_t        n;

	buf_clear(out);
	while ((n = t->read(t->argument, (off_t)out->len, block, sizeof block, &why)) > 0)
		buf_add(out, (struct slice){ block, (size_t)n });
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(t->len, (off_t)out->len);
	ck_assert_uint_eq(t->crc, crc32_add(0, buf_slice(out)));
}

static const struct { const char *message; struct ehlo offered; const char *contains; bool eightbit; } cases[] = {
	{ "A: b\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n", EIGHT, "\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n", true },
	{ "A: b\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n", SEVEN, "charset=utf-8\r\n", false },
	{ "A: b\r\n\r\ngr\xFC\xDF\r\n", SEVEN, "charset=unknown-8bit\r\n", false },
	{ "A: \xFC\r\n\r\ngr\xFC\r\n", SEVEN, "gr=FC\r\n", true },
	{ "A: b\r\n\r\ngr\xFC\r\n", SMALL, "\r\ngr\xFC\r\n", true },
	{ "A: b\r\n\r\nascii=\r\n", SEVEN, "A: b\r\n\r\nascii=\r\n", false },
	{ "", SEVEN, "", false },
};

START_TEST(length_and_checksum_are_those_of_what_is_read_as_often_as_it_is)
{
	struct entry   e;
	struct fitting f;
	struct text    t;
	struct problem why;
	struct buf     out = BUF(1 << 20);
	int            fd = write_entry(&e, SLICE(cases[_i].message));

	fitting_init(&f, &e, fd);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(fitting_text(&f, &cases[_i].offered, &t, &why), 0);
		read_all(&t, &out);
		read_all(&t, &out);
		ck_assert_ptr_nonnull(strstr(buf_text(&out), cases[_i].contains));
		ck_assert_int_eq(t.eightbit, cases[_i].eightbit);
	}
	fitting_release(&f);
	entry_release(&e);
	buf_release(&out);
	close(fd);
}
END_TEST

START_TEST(a_large_text_passes_through_little_memory)
{
	struct entry   e;
	struct fitting f;
	struct text    t;
	struct problem why;
	struct ehlo    any = EIGHT;
	struct buf     message = BUF(8 << 20), out = BUF(32 << 20);
	int            fd;

	buf_add(&message, SLICE("A: b\r\n\r\n"));
	while (message.len < 4 << 20)
		buf_add(&message, SLICE("\xC3\xBC"));
	buf_add(&message, SLICE("\r\n"));
	fd = write_entry(&e, buf_slice(&message));
	ck_assert(e.longlines);
	fitting_init(&f, &e, fd);
	ck_assert_int_eq(fitting_text(&f, &any, &t, &why), 0);
	read_all(&t, &out);
	ck_assert_uint_gt(out.len, 3 * message.len);
	ck_assert_uint_le(f.out.room, 1 << 19);
	fitting_release(&f);
	entry_release(&e);
	buf_release(&message);
	buf_release(&out);
	close(fd);
}
END_TEST

START_TEST(F6_a_damaged_message_is_found_before_it_is_sent)
{
	struct entry   e;
	struct fitting f;
	struct text    t;
	struct problem why;
	int            fd = write_entry(&e, SLICE("A: b\r\n\r\ntext\xFC\r\n"));

	ck_assert_int_eq(pwrite(fd, "T", 1, e.envelope_len + 8), 1);
	fitting_init(&f, &e, fd);
	ck_assert_int_eq(fitting_text(&f, &seven, &t, &why), -1);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	fitting_release(&f);
	entry_release(&e);
	close(fd);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, length_and_checksum_are_those_of_what_is_read_as_often_as_it_is, cases);
	tcase_add_test(t, a_large_text_passes_through_little_memory);
	tcase_add_test(t, F6_a_damaged_message_is_found_before_it_is_sent);
}
