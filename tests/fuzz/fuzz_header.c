/* SPDX-License-Identifier: ISC
 *
 * The header of a message.  Laws: it ends at the same place wherever the text was cut when it was looked for, its
 * fields are all of it, and nothing is lost between header and body.
 */
#include "fuzz/fuzz.h"
#include "mail/header.h"

static struct header
find(struct slice text, size_t step)
{
	struct header h = { 0 };
	size_t        seen = 0;

	while (seen < text.len && !header_find(&h, (struct slice){ text.at, seen }, false))
		seen += step;
	if (seen >= text.len)
		header_find(&h, text, true);
	return h;
}

void
fuzz(struct slice input)
{
	struct buf    text = wire_of(input);
	struct header at_once = find(buf_slice(&text), text.len + 1), by_octet = find(buf_slice(&text), 1);
	struct slice  rest = slice_from((struct slice){ text.at, at_once.end }, at_once.begin);
	struct field  f;

	law(at_once.begin == by_octet.begin && at_once.end == by_octet.end && at_once.body == by_octet.body);
	law(at_once.begin <= at_once.end && at_once.end <= at_once.body && at_once.body <= text.len);
	law(at_once.body - at_once.end <= 2);
	while (header_next(&rest, &f)) {
		law(f.name.len > 0 && f.whole.len >= f.name.len + 3 && slice_ends(f.whole, SLICE("\r\n")));
		law(memchr(f.name.at, '\n', f.name.len) == NULL);
	}
	law(rest.len == 0);
	buf_release(&text);
}
