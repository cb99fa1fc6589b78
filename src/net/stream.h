/* SPDX-License-Identifier: ISC
 *
 * net/stream.h: a conversation with a relay.  A socket, TLS over a socket (net/tls.h) and a test's script look alike
 * from above.  Every wait, for reading and for writing, ends at a deadline on the monotonic clock (hazards R2, F19).
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/problem.h"

enum { STREAM_IN = 4096, STREAM_OUT = 64 << 10 };

struct stream;

/* What a stream stands on.  Both calls wait until the stream's deadline and no longer. */
struct stream_back {
	/* Octets moved, at least one; 0 when the other side has closed; -1 with why. */
	ssize_t (*read)(struct stream *, char *at, size_t room, struct problem *why);
	ssize_t (*write)(struct stream *, struct slice, struct problem *why);
	void    (*close)(struct stream *);
};

struct stream {
	const struct stream_back *back;       /* NULL: closed */
	void                     *peer;       /* the back's own */
	int                       fd;         /* owned; -1 where the back needs none */
	struct timespec           deadline;   /* of what is now awaited */
	const char               *awaited;    /* its name, for people: "the greeting" */
	struct timespec           limit;      /* of all that is awaited together; tv_sec 0: none */
	char                      in[STREAM_IN];
	size_t                    in_at, in_len;
	struct buf                out;        /* what waits to be written */
	unsigned long long        sent;       /* octets that the back has taken so far */
	bool                      failed;     /* sticky: a write did; when nothing is left to read the next read says why */
	struct problem            why;
	void (*trace)(void *tracer, const char *direction, struct slice line);   /* NULL: nobody watches */
	void                     *tracer;
	struct timespec           patience;   /* when what is awaited has been long in coming */
	void (*tired)(void *waiter);          /* is told so, once for what is awaited; NULL: nobody */
	bool                      told;
	void                     *waiter;
};
#define STREAM ((struct stream){ .fd = -1, .out = BUF(STREAM_OUT) })

/* Begins a conversation on a connected, non-blocking socket; takes fd.  Tracer and waiter stay as they are. */
void stream_open(struct stream *, int fd);
void stream_close(struct stream *);   /* at once: what was not flushed is dropped */

/*
 * What is waited for from now on, and how long at most, within limit.  After a thirtieth of that time, and 10 seconds at
 * least, whoever waits is told that it takes long.
 */
void stream_await(struct stream *, long milliseconds, const char *what);

/* For those who wait with a poll(2) of their own (net/dial.h): whether somebody is still to be told; tells him. */
bool stream_is_patient(const struct stream *);
void stream_tire(struct stream *);

/* Adds to what is to be written: a group of commands becomes one segment.  A failure is reported by the next flush. */
void stream_add(struct stream *, struct slice);
/* How many octets were added so far: so many must sent be for all of them to be on their way.  Never, after a failure. */
unsigned long long stream_added(const struct stream *);
/* Writes all that was added, and wipes it: it may have been a secret.  Returns -1 with why. */
int stream_flush(struct stream *, struct problem *why);

/* The next octet, or -1 with why; before it waits for one it flushes. */
int stream_byte(struct stream *, struct problem *why);
/* Whether octets were received that nobody has read yet. */
bool stream_has_input(const struct stream *);
/* Whether the relay has said nothing unasked, and has not closed, as far as that can be known without waiting. */
bool stream_is_quiet(const struct stream *);

/* For whoever watches: direction is "->" or "<-". */
void stream_trace(const struct stream *, const char *direction, struct slice line);

/* For backs: waits until fd is ready for events (poll(2)) or the deadline is past.  Returns -1 with why. */
int stream_poll(struct stream *, short events, struct problem *why);
/* For backs: a read or write failed with error (errno). */
int stream_lost(const struct stream *, int error, struct problem *why);

#endif
