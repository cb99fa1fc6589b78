/* SPDX-License-Identifier: ISC
 *
 * tests/fuzz/fuzz.h: what fuzz targets share.  A target fuzz_X.c defines fuzz(), which takes octets as an enemy would
 * send them, and holds laws.  `make fuzz' looks for octets that break one, `make check' replays corpus/X.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/problem.h"
#include "net/stream.h"

/* The sanitizers turn an abort into a report with its input. */
#define law(holds) \
	((holds) ? (void)0 : (fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #holds), abort()))

void fuzz(struct slice input);

/* All of it is printable ASCII: it can stand in a log, in a reply, on a terminal. */
bool is_printable(const char *text);
bool is_problem(const struct problem *);   /* printable, with a status that agrees with the verdict */

/*
 * A stream whose other side says words and hangs up, in pieces of size octets, or by PEER_REPLIES, as a relay does that
 * says nothing unasked; all that it is told is added to said, until it has taken as many octets as it takes.
 */
enum { PEER_REPLIES = 0 };
struct peer {
	struct slice words;
	size_t       size;
	size_t       takes;
	struct buf   said;
};
void peer_open(struct peer *, struct stream *, struct slice words, size_t size);
void peer_close(struct peer *, struct stream *);

/* The input as the wire form of mail/wire.h, to be released. */
struct buf wire_of(struct slice input);

#endif
