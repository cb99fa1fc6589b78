/* SPDX-License-Identifier: ISC
 *
 * entry/writer.h: writes an entry once, front to back, whatever its size, in a fixed amount of memory.  sendmail uses
 * it on an anonymous file, salsa-drop and the bounces on a file of the queue.
 */
#ifndef ENTRY_WRITER_H
#define ENTRY_WRITER_H

#include "entry/entry.h"

struct writer {
	int            fd;        /* not owned */
	struct entry  *entry;     /* not owned; what it says of the message is kept as that grows */
	char          *block;     /* owned: what waits to be written */
	size_t         len, room;
	size_t         line_len;  /* octets of the line that is coming, its CR among them */
	off_t          written;   /* octets of the file so far */
	bool           draft;     /* set by the owner: whoever copies it takes the checksum of the message, not we */
	bool           failed;    /* sticky */
	struct problem why;       /* of the failure */
};

/* Begins an entry in an empty file: its envelope is complete, its first line is left open. */
void writer_start(struct writer *, int fd, struct entry *);
/* Adds to the message, which must be in wire form: every line ends in CRLF. */
void writer_add(struct writer *, struct slice);
/*
 * Fills in the first line.  A small entry is one write; of a large one that is no draft, which is to be synced next, the
 * disk has most already.  Returns -1 with why if anything failed on the way.
 */
int writer_finish(struct writer *, struct problem *why);
void writer_release(struct writer *);

#endif
