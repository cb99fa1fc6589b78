/* SPDX-License-Identifier: ISC */
#include "fuzz/fuzz.h"

#include <stdint.h>

#include "mail/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__lsan_default_suppressions(void);

/*
 * Of several TSIG records in one packet ldns_wire2pkt() forgets all but the last: as much as one answer has room for,
 * until the worker ends.  A packet that we forget is seen nonetheless.
 */
const char *
__lsan_default_suppressions(void)
{
	return "leak:ldns_rr_new\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	fuzz((struct slice){ (const char *)input, len });
	return 0;
}

bool
is_printable(const char *text)
{
	return !slice_has_control(SLICE(text)) && slice_is_ascii(SLICE(text));
}

bool
is_problem(const struct problem *why)
{
	return is_printable(why->text) && why->text[0] != '\0' &&
	    why->status[0] == (why->verdict == VERDICT_NEVER ? '5' : '4');
}

/* Up to the end of the next reply: RFC 5321, 4.2.1. */
static size_t
next_reply(struct slice words)
{
	struct slice rest = words, line;

	do
		line = slice_cut(&rest, '\n');
	while (rest.len > 0 && line.len > 3 && line.at[3] == '-');
	return words.len - rest.len;
}

static ssize_t
peer_read(struct stream *s, char *at, size_t room, struct problem *why)
{
	struct peer *p = s->peer;
	size_t       len = p->size != PEER_REPLIES ? p->size : next_reply(p->words);

	(void)why;
	if (len > p->words.len)
		len = p->words.len;
	if (len > room)
		len = room;
	if (len > 0)
		memcpy(at, p->words.at, len);
	p->words = slice_from(p->words, len);
	return (ssize_t)len;
}

static ssize_t
peer_write(struct stream *s, struct slice out, struct problem *why)
{
	struct peer *p = s->peer;

	(void)why;
	if (out.len > p->takes)
		out.len = p->takes;
	p->takes -= out.len;
	buf_add(&p->said, out);
	return (ssize_t)out.len;
}

static void
peer_hang_up(struct stream *s)
{
	(void)s;
}

static const struct stream_back back = { peer_read, peer_write, peer_hang_up };

void
peer_open(struct peer *p, struct stream *s, struct slice words, size_t size)
{
	*p = (struct peer){ words, size, SIZE_MAX, BUF(64 << 20) };
	*s = STREAM;
	s->back = &back;
	s->peer = p;
	stream_await(s, 60 * 1000, "the relay");
}

void
peer_close(struct peer *p, struct stream *s)
{
	stream_close(s);
	buf_release(&p->said);
}

struct buf
wire_of(struct slice input)
{
	struct buf  text = BUF(8 << 20);
	struct wire w = { 0 };

	wire_add(&w, input, &text);
	wire_end(&w, &text);
	return text;
}
