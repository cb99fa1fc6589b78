/* SPDX-License-Identifier: ISC
 *
 * drop/draft.h: the draft of an entry as it comes over a socket, packet after packet (ipc/packet.h).  Octets are all
 * that is taken from a caller.  A descriptor is not: what is behind it may be a file system of his own, which keeps whoever
 * reads or closes it waiting for as long as it likes.
 */
#ifndef DROP_DRAFT_H
#define DROP_DRAFT_H

#include "entry/entry.h"

struct draft {
	int             socket;     /* not owned */
	size_t          envelope_len;
	struct slice    piece;      /* of the packet that came last: what was not taken yet */
	off_t           left;       /* octets that are still to come behind it */
	struct timespec deadline;   /* for all of them; monotonic */
	int             farewell;   /* has something to say when nobody may take long any more; not owned; -1: none */
};

/*
 * Receives a caller's packet into the one buffer of this process, where the next one takes its place.  Returns as
 * packet_receive_octets does.
 */
ssize_t draft_packet(int socket, struct slice *packet);

/*
 * Begins with what stands in the packet that came last behind the request.  Fills in what the first line says: e has
 * no strings.  Returns -1 with why.
 */
int draft_begin(struct draft *, int socket, struct slice beginning, struct entry *e, struct problem *why);

/* Whether the rest can be taken without waiting for the caller, and so without another one's packet in between. */
bool draft_is_here(const struct draft *);

/* First the envelope, which is read into e (to be released in either case).  Waits for it.  Returns -1 with why. */
int draft_envelope(struct draft *, struct entry *e, struct problem *why);

/*
 * Then the message, piece after piece, until one is empty.  piece.at[-1] can be read, and is the octet in front of it.
 * Waits for it.  Returns -1 with why.
 */
int draft_message(struct draft *, struct slice *piece, struct problem *why);

#endif
