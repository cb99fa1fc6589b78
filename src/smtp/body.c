/* SPDX-License-Identifier: ISC */
#include "smtp/body.h"

static void
add_text(struct body *b, struct stream *s, struct slice text)
{
	if (text.len == 0)
		return;
	if (!b->within && text.at[0] == '.')
		stream_add(s, SLICE("."));
	stream_add(s, text);
	b->within = true;
	b->after_cr = false;
}

/*
 * RFC 5321, 2.3.8: CR and LF leave this host only as a pair.
 * RFC 5321, 4.5.2: a line that begins with a dot gets a second dot.
 *
 * A CR or LF alone counts as a line end.  If it were passed on, or became CRLF without the dot rule applied to what
 * follows, a message holding "\r.\r" could end itself early and have its own text obeyed as commands (hazard R12).
 */
void
body_add(struct body *b, struct stream *s, struct slice text)
{
	while (text.len > 0) {
		size_t len = slice_line_len(text);

		add_text(b, s, (struct slice){ text.at, len });
		text = slice_from(text, len);
		if (text.len == 0)
			return;
		if (text.at[0] != '\n' || !b->after_cr)
			stream_add(s, SLICE("\r\n"));
		b->after_cr = text.at[0] == '\r';
		b->within = false;
		text = slice_from(text, 1);
	}
}

void
body_end(struct body *b, struct stream *s)
{
	stream_add(s, SLICE(b->within ? "\r\n.\r\n" : ".\r\n"));
}
