/* SPDX-License-Identifier: ISC */
#include "smtp/body.h"

#include "smtp/script.h"

static const struct { const char *text, *wire; } cases[] = {
	{ "", ".\r\n" },
	{ "a\r\n", "a\r\n.\r\n" },
	{ "a", "a\r\n.\r\n" },
	{ ".\r\n", "..\r\n.\r\n" },
	{ "..\r\n", "...\r\n.\r\n" },
	{ ".", "..\r\n.\r\n" },
	{ "a.b\r\n", "a.b\r\n.\r\n" },
	{ "a\r\n.\r\n", "a\r\n..\r\n.\r\n" },
	{ "a\r\n.b\r\n\r\n", "a\r\n..b\r\n\r\n.\r\n" },
	/* What an entry never holds, and a damaged or forged one might: hazard R12. */
	{ ".\n", "..\r\n.\r\n" },
	{ "a\n.\nMAIL\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "a\r.\rMAIL\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "a\r\n.\nMAIL\r\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "a\n.\r\nMAIL\r\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "a\r.\r\nMAIL\r\n", "a\r\n..\r\nMAIL\r\n.\r\n" },
	{ "a\r\r\n.\r\r\nMAIL\r\n", "a\r\n\r\n..\r\n\r\nMAIL\r\n.\r\n" },
	{ "a\n\n", "a\r\n\r\n.\r\n" },
	{ "a\n\r", "a\r\n\r\n.\r\n" },
	{ "a\r", "a\r\n.\r\n" },
};

static void
check_cut(const char *text, size_t cut, const char *wire)
{
	struct script  script;
	struct stream  stream;
	struct body    body = BODY;
	struct problem why;

	script_open(&script, &stream, "");
	body_add(&body, &stream, (struct slice){ text, cut });
	body_add(&body, &stream, SLICE(text + cut));
	body_end(&body, &stream);
	ck_assert_int_eq(stream_flush(&stream, &why), 0);
	ck_assert_str_eq(buf_text(&script.all), wire);
	script_end(&script, &stream);
}

START_TEST(R12_body_cannot_end_itself)
{
	for (size_t cut = 0; cut <= strlen(cases[_i].text); cut++)
		check_cut(cases[_i].text, cut, cases[_i].wire);
}
END_TEST

/* All texts of up to six octets from a hostile alphabet: no CR or LF alone, and the lone dot only at the end. */
START_TEST(R12_no_text_at_all_can_end_itself)
{
	static const char alphabet[] = "\r\n.a";

	for (unsigned number = 0; number < 1u << 12; number++) {
		char           text[6];
		struct script  script;
		struct stream  stream;
		struct body    body = BODY;
		struct problem why;
		const char    *end;

		for (unsigned i = 0; i < sizeof text; i++)
			text[i] = alphabet[number >> 2 * i & 3];
		script_open(&script, &stream, "");
		stream_add(&stream, SLICE("\r\n"));
		body_add(&body, &stream, (struct slice){ text, sizeof text });
		body_end(&body, &stream);
		ck_assert_int_eq(stream_flush(&stream, &why), 0);
		end = strstr(script.all.at, "\r\n.\r\n");
		ck_assert_ptr_nonnull(end);
		ck_assert_str_eq(end, "\r\n.\r\n");
		for (const char *c = script.all.at; *c != '\0'; c++)
			ck_assert((*c == '\r') == (c[1] == '\n'));
		script_end(&script, &stream);
	}
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, R12_body_cannot_end_itself, cases);
	tcase_add_test(t, R12_no_text_at_all_can_end_itself);
}
