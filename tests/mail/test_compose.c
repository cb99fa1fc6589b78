/* SPDX-License-Identifier: ISC */
#include "mail/compose.h"

#include "lib/unit.h"
#include "mail/header.h"
#include "mail/fold.h"

static const struct composer composer = {
	.mailname = "host.example",
	.from = "joe@host.example",
	.name = "Joe",
	.date = "D",
	.message_id = "i@host.example",
};

#define ADDED_ID "Date: D\r\nMessage-ID: <i@host.example>\r\n"
#define ADDED_FROM "From: Joe <joe@host.example>\r\n"
#define ADDED_TO "To: undisclosed-recipients:;\r\n"

static const struct { const char *fields, *header, *recipients; } cases[] = {
	{ "", ADDED_ID ADDED_FROM ADDED_TO, "" },
	{ "From: a@x\r\nTo: b@y\r\nDate: d\r\nMessage-Id: <m>\r\nX-A:  1 \r\n",
	    "From: a@x\r\nTo: b@y\r\nDate: d\r\nMessage-Id: <m>\r\nX-A:  1 \r\n", "b@y " },
	{ "From: root (Cron Daemon)\r\nTo: root, b@y,\r\n\t\"x\" <bob>\r\n",
	    "From: root@host.example (Cron Daemon)\r\nTo: root@host.example, b@y,\r\n\t\"x\" <bob@host.example>\r\n"
	    ADDED_ID, "root b@y bob " },
	{ "To : a@x\r\ncc: b@x\r\nBCC: c@x,\r\n d@x\r\nbcc:\r\n", "To : a@x\r\ncc: b@x\r\n" ADDED_ID ADDED_FROM,
	    "a@x b@x c@x d@x " },
	{ "Bcc: c@x\r\n", ADDED_ID ADDED_FROM ADDED_TO, "c@x " },
	{ "To: undisclosed-recipients:;\r\nBcc: c@x\r\n",
	    "To: undisclosed-recipients:;\r\n" ADDED_ID ADDED_FROM, "c@x " },
	{ "Resent-To: r\r\nResent-Bcc: s@x\r\nResent-From: t\r\nTo: a@x\r\nBcc: b@x\r\n",
	    "Resent-To: r@host.example\r\nResent-From: t@host.example\r\nTo: a@x\r\n" ADDED_ID ADDED_FROM, "r s@x " },
	{ "Resent-Date: d\r\nTo: a@x\r\n", "Resent-Date: d\r\nTo: a@x\r\n" ADDED_ID ADDED_FROM, "a@x " },
	{ "To: a@x\r\nReturn-Path: <z>\r\ncontent-length: 5\r\nReply-To: l\r\nSender: s\r\n",
	    "To: a@x\r\nReply-To: l@host.example\r\nSender: s@host.example\r\n" ADDED_ID ADDED_FROM, "a@x " },
	{ "To: a@x\r\nFrom: bad addr@x, root\r\n", "To: a@x\r\nFrom: bad addr@x, root\r\n" ADDED_ID, "a@x " },
	{ "To: ok, \\root, B <b@y.>\r\nCc: \\a@x, \\c\r\n",
	    "To: ok@host.example, root@host.example, B <b@y.>\r\nCc: \\a@x, c@host.example\r\n" ADDED_ID ADDED_FROM,
	    "ok root b@y a@x c " },
	{ "To: ok, bad addr@x\r\n", "To: ok, bad addr@x\r\n" ADDED_ID ADDED_FROM, NULL },
	{ "Subject: root\r\nTo: a@x\r\n", "Subject: root\r\nTo: a@x\r\n" ADDED_ID ADDED_FROM, "a@x " },
};

static int
compose(const char *fields, bool reads_recipients, struct buf *out, struct buf *recipients)
{
	struct recipients to = RECIPIENTS;
	struct problem    why;
	int result = compose_header(&composer, SLICE(fields), reads_recipients ? &to : NULL, out, &why);

	for (size_t i = 0; i < to.nmailboxes; i++)
		buf_addf(recipients, "%s ", to.mailbox[i].address);
	recipients_release(&to);
	return result;
}

START_TEST(fields_are_kept_completed_removed_and_added)
{
	struct buf out = BUF(4096), recipients = BUF(4096), expected = BUF(4096);

	buf_addf(&expected, "%s\r\n", cases[_i].header);
	ck_assert_int_eq(compose(cases[_i].fields, false, &out, &recipients), 0);
	ck_assert_str_eq(buf_text(&out), buf_text(&expected));
	buf_clear(&out);
	ck_assert_int_eq(compose(cases[_i].fields, true, &out, &recipients), cases[_i].recipients != NULL ? 0 : -1);
	if (cases[_i].recipients != NULL)
		ck_assert_str_eq(buf_text(&recipients), cases[_i].recipients);
	buf_release(&out);
	buf_release(&recipients);
	buf_release(&expected);
}
END_TEST

