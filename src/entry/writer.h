/* SPDX-License-Identifier: ISC
 *
 * entry/writer.h: writes an entry once, front to back, whatever its size, in a fixed amount of memory.  sendmail uses
 * it for drafts, salsa-drop and the bounces on a file of the queue.
 */
#ifndef ENTRY_WRITER_H
#define ENTRY_WRITER_H

#include "entry/entry.h"

struct writer {
	int            fd;        /* -1: a draft that has fitted into the block so far */
	struct entry  *entry;     /* not owned; what it says of the message is kept as that grows */
	char          *block;     /* owned: what waits to be written */
	size_t         len, room;
	size_t         line_len;  /* octets of the line that is coming, its CR among them */
	off_t          written;   /* octets of the file so far */
	int          (*make_file)(void);   /* for a draft that does not fit: a descriptor, or -1 with errno; NULL: no draft */
	bool           failed;    /* sticky */
	struct problem why;       /* of the failure */
};

/*
 * Begins an entry in an empty file, which is not owned: its envelope is complete, its first line is left open.
 * A draft is for somebody who copies it and takes the checksum of the message: that is not ours to do.  It needs no file
 * while it is small; one that it gets is the caller's, in fd.
 */
void writer_start(struct writer *, int fd, struct entry *);
void writer_start_draft(struct writer *, int (*make_file)(void), struct entry *);
/* Adds to the message, which must be in wire form: every line ends in CRLF. */
void writer_add(struct writer *, struct slice);
/*
 * Fills in the first line.  A small entry is one write; of a large one that is no draft, which is to be synced next, the
 * disk has most already.  A draft without a file is in the block, len octets.  Returns -1 with why if anything failed
 * on the way.
 */
int writer_finish(struct writer *, struct problem *why);
void writer_release(struct writer *);

#endif
