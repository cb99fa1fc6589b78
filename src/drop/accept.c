/* SPDX-License-Identifier: ISC */
#include "drop/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "drop/limits.h"
#include "entry/received.h"
#include "entry/writer.h"

enum { PIECE = 64 << 10, STRIDE = 256 };   /* octets */

/*
 * RFC 5321, 2.3.8: CR and LF come as a pair or not at all.  A message in which one stands alone could be read as two
 * by somebody further on.  Whether an octet must not stand there: at[-1] is the one in front.
 */
static inline unsigned char
is_astray(const char *at)
{
	return (at[0] == '\0') | ((at[-1] == '\r') != (at[0] == '\n'));
}

/* In strides of one length, and without a branch: of those the compiler makes steps of many octets. */
static bool
is_wire_form(const char *at, size_t len)
{
	unsigned char astray = 0;

	for (; len >= STRIDE; len -= STRIDE, at += STRIDE)
		for (size_t i = 0; i < STRIDE; i++)
			astray |= is_astray(at + i);
	for (size_t i = 0; i < len; i++)
		astray |= is_astray(at + i);
	return astray == 0;
}

static int
copy_message(struct writer *w, const struct entry *from, int fd, struct problem *why)
{
	static char block[1 + PIECE];   /* on the stack all of its pages would be touched: -fstack-clash-protection */
	char       *piece = block + 1;  /* the octet in front of it comes first */
	ssize_t     n;

	piece[-1] = '\n';
	for (off_t offset = 0; (n = entry_message(from, fd, offset, piece, PIECE, why)) != 0; offset += n) {
		if (n < 0)
			return -1;
		if (!is_wire_form(piece, (size_t)n))
			return problem_set(why, VERDICT_NEVER, "5.6.0", "the message is not in wire form");
		writer_add(w, (struct slice){ piece, (size_t)n });
		piece[-1] = piece[n - 1];
	}
	if (piece[-1] != '\n')
		return problem_set(why, VERDICT_NEVER, "5.6.0", "the message ends inside a line");
	return 0;
}

static void
add_received(struct writer *w, const struct conf *conf)
{
	struct buf field = BUF(1024);

	received_format(&field, conf->hostname, w->entry->uid, w->entry->id, w->entry->arrived);
	writer_add(w, buf_slice(&field));
	buf_release(&field);
}

/* stamped is the entry that will stand in the queue; it lends sender and recipients from the composed one. */
static int
write_entry(const struct conf *conf, struct entry *stamped, int composed, int fd, struct problem *why)
{
	const struct entry from = *stamped;
	struct writer      w;
	int                result;

	writer_start(&w, fd, stamped);
	add_received(&w, conf);
	result = copy_message(&w, &from, composed, why);
	if (result == 0)
		result = writer_finish(&w, why);
	writer_release(&w);
	return result;
}

static int
copy_entry(const struct conf *conf, const struct spool *s, struct entry *e, int composed, struct submission *sub,
    struct problem *why)
{
	if (submit_create(s, sub, why) != 0)
		return -1;
	strlcpy(e->id, sub->id, sizeof e->id);
	if (write_entry(conf, e, composed, sub->fd, why) == 0)
		return 0;
	submit_abandon(s, sub);
	return -1;
}

/* Of a file to read from and nothing else, for a pipe or a device could keep us waiting.  Returns -1 with why. */
static off_t
size_of(int fd, struct problem *why)
{
	int         flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) != 0)
		return problem_set(why, VERDICT_NEVER, "5.3.0", "the entry's descriptor: %s", strerror(errno));
	if (!S_ISREG(st.st_mode) || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
		return problem_set(why, VERDICT_NEVER, "5.3.0", "the entry's descriptor is no file that can be read");
	return st.st_size;
}

int
accept_entry(const struct conf *conf, const struct spool *s, struct usage *usage, int composed, uid_t uid,
    time_t first_try, struct submission *sub, struct problem *why)
{
	struct entry e = ENTRY;
	off_t        size = size_of(composed, why);
	int          result = -1;

	if (size >= 0 && entry_read_sized(&e, composed, size, why) == 0) {
		e.uid = uid;
		e.arrived = clock_now();
		e.next = first_try;
		e.tries = 0;
		e.held = e.given_up = e.warned = false;
		if (limits_check(conf, s, &e, usage, why) == 0)
			result = copy_entry(conf, s, &e, composed, sub, why);
	}
	if (result == 0)
		log_line(LOG_INFO, "%s: uid=%u from=<%s>", sub->id, (unsigned)uid, e.sender);
	entry_release(&e);
	return result;
}