static const struct { const char *name, *from; } names[] = {
	{ "", "From: joe@host.example\r\n" },
	{ "Joe Q Public", "From: Joe Q Public <joe@host.example>\r\n" },
	{ "Public, Joe", "From: \"Public, Joe\" <joe@host.example>\r\n" },
	{ "Joe \"J\" \\P.", "From: \"Joe \\\"J\\\" \\\\P.\" <joe@host.example>\r\n" },
	{ " Joe ", "From: \" Joe \" <joe@host.example>\r\n" },
	{ "=?utf-8?Q?x?=", "From: \"=?utf-8?Q?x?=\" <joe@host.example>\r\n" },
	{ "J\xC3\xB6rg A.", "From: =?utf-8?Q?J=C3=B6rg=20A=2E?= <joe@host.example>\r\n" },
	{ "J\xF6rg", "From: =?unknown-8bit?Q?J=F6rg?= <joe@host.example>\r\n" },
	{ "a\nBcc: z@x", "From: =?utf-8?Q?a=0ABcc=3A=20z=40x?= <joe@host.example>\r\n" },
	{ "\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6",
	    "From: =?utf-8?Q?=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6=C3=B6?=\r\n =?utf-8?Q?=C3=B6?="
	    " <joe@host.example>\r\n" },
};

START_TEST(name_is_nothing_but_a_name)
{
	struct composer c = composer;
	struct buf      out = BUF(4096), expected = BUF(4096);
	struct problem  why;

	c.name = names[_i].name;
	buf_addf(&expected, "To: a@x\r\n" ADDED_ID "%s\r\n", names[_i].from);
	ck_assert_int_eq(compose_header(&c, SLICE("To: a@x\r\n"), NULL, &out, &why), 0);
	ck_assert_str_eq(buf_text(&out), buf_text(&expected));
	buf_release(&out);
	buf_release(&expected);
}
END_TEST

/* A Subject of words of a length; each is given in octets. */
static const struct { size_t nwords, word; bool keeps_text; } long_lines[] = {
	{ 1, 980, true }, { 1000, 4, true }, { 30, 990, true }, { 1, 989, true }, { 2, 997, true }, { 1, 998, false },
	{ 1, 3000, false }, { 3, 2500, false },
};

START_TEST(long_header_lines_are_folded_not_cut)
{
	struct buf   field = BUF(1 << 20), out = BUF(1 << 20), unfolded = BUF(1 << 20), ignored = BUF(0);
	struct slice rest;

	buf_add(&field, SLICE("To: a@x\r\nX:"));
	for (size_t i = 0; i < long_lines[_i].nwords; i++)
		buf_addf(&field, " %0*d", (int)long_lines[_i].word, 0);
	buf_add(&field, SLICE("\r\n"));
	ck_assert_int_eq(compose(buf_text(&field), false, &out, &ignored), 0);
	for (rest = buf_slice(&out); rest.len > 0;) {
		struct slice line = slice_cut(&rest, '\n');

		ck_assert_uint_le(line.len, FOLD_LINE_MAX + 1);
		buf_add(&unfolded, (struct slice){ line.at, line.len - 1 });
	}
	buf_cut(&field, field.len - 2);
	if (long_lines[_i].keeps_text)
		ck_assert_ptr_nonnull(strstr(buf_text(&unfolded), buf_text(&field) + strlen("To: a@x\r\n")));
	else
		ck_assert_uint_ge(unfolded.len, field.len);
	buf_release(&field);
	buf_release(&out);
	buf_release(&unfolded);
}
END_TEST

/* A fold may stand behind a comma, but not within an address. */
START_TEST(a_long_list_without_blanks_names_whom_it_named)
{
	struct buf   field = BUF(1 << 16), out = BUF(1 << 16), before = BUF(1 << 16), after = BUF(1 << 16);
	struct field f;
	struct slice rest;

	buf_addf(&field, "To: %0*d@example.net", _i, 0);
	for (int i = 0; i < 200; i++)
		buf_addf(&field, ",recipient.number.%d@example.net", i);
	buf_add(&field, SLICE("\r\n"));
	ck_assert_int_eq(compose(buf_text(&field), true, &out, &before), 0);
	rest = buf_slice(&out);
	ck_assert(header_next(&rest, &f));
	buf_clear(&field);
	buf_add(&field, f.whole);
	buf_clear(&out);
	ck_assert_int_eq(compose(buf_text(&field), true, &out, &after), 0);
	ck_assert_str_eq(buf_text(&after), buf_text(&before));
	buf_release(&field);
	buf_release(&out);
	buf_release(&before);
	buf_release(&after);
}
END_TEST

/* RFC 5322, 4.5.8: blanks in front of the colon are no place to fold, nor is the name itself. */
static const struct { int name, blanks; } colons[] = { { 3, 1 }, { 3, 400 }, { 899, 1 }, { 900, 0 } };

