/* SPDX-License-Identifier: ISC */
#include "mail/command.h"

#include "base/buf.h"
#include "lib/unit.h"

/* "VERB[argument]", then the path of FROM:, then its parameters. */
static const struct { const char *line, *parts; } lines[] = {
	{ "QUIT", "QUIT[]" },
	{ "", "[]" },
	{ "  noop  a  b ", "noop[a  b]" },
	{ "MAIL FROM:<>", "MAIL[FROM:<>] <>" },
	{ "MAIL FROM:<a@x> SIZE=10 BODY=8BITMIME", "MAIL[FROM:<a@x> SIZE=10 BODY=8BITMIME] <a@x> SIZE:10 BODY:8BITMIME" },
	{ "mail from: <a@x>  AUTH=<> SMTPUTF8 X=", "mail[from: <a@x>  AUTH=<> SMTPUTF8 X=] <a@x> AUTH:<> SMTPUTF8 X:" },
	{ "MAIL FROM:a@x SIZE=1=2", "MAIL[FROM:a@x SIZE=1=2] a@x SIZE:1=2" },
	{ "MAIL FROM:<\"a > \\\" b\"@x> A", "MAIL[FROM:<\"a > \\\" b\"@x> A] <\"a > \\\" b\"@x> A" },
	{ "MAIL FROM:<a@x>SIZE=1", "MAIL[FROM:<a@x>SIZE=1] none" },
	{ "MAIL FROM:<a@x", "MAIL[FROM:<a@x] none" },
	{ "MAIL FROM:<\"a@x>", "MAIL[FROM:<\"a@x>] none" },
	{ "MAIL FROM:", "MAIL[FROM:] none" },
	{ "MAIL FROM <a@x>", "MAIL[FROM <a@x>]" },
};

START_TEST(a_line_has_parts)
{
	struct command   c = command_read(SLICE(lines[_i].line));
	struct buf       b = BUF(512);
	struct slice     path;
	struct parameter p;

	buf_addf(&b, "%.*s[%.*s]", SLICE_ARG(c.verb), SLICE_ARG(c.argument));
	if (command_path(&c.argument, "FROM:", &path)) {
		buf_addf(&b, " %.*s", SLICE_ARG(path));
		while (command_parameter(&c.argument, &p))
			buf_addf(&b, " %.*s%s%.*s", SLICE_ARG(p.name), p.value.at != NULL ? ":" : "",
			    (int)p.value.len, p.value.at != NULL ? p.value.at : "");
	} else if (strchr(lines[_i].line, ':') != NULL) {
		buf_add(&b, SLICE(" none"));
	}
	ck_assert_str_eq(buf_text(&b), lines[_i].parts);
	buf_release(&b);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_line_has_parts, lines);
}
