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

static ssize_t
peer_read(struct stream *s, char *at, size_t room, struct problem *why)
{
	struct peer *p = s->peer;
	size_t       len = p->words.len < p->size ? p->words.len : p->size;

	(void)why;
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
	(void)why;
	buf_add(&((struct peer *)s->peer)->said, out);
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
	*p = (struct peer){ words, size, BUF(64 << 20) };
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