START_TEST(a_name_and_its_colon_stay_on_one_line)
{
	struct buf   field = BUF(1 << 16), out = BUF(1 << 16), ignored = BUF(0);
	struct slice rest;
	struct field f;

	buf_addf(&field, "%0*d%*s:%01200d\r\n", colons[_i].name, 0, colons[_i].blanks, "", 0);
	ck_assert_int_eq(compose(buf_text(&field), false, &out, &ignored), 0);
	rest = buf_slice(&out);
	ck_assert(header_next(&rest, &f));
	ck_assert_uint_eq(f.name.len, (size_t)colons[_i].name);
	ck_assert_uint_ge(f.body.len, 1200);
	buf_release(&field);
	buf_release(&out);
}
END_TEST

/* Decodes what stands in encoded words, and joins them: RFC 2047, 6.2.  Other text stays. */
static void
decode_words(struct slice text, struct buf *out)
{
	while (text.len > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));
		const char  *begin = memmem(line.at, line.len, "=?utf-8?Q?", 10);
		char         hex[3] = "";

		ck_assert_ptr_nonnull(begin);
		ck_assert(slice_ends(line, SLICE("?=")));
		ck_assert_uint_le((size_t)(line.at + line.len - begin), 75);
		line = slice_from(line, (size_t)(begin - line.at) + 10);
		for (size_t i = 0; i < line.len - 2; i++) {
			if (line.at[i] != '=') {
				buf_add_byte(out, line.at[i]);
				continue;
			}
			memcpy(hex, line.at + i + 1, 2);
			buf_add_byte(out, (char)strtoul(hex, NULL, 16));
			i += 2;
		}
	}
}

static const struct { const char *name, *first, *word, *last; bool encoded; } words[] = {
	{ "Subject", "", "x", "", true }, { "subject", "two ", "\xC3\xBC", " words=?", true }, { "Comments", "", "x", "", true },
	{ "X-Trace", "", "_", "", true }, { "Thread-Topic", "", "x", "", false }, { "References", "", "x", "", false },
};

START_TEST(a_word_that_is_too_long_for_a_line_is_read_as_it_was)
{
	struct buf  text = BUF(1 << 16), field = BUF(1 << 16), out = BUF(1 << 16), decoded = BUF(1 << 16), ignored = BUF(0);
	const char *at;

	buf_addf(&text, "%s", words[_i].first);
	while (text.len < 2000)
		buf_addf(&text, "%s", words[_i].word);
	buf_addf(&text, "%s", words[_i].last);
	buf_addf(&field, "To: a@x\r\n%s: %s\r\n", words[_i].name, buf_text(&text));
	ck_assert_int_eq(compose(buf_text(&field), false, &out, &ignored), 0);
	at = strstr(buf_text(&out), words[_i].name);
	ck_assert_int_eq(strstr(at, "=?utf-8?Q?") != NULL, words[_i].encoded);
	if (words[_i].encoded) {
		decode_words((struct slice){ at, (size_t)(strstr(at, "\r\nDate:") + 2 - at) }, &decoded);
		ck_assert_str_eq(buf_text(&decoded), buf_text(&text));
	}
	buf_release(&text);
	buf_release(&field);
	buf_release(&out);
	buf_release(&decoded);
}
END_TEST

START_TEST(a_message_that_goes_round_in_a_circle_is_refused)
{
	for (int hops = 49; hops <= 50; hops++) {
		struct buf     fields = BUF(1 << 16), out = BUF(1 << 16);
		struct problem why;

		for (int i = 0; i < hops; i++)
			buf_addf(&fields, "%s: from a by b; D\r\n", i % 2 == 0 ? "Received" : "received ");
		ck_assert_int_eq(compose_header(&composer, buf_slice(&fields), NULL, &out, &why), hops < 50 ? 0 : -1);
		if (hops == 50)
			ck_assert_str_eq(why.status, "5.4.6");
		buf_release(&fields);
		buf_release(&out);
	}
}
END_TEST

START_TEST(a_header_that_outgrows_its_limit_is_refused)
{
	struct composer c = composer;
	struct buf      fields = BUF(2 << 20), out = BUF(COMPOSE_MAX);
	struct problem  why;

	buf_add(&fields, SLICE("To: a"));
	while (fields.len < 1 << 20)
		buf_add(&fields, SLICE(",a"));
	buf_add(&fields, SLICE("\r\n"));
	ck_assert_int_eq(compose_header(&c, buf_slice(&fields), NULL, &out, &why), -1);
	ck_assert_str_eq(why.status, "5.3.4");
	buf_release(&fields);
	buf_release(&out);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, fields_are_kept_completed_removed_and_added, cases);
	add_table(t, name_is_nothing_but_a_name, names);
	add_table(t, long_header_lines_are_folded_not_cut, long_lines);
	tcase_add_loop_test(t, a_long_list_without_blanks_names_whom_it_named, 1, 40);
	add_table(t, a_name_and_its_colon_stay_on_one_line, colons);
	add_table(t, a_word_that_is_too_long_for_a_line_is_read_as_it_was, words);
	tcase_add_test(t, a_message_that_goes_round_in_a_circle_is_refused);
	tcase_add_test(t, a_header_that_outgrows_its_limit_is_refused);
}
