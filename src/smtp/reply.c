/* SPDX-License-Identifier: ISC */
#include "smtp/reply.h"

static void
clean(char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)at[i] < ' ' || (unsigned char)at[i] > 126)
			at[i] = '?';
}

/* Adds the next line and an LF to the reply.  octets counts all that came from the wire, kept or not. */
static int
read_line(struct reply *r, struct stream *s, size_t *octets, struct problem *why)
{
	size_t start = r->lines.len;
	int    c;

	while ((c = stream_byte(s, why)) >= 0 && c != '\n') {
		if (++*octets > REPLY_MAX)
			return problem_set(why, VERDICT_LATER, "4.5.0", "the reply from the relay does not end");
		if (r->lines.len - start < REPLY_MAX_LINE)
			buf_add_byte(&r->lines, (char)c);
	}
	if (c < 0)
		return -1;
	if (r->lines.len > start && r->lines.at[r->lines.len - 1] == '\r')
		buf_cut(&r->lines, r->lines.len - 1);
	if (r->lines.len > start)
		clean(r->lines.at + start, r->lines.len - start);
	stream_trace(s, "<-", slice_from(buf_slice(&r->lines), start));
	buf_add_byte(&r->lines, '\n');
	return 0;
}

/* RFC 5321, 4.2: three digits, the first 2 to 5, the second 0 to 5; then a blank, a hyphen (more follows) or nothing */
static bool
parse_code(struct slice line, unsigned *code, bool *more)
{
	unsigned long long number;
	char               mark = line.len > 3 ? line.at[3] : ' ';

	if (line.len < 3 || !slice_number((struct slice){ line.at, 3 }, 559, &number) || number < 200 ||
	    number / 10 % 10 > 5 || (mark != ' ' && mark != '-'))
		return false;
	*code = (unsigned)number;
	*more = mark == '-';
	return true;
}

/* RFC 3463, 2: class "." subject "." detail; the class must be that of the code (RFC 2034, 4). */
static bool
parse_status(struct slice text, unsigned class, char status[sizeof "5.999.999"])
{
	struct slice       word = slice_cut(&text, ' '), rest = word;
	unsigned long long first, subject, detail;

	if (!slice_number(slice_cut(&rest, '.'), 5, &first) || first != class || word.at[1] != '.' ||
	    word.len >= sizeof "5.999.999" ||
	    !slice_number(slice_cut(&rest, '.'), 999, &subject) || !slice_number(rest, 999, &detail))
		return false;
	printable_copy(status, sizeof "5.999.999", word);
	return true;
}

/*
 * What a code says of itself.  550, 551 and 553 are used for "no such mailbox" and for "you may not send through me"
 * alike: they say nothing that would settle a recipient's fate at once.
 */
static const char *
default_status(unsigned code)
{
	static const struct { unsigned code; const char *status; } known[] = {
		{ 421, "4.3.2" }, { 450, "4.2.0" }, { 451, "4.3.0" }, { 452, "4.3.1" }, { 454, "4.7.0" },
		{ 500, "5.5.2" }, { 501, "5.5.4" }, { 502, "5.5.1" }, { 503, "5.5.1" }, { 504, "5.5.4" },
		{ 530, "5.7.0" }, { 535, "5.7.8" },
	};
	static const char *const by_class[] = { "2.0.0", "3.0.0", "4.0.0", "5.0.0" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].code == code)
			return known[i].status;
	return by_class[code / 100 - 2];
}

/* Of the lines after the first the code must be the same, or nobody knows which one is meant. */
static int
read_lines(struct reply *r, struct stream *s, struct problem *why)
{
	struct slice text;
	size_t       octets = 0, start;
	unsigned     code;
	bool         more = true;

	for (unsigned line = 0; more; line++) {
		start = r->lines.len;
		if (line == REPLY_MAX_LINES)
			return problem_set(why, VERDICT_LATER, "4.5.0", "the reply from the relay does not end");
		if (read_line(r, s, &octets, why) != 0)
			return -1;
		text = slice_from(buf_slice(&r->lines), start);
		text.len--;   /* its LF */
		if (!parse_code(text, &code, &more) || (line > 0 && code != r->code))
			return problem_set(why, VERDICT_LATER, "4.5.0", "not an SMTP reply: \"%.*s\"",
			    (int)(text.len < 80 ? text.len : 80), text.at);
		r->code = code;
	}
	return 0;
}

int
reply_read(struct reply *r, struct stream *s, struct problem *why)
{
	struct slice rest;

	buf_clear(&r->lines);
	r->code = 0;
	if (read_lines(r, s, why) != 0)
		return -1;
	rest = buf_slice(&r->lines);
	if (!parse_status(slice_from(slice_cut(&rest, '\n'), 4), reply_class(r), r->status))
		strlcpy(r->status, default_status(r->code), sizeof r->status);
	return 0;
}

void
reply_release(struct reply *r)
{
	buf_release(&r->lines);
}

unsigned
reply_class(const struct reply *r)
{
	return r->code / 100;
}

void
reply_text(const struct reply *r, char *field, size_t size)
{
	struct slice text = slice_trim(buf_slice(&r->lines));
	size_t       len = text.len < size ? text.len : size - 1;

	for (size_t i = 0; i < len; i++)
		field[i] = text.at[i] == '\n' ? ' ' : text.at[i];
	field[len] = '\0';
}
