/* SPDX-License-Identifier: ISC */
#include "sendmail/input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/unit.h"

/* A file that holds text, to be read from its begin. */
static int
file_of(struct slice text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, text.at, text.len), (ssize_t)text.len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct slice
header_of(const struct input *in, const struct header *h)
{
	return (struct slice){ in->text.at + h->begin, h->end - h->begin };
}

START_TEST(header_comes_first_then_the_body)
{
	int            fd = file_of(SLICE("A: b\r\nB: c\n\nbody\n.\nmore\n"));
	struct input   in;
	struct header  h;
	struct problem why;

	input_init(&in, fd, 1000, true);
	ck_assert_int_eq(input_header(&in, &h, &why), 0);
	ck_assert(slice_equal(header_of(&in, &h), SLICE("A: b\r\nB: c\r\n")));
	input_body(&in, &h);
	ck_assert_str_eq(buf_text(&in.text), "body\r\n");
	ck_assert(in.at_end);
	input_release(&in);
	close(fd);
}
END_TEST

/* Hazard L9. */
START_TEST(memory_does_not_grow_with_the_body)
{
	struct buf     text = BUF(8 << 20);
	size_t         octets = 0;
	struct input   in;
	struct header  h;
	struct problem why;
	int            fd;

	buf_add(&text, SLICE("A: b\n\n"));
	while (text.len < 4 << 20)
		buf_add(&text, SLICE("a line of text\n\n"));
	fd = file_of(buf_slice(&text));
	input_init(&in, fd, 8 << 20, true);
	ck_assert_int_eq(input_header(&in, &h, &why), 0);
	input_body(&in, &h);
	while (!in.at_end) {
		octets += in.text.len;
		buf_clear(&in.text);
		ck_assert_int_eq(input_more(&in, &why), 0);
		ck_assert_uint_le(in.text.room, 1 << 19);
	}
	ck_assert_uint_eq(octets, (text.len - 6) / 16 * 18);
	input_release(&in);
	buf_release(&text);
	close(fd);
}
END_TEST

static const struct { size_t header, body; unsigned long long max; int code; } sizes[] = {
	{ 100, 100, 205, 0 },
	{ 100, 100, 150, EX_DATAERR },
	{ INPUT_HEADER_MAX / 7 * 6 - 100, 0, 10 << 20, 0 },
	{ INPUT_HEADER_MAX + (1 << 18), 0, 10 << 20, EX_DATAERR },
};

START_TEST(there_is_a_largest_header_and_a_largest_message)
{
	struct buf     text = BUF(8 << 20);
	struct input   in;
	struct header  h;
	struct problem why;
	int            fd, code;

	while (text.len < sizes[_i].header)
		buf_add(&text, SLICE("A: bc\n"));
	buf_add(&text, SLICE("\n"));
	for (size_t i = 0; i < sizes[_i].body; i++)
		buf_add_byte(&text, 'x');
	fd = file_of(buf_slice(&text));
	input_init(&in, fd, sizes[_i].max, false);
	code = input_header(&in, &h, &why);
	while (code == 0 && !in.at_end)
		code = input_more(&in, &why);
	ck_assert_int_eq(code, sizes[_i].code);
	input_release(&in);
	buf_release(&text);
	close(fd);
}
END_TEST

/* Hazard F5. */
START_TEST(an_error_is_not_the_end)
{
	int            fd = open("/", O_RDONLY | O_CLOEXEC);
	struct input   in;
	struct header  h;
	struct problem why;

	input_init(&in, fd, 1000, true);
	ck_assert_int_eq(input_header(&in, &h, &why), EX_IOERR);
	ck_assert(!in.at_end);
	input_release(&in);
	close(fd);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, header_comes_first_then_the_body);
	tcase_add_test(t, memory_does_not_grow_with_the_body);
	add_table(t, there_is_a_largest_header_and_a_largest_message, sizes);
	tcase_add_test(t, an_error_is_not_the_end);
}
