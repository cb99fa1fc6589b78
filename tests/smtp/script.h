/* SPDX-License-Identifier: ISC
 *
 * tests/smtp/script.h: a relay that is a text.  Each line is a step:
 *
 *     <220 hello       the relay says this, and CRLF
 *     <<220 he         the relay says this, without an end of line
 *     >EHLO client     salsa must say exactly this, in one line
 *     !                the relay says nothing more; without it the connection is closed at the end
 *
 * What salsa says must be there before the relay's next line is read: that is how order and pipelining are seen.
 */
#ifndef SMTP_SCRIPT_H
#define SMTP_SCRIPT_H

#include "lib/unit.h"
#include "net/stream.h"

struct script {
	struct slice rest;       /* steps that are still to come */
	struct buf   heard;      /* what salsa said, and no step has matched yet */
	struct buf   all;        /* all that it said */
	unsigned     nwrites;
	bool         by_octet;   /* the relay's words come one octet at a time */
	struct buf   line;       /* the relay's words that are on their way */
	size_t       line_at;
};

static void
script_match(struct script *s, struct slice step)
{
	struct slice said = buf_slice(&s->heard), rest = said;
	struct slice line = slice_cut(&rest, '\n');
	char         expected[512], got[512];

	snprintf(expected, sizeof expected, "%.*s", SLICE_ARG(step));
	snprintf(got, sizeof got, "%.*s", SLICE_ARG(slice_trim(line)));
	ck_assert_str_eq(got, expected);
	ck_assert(slice_ends(line, SLICE("\r")));
	memmove(s->heard.at, rest.at, rest.len);
	buf_cut(&s->heard, rest.len);
}

/* Plays salsa's steps up to the relay's next line, which becomes s->line.  Returns false at the end. */
static bool
script_next(struct script *s)
{
	while (s->rest.len > 0 && s->rest.at[0] != '!') {
		struct slice step = slice_cut(&s->rest, '\n');

		if (step.at[0] == '>') {
			script_match(s, slice_from(step, 1));
			continue;
		}
		ck_assert(step.at[0] == '<');
		buf_clear(&s->line);
		s->line_at = 0;
		if (slice_begins(step, SLICE("<<"))) {
			buf_add(&s->line, slice_from(step, 2));
		} else {
			buf_add(&s->line, slice_from(step, 1));
			buf_add(&s->line, SLICE("\r\n"));
		}
		return true;
	}
	return false;
}

static ssize_t
script_read(struct stream *stream, char *at, size_t room, struct problem *why)
{
	struct script *s = stream->peer;
	size_t         len;

	if (s->line_at == s->line.len && !script_next(s)) {
		if (s->rest.len > 0)
			return problem_set(why, VERDICT_LATER, "4.4.2", "timed out waiting for %s", stream->awaited);
		return 0;
	}
	len = s->by_octet ? 1 : s->line.len - s->line_at;
	ck_assert_uint_le(len, room);
	memcpy(at, s->line.at + s->line_at, len);
	s->line_at += len;
	return (ssize_t)len;
}

static ssize_t
script_write(struct stream *stream, struct slice out, struct problem *why)
{
	struct script *s = stream->peer;

	(void)why;
	s->nwrites++;
	buf_add(&s->heard, out);
	buf_add(&s->all, out);
	return (ssize_t)out.len;
}

static void
script_close(struct stream *stream)
{
	(void)stream;
}

static const struct stream_back script_back = { script_read, script_write, script_close };

static void
script_open(struct script *s, struct stream *stream, const char *text)
{
	*s = (struct script){
		.rest = SLICE(text),
		.heard = BUF(1 << 20),
		.all = BUF(1 << 20),
		.line = BUF(1 << 20),
	};
	*stream = STREAM;
	stream->back = &script_back;
	stream->peer = s;
	stream_await(stream, 60 * 1000, "the relay");
}

static void
script_end(struct script *s, struct stream *stream)
{
	stream_close(stream);
	buf_release(&s->heard);
	buf_release(&s->all);
	buf_release(&s->line);
}

#endif
