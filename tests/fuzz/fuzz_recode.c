/* SPDX-License-Identifier: ISC
 *
 * What a relay cannot take, recoded.  Laws: it comes out the same wherever it was cut; no line is over 998 octets; what
 * is decoded is what was encoded; and what is recoded fits, so that it stays as it is the second time.
 */
#include "fuzz/fuzz.h"
#include "mail/fold.h"
#include "mail/recode.h"

enum { ROOM = 16 << 20 };

static struct buf
recode(struct slice text, size_t size)
{
	struct recode r;
	struct buf    out = BUF(ROOM);

	recode_init(&r, "utf-8");
	while (text.len > 0) {
		size_t n = text.len < size ? text.len : size, before = out.len;

		recode_add(&r, (struct slice){ text.at, n }, &out);
		law(out.len - before <= RECODE_ROOM(n));
		text = slice_from(text, n);
	}
	recode_end(&r, &out);
	recode_release(&r);
	law(!out.full);
	return out;
}

static void
hold_lines(struct slice text)
{
	law(text.len == 0 || slice_ends(text, SLICE("\r\n")));
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		law(slice_ends(line, SLICE("\r")) && line.len <= FOLD_LINE_MAX + 1);
		law(memchr(line.at, '\r', line.len - 1) == NULL);
	}
}

static int
hex(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* RFC 2045, 6.7, forgiving nothing. */
static void
decode(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		law(strchr("\t\r\n", text.at[i]) != NULL || (text.at[i] >= ' ' && text.at[i] < 127));
		if (text.at[i] != '=') {
			buf_add_byte(out, text.at[i]);
			continue;
		}
		law(i + 2 < text.len);
		if (text.at[i + 1] != '\r')
			buf_add_byte(out, (char)(hex(text.at[i + 1]) << 4 | hex(text.at[i + 2])));
		i += 2;
	}
}

static void
hold_body(struct slice body)
{
	struct buf   whole = BUF(ROOM), decoded = BUF(ROOM), out;
	const char  *begin;

	buf_add(&whole, SLICE("A: b\r\n\r\n"));
	buf_add(&whole, body);
	out = recode(buf_slice(&whole), 4096);
	begin = memmem(out.at, out.len, "\r\n\r\n", 4);
	law(begin != NULL);
	decode(slice_from(buf_slice(&out), (size_t)(begin + 4 - out.at)), &decoded);
	law(slice_equal(buf_slice(&decoded), body));
	buf_release(&whole);
	buf_release(&decoded);
	buf_release(&out);
}

void
fuzz(struct slice input)
{
	struct buf text = wire_of(input), out = recode(buf_slice(&text), 4096), again = recode(buf_slice(&text), 3);

	law(slice_equal(buf_slice(&out), buf_slice(&again)));
	hold_lines(buf_slice(&out));
	buf_release(&again);
	again = recode(buf_slice(&out), 4096);
	law(slice_equal(buf_slice(&out), buf_slice(&again)));
	hold_body(buf_slice(&text));
	buf_release(&text);
	buf_release(&out);
	buf_release(&again);
}
