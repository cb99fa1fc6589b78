/* SPDX-License-Identifier: ISC */
#include "mail/wire.h"

static void
end_line(struct wire *w, struct buf *out)
{
	buf_add(out, SLICE("\r\n"));
	w->open = false;
}

static const struct slice not_text = { "\n\r", sizeof "\n\r" };   /* line ends, and NUL */

/* Takes what is next off the front of in: a run of text, a line end or a NUL. */
static void
add_next(struct wire *w, struct slice *in, struct buf *out)
{
	size_t n = slice_until(*in, not_text);
	char   c;

	if (n > 0) {
		buf_add(out, (struct slice){ in->at, n });
		w->after_cr = false;
		w->open = w->middle = true;
		*in = slice_from(*in, n);
		return;
	}
	c = in->at[0];
	*in = slice_from(*in, 1);
	if (c == '\0') {
		w->had_nul = true;
		return;
	}
	if (c == '\r' || !w->after_cr)
		end_line(w, out);
	w->after_cr = c == '\r';
	w->middle = c == '\r';   /* only behind LF can the dot stand: to the caller a CR alone is no line end */
}

/* The octet c at the begin of a line, or behind a dot there.  Returns whether it is held back, or ended the input. */
static bool
hold_dot(struct wire *w, char c)
{
	static const char dot[] = ".\r";

	if (w->held > 0 && c == '\n') {
		w->ended = true;
		return true;
	}
	if (w->held < 2 && c == dot[w->held]) {
		w->held++;
		return true;
	}
	return false;
}

static void
let_go(struct wire *w, struct buf *out)
{
	struct slice held = { ".\r", w->held };

	w->held = 0;
	while (held.len > 0)
		add_next(w, &held, out);
}

void
wire_add(struct wire *w, struct slice in, struct buf *out)
{
	while (in.len > 0 && !w->ended) {
		if (w->dot_ends && (!w->middle || w->held > 0)) {
			if (hold_dot(w, in.at[0])) {
				in = slice_from(in, 1);
				continue;
			}
			let_go(w, out);
		}
		add_next(w, &in, out);
	}
	w->cut = w->cut || in.len > 0;
}

void
wire_end(struct wire *w, struct buf *out)
{
	if (w->open)
		end_line(w, out);
}
