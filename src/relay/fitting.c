/* SPDX-License-Identifier: ISC */
#include "relay/fitting.h"

#include "base/crc32.h"

enum { BLOCK = 32 << 10 };

void
fitting_init(struct fitting *f, const struct entry *entry, int fd)
{
	*f = (struct fitting){
		.entry = entry,
		.fd = fd,
		.out = BUF(RECODE_ROOM(BLOCK)),
	};
}

void
fitting_release(struct fitting *f)
{
	recode_release(&f->recode);
	buf_release(&f->out);
}

static ssize_t
read_stored(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	const struct fitting *f = argument;

	return entry_message(f->entry, f->fd, offset, at, room, why);
}

static void
rewind_to_begin(struct fitting *f)
{
	recode_release(&f->recode);
	recode_init(&f->recode, f->charset);
	buf_clear(&f->out);
	f->out_at = 0;
	f->at = 0;
	f->crc = 0;
	f->ended = false;
}

/* Recodes the next block.  At the end it must have been what the entry promises. */
static int
recode_more(struct fitting *f, struct problem *why)
{
	char         block[BLOCK];
	ssize_t      n = entry_message(f->entry, f->fd, f->at, block, sizeof block, why);
	struct slice piece = { block, n > 0 ? (size_t)n : 0 };

	if (n < 0)
		return -1;
	buf_clear(&f->out);
	f->out_at = 0;
	f->at += n;
	f->crc = crc32_add(f->crc, piece);
	f->ended = n == 0;
	if (f->ended && f->crc != f->entry->message_crc)
		return problem_set(why, VERDICT_LATER, "4.3.0", "the message in the spool is damaged: not sent");
	if (f->ended)
		recode_end(&f->recode, &f->out);
	else
		recode_add(&f->recode, piece, &f->out);
	return 0;
}

/* In order only, or from the begin again. */
static ssize_t
read_recoded(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	struct fitting *f = argument;
	struct slice    ready;

	if (offset == 0)
		rewind_to_begin(f);
	while (f->out_at == f->out.len && !f->ended)
		if (recode_more(f, why) != 0)
			return -1;
	ready = slice_from(buf_slice(&f->out), f->out_at);
	if (ready.len < room)
		room = ready.len;
	memcpy(at, ready.at, room);
	f->out_at += room;
	return (ssize_t)room;
}

static int
measure(struct fitting *f, struct text *text, struct problem *why)
{
	char    block[BLOCK];
	ssize_t n;

	*text = (struct text){ .read = read_recoded, .argument = f };
	while ((n = read_recoded(f, text->len, block, sizeof block, why)) > 0) {
		text->len += n;
		text->crc = crc32_add(text->crc, (struct slice){ block, (size_t)n });
		for (ssize_t i = 0; i < n; i++)
			text->eightbit = text->eightbit || (unsigned char)block[i] > 127;
	}
	return n == 0 ? 0 : -1;
}

/* Which charset a text has shows when it was read; then what the header says of it may have to change. */
static int
encode(struct fitting *f, struct text *text, struct problem *why)
{
	f->charset = "utf-8";
	if (measure(f, text, why) != 0)
		return -1;
	if (utf8_holds(&f->recode.utf8))
		return 0;
	f->charset = utf8_charset(&f->recode.utf8);
	return measure(f, text, why);
}

/* RFC 5321, 4.5.3.1.6, and RFC 6152, 3: what the relay cannot take changes.  Its growth alone is no reason to bounce. */
int
fitting_text(struct fitting *f, const struct ehlo *offered, struct text *text, struct problem *why)
{
	const struct entry *e = f->entry;

	*text = (struct text){ read_stored, f, e->message_len, e->message_crc, e->eightbit };
	if (!e->longlines && (!e->eightbit || offered->eightbitmime))
		return 0;
	if (encode(f, text, why) != 0)
		return -1;
	if (offered->size == 0 || (unsigned long long)text->len <= offered->size ||
	    (unsigned long long)e->message_len > offered->size)
		return 0;
	f->charset = NULL;
	return measure(f, text, why);
}
