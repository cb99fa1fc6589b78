/* SPDX-License-Identifier: ISC
 *
 * Replies of a relay, and what it offers.  Laws: a reply is printable, bounded, has the form of one, and reads the same
 * wherever TCP cuts it.
 */
#include "fuzz/fuzz.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

static void
hold(struct reply *r)
{
	struct ehlo offer = { 0 };
	char        text[512];

	law(r->code >= 200 && r->code <= 559 && r->lines.len <= REPLY_MAX + REPLY_MAX_LINES && !r->lines.full);
	law(r->status[0] == (char)('0' + reply_class(r)) && r->status[1] == '.' && is_printable(r->status));
	reply_text(r, text, sizeof text);
	law(is_printable(text) && strlen(text) >= 3);
	ehlo_parse(&offer, buf_slice(&r->lines));
	law(is_printable(offer.auth));
}

static void
read_all(struct slice input, size_t size, struct buf *all)
{
	struct peer    p;
	struct stream  s;
	struct reply   r = REPLY;
	struct problem why;

	peer_open(&p, &s, input, size);
	while (reply_read(&r, &s, &why) == 0) {
		hold(&r);
		buf_add(all, buf_slice(&r.lines));
		buf_add(all, SLICE(r.status));
	}
	law(is_problem(&why) && why.verdict == VERDICT_LATER);
	buf_add(all, SLICE(why.text));
	reply_release(&r);
	peer_close(&p, &s);
}

void
fuzz(struct slice input)
{
	struct buf at_once = BUF(16 << 20), by_octet = BUF(16 << 20);

	read_all(input, 4096, &at_once);
	read_all(input, 1, &by_octet);
	law(slice_equal(buf_slice(&at_once), buf_slice(&by_octet)));
	buf_release(&at_once);
	buf_release(&by_octet);
}
