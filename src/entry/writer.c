/* SPDX-License-Identifier: ISC */
#include "entry/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/xalloc.h"

enum { SMALL_BLOCK = 64 << 10, LARGE_BLOCK = 256 << 10 };   /* octets; most entries fit into the first */
enum { LONGEST_LINE = ENTRY_LINE_MAX + 2 };                 /* with its CRLF */

static void
fail(struct writer *w, const char *words)
{
	if (!w->failed)
		problem_set(&w->why, VERDICT_LATER, "4.3.0", "write message: %s", words);
	w->failed = true;
}

static void
flush(struct writer *w)
{
	size_t done = 0;

	if (w->fd < 0 && !w->failed && (w->fd = w->make_file()) < 0)
		fail(w, strerror(errno));
	while (!w->failed && done < w->len) {
		ssize_t n = write(w->fd, w->block + done, w->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			fail(w, n == 0 ? "nothing was written" : strerror(errno));
	}
	w->written += (off_t)done;
	w->len = 0;
}

/*
 * The block is full: it grows once, and then is written.  All will be synced in the end; the disk begins while the rest is
 * still coming.  How that went is for fsync(2) to say.
 */
static void
make_room(struct writer *w)
{
	off_t begin = w->written;

	if (w->room < LARGE_BLOCK) {
		w->room = LARGE_BLOCK;
		w->block = xreallocarray(w->block, w->room, 1);
		return;
	}
	flush(w);
	if (w->make_file == NULL)
		(void)sync_file_range(w->fd, begin, w->written - begin, SYNC_FILE_RANGE_WRITE);
}

static void
add(struct writer *w, struct slice s)
{
	while (s.len > 0 && !w->failed) {
		size_t n = s.len < w->room - w->len ? s.len : w->room - w->len;

		memcpy(w->block + w->len, s.at, n);
		w->len += n;
		s = slice_from(s, n);
		if (w->len == w->room)
			make_room(w);
	}
}

/* Whether a line gets too long in s.  As much as may be one line is looked at from its end: most lines are short. */
static bool
has_longline(size_t *line_len, struct slice s)
{
	for (;;) {
		size_t      room = LONGEST_LINE - *line_len, n = s.len < room ? s.len : room;
		const char *end = n > 0 ? memrchr(s.at, '\n', n) : NULL;

		if (end == NULL) {
			*line_len += n;
			return n == room;
		}
		*line_len = 0;
		s = slice_from(s, (size_t)(end - s.at) + 1);
	}
}

static void
start(struct writer *w, struct entry *e)
{
	struct buf envelope = BUF(ENTRY_MAX_ENVELOPE - ENTRY_FIRST_LINE);
	char       open_line[ENTRY_FIRST_LINE];

	w->entry = e;
	w->room = SMALL_BLOCK;
	w->block = xmalloc(SMALL_BLOCK);
	e->message_len = 0;
	e->message_crc = 0;
	e->eightbit = e->longlines = false;
	memset(open_line, ' ', sizeof open_line);
	add(w, (struct slice){ open_line, sizeof open_line });
	entry_format_envelope(e, &envelope);
	if (envelope.full)
		fail(w, "too many recipients");
	add(w, buf_slice(&envelope));
	buf_release(&envelope);
}

void
writer_start(struct writer *w, int fd, struct entry *e)
{
	*w = (struct writer){ .fd = fd };
	start(w, e);
}

void
writer_start_draft(struct writer *w, int (*make_file)(void), struct entry *e)
{
	*w = (struct writer){ .fd = -1, .make_file = make_file };
	start(w, e);
}

void
writer_add(struct writer *w, struct slice s)
{
	w->entry->message_len += (off_t)s.len;
	if (w->make_file == NULL)
		w->entry->message_crc = crc32_add(w->entry->message_crc, s);
	w->entry->eightbit = w->entry->eightbit || !slice_is_ascii(s);
	w->entry->longlines = w->entry->longlines || has_longline(&w->line_len, s);
	add(w, s);
}

int
writer_finish(struct writer *w, struct problem *why)
{
	char line[ENTRY_FIRST_LINE + 1];

	entry_format_first_line(w->entry, line);
	if (w->written == 0) {
		memcpy(w->block, line, ENTRY_FIRST_LINE);
		if (w->fd >= 0)
			flush(w);
	} else {
		flush(w);
		if (!w->failed && entry_rewrite(w->entry, w->fd, &w->why) != 0)
			w->failed = true;
	}
	if (w->failed)
		*why = w->why;
	return w->failed ? -1 : 0;
}

void
writer_release(struct writer *w)
{
	free(w->block);
	w->block = NULL;
}
