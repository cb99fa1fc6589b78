/* SPDX-License-Identifier: ISC */
#include "mail/wire.h"

#include <stdint.h>

enum { EIGHT = sizeof(uint64_t) };

static bool
is_text(char c)
{
	return c != '\n' && c != '\r' && c != '\0';
}

/* Copies eight octets at once, unless one of them is at most a CR: line ends and NUL are. */
static bool
copy_eight(char *to, const char *at)
{
	const uint64_t each = 0x0101010101010101u;
	uint64_t       eight;

	memcpy(&eight, at, EIGHT);
	if (((eight - each * ('\r' + 1)) & ~eight & each * 0x80) != 0)
		return false;
	memcpy(to, &eight, EIGHT);
	return true;
}

/* Copies what stands in front of the first line end or NUL.  Returns how much. */
static size_t
copy_text(char *to, struct slice in)
{
	size_t n = 0;

	while (n < in.len) {
		size_t step = in.len - n < EIGHT ? in.len - n : EIGHT;

		if (step == EIGHT && copy_eight(to + n, in.at + n)) {
			n += EIGHT;
			continue;
		}
		for (; step > 0; step--, n++) {
			if (!is_text(in.at[n]))
				return n;
			to[n] = in.at[n];
		}
	}
	return n;
}

static char *
end_line(struct wire *w, char *to)
{
	memcpy(to, "\r\n", 2);
	w->open = false;
	return to + 2;
}

/* Takes what is next off the front of in: a run of text and what ends it, be that a line end or a NUL. */
static char *
add_next(struct wire *w, struct slice *in, char *to)
{
	size_t n = copy_text(to, *in);
	char   c;

	if (n > 0) {
		to += n;
		w->after_cr = false;
		w->open = w->middle = true;
	}
	if (n == in->len) {
		*in = slice_from(*in, n);
		return to;
	}
	c = in->at[n];
	*in = slice_from(*in, n + 1);
	if (c == '\0') {
		w->had_nul = w->middle = true;   /* a dot behind it is not alone */
		return to;
	}
	if (c == '\r' || !w->after_cr)
		to = end_line(w, to);
	w->after_cr = c == '\r';
	w->middle = c == '\r';   /* only behind LF can the dot stand: to the caller a CR alone is no line end */
	return to;
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

static char *
let_go(struct wire *w, char *to)
{
	struct slice held = { ".\r", w->held };

	w->held = 0;
	while (held.len > 0)
		to = add_next(w, &held, to);
	return to;
}

void
wire_add(struct wire *w, struct slice in, struct buf *out)
{
	char *to = buf_reserve(out, 2 * (w->held + in.len));   /* if each of them is a line end */

	if (to == NULL)
		return;
	while (in.len > 0 && !w->ended) {
		if (w->dot_ends && (!w->middle || w->held > 0)) {
			if (hold_dot(w, in.at[0])) {
				in = slice_from(in, 1);
				continue;
			}
			to = let_go(w, to);
		}
		to = add_next(w, &in, to);
	}
	buf_end(out, to);
	w->cut = w->cut || in.len > 0;
}

void
wire_end(struct wire *w, struct buf *out)
{
	char *to = w->open ? buf_reserve(out, 2) : NULL;

	if (to != NULL)
		buf_end(out, end_line(w, to));
}
