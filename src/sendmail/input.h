/* SPDX-License-Identifier: ISC
 *
 * sendmail/input.h: standard input, read in pieces that are lines in wire form already (mail/wire.h).  Its memory does
 * not grow with the message.
 */
#ifndef SENDMAIL_INPUT_H
#define SENDMAIL_INPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/problem.h"
#include "mail/header.h"
#include "mail/wire.h"

enum { INPUT_HEADER_MAX = 1 << 20 };   /* octets */

struct input {
	int                fd;       /* not owned */
	/* What reads, where it is not the descriptor: octets, 0 at the end, -1 with why. */
	ssize_t          (*read)(void *reader, char *at, size_t room, struct problem *why);
	void              *reader;   /* not owned */
	unsigned long long max;      /* octets that may come */
	unsigned long long came;
	struct wire        wire;
	struct buf         text;     /* what was read and not yet taken; the owner clears it */
	bool               at_end;
};

void input_init(struct input *, int fd, unsigned long long max, bool dot_ends);
void input_release(struct input *);

/*
 * Each returns 0, or a code of sysexits.h with why.  An error of reading is not the end: a message that is cut off is
 * not sent (hazard F5).
 */
int input_more(struct input *, struct problem *why);                      /* one piece more of text, even too much */
int input_header(struct input *, struct header *, struct problem *why);   /* all of the header, and maybe more */

/* From here on text is body; what came behind the header is there already. */
void input_body(struct input *, const struct header *);

/*
 * Reads what a caller still has to say, up to a limit, so that it sees our error and not a broken pipe.  Waits a second
 * at most for more; a terminal is not read.
 */
void input_drain(int fd);

#endif
