/* SPDX-License-Identifier: ISC
 *
 * ipc/packet.h: what our programs say to each other: one line of text a packet over a SOCK_SEQPACKET socket, with at
 * most one descriptor beside it.
 *
 *     sendmail -> salsa-drop    "submit background", "submit foreground", "submit verbose", "submit queue", and behind
 *                               LF the draft of an entry (entry/writer.h); what is left of it follows in packets of
 *                               its own
 *                               "run", "run wait", and behind it "<TAB>TERM" (runner/select.h) for each; "scan"
 *     salsa-drop -> sendmail    "accepted ID", "refused later STATUS TEXT", "refused never STATUS TEXT"
 *     salsa-drop -> salsad      "new ID", "queued ID", "scan"
 *                               "wait ID", "trace ID": + the socket of a caller that waits for the end of it
 *                               "run UID", "run UID wait", and the terms: + the socket of who asks
 *     salsad -> salsa-relay     "deliver ID": + entry, read-only; before it may come "trace": + the caller's socket;
 *                               another one may follow before the fates of the first have come
 *     salsa-relay -> salsad     "ID fate ..." for each recipient (ipc/fate.h), then, but where all were sent, "ID done";
 *                               or "ID returned": untried, for others call its relay; before these may come "pause
 *                               SECONDS": no relay would be called before that time, whatever the message; "slow":
 *                               the relay takes long to answer; at any time "back": a relay that was down works
 *                               again; "heard": one for which messages were returned has answered, or failed;
 *                               "leaving": another worker could do what this one cannot any more
 *     sendmail and salsa-relay  the same with "-" for the ID: a message that is in no queue
 *     to a caller that waits    "trace TEXT" from salsa-relay; "fate ..." from salsad; the end of the stream ends it
 *     salsad -> who asks for a run   "refused ..."; "selected NUMBER" where there are terms; the end of the stream
 */
#ifndef IPC_PACKET_H
#define IPC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/problem.h"
#include "base/slice.h"

/* Octets: of a line; of a packet with a part of a draft.  The kernel's default for all that waits in a socket is 208 KiB. */
enum { PACKET_MAX = 2048, PACKET_DRAFT_MAX = 64 << 10 };

enum { PACKET_CONNECT_SECONDS = 1 };

/* After so long a relay that another worker calls has answered, or is known to be slow (net/stream.h, net/dial.h). */
enum { PACKET_RETURNED_SECONDS = 12 };

/* Makes a connected pair; returns -1 with errno. */
int packet_pair(int pair[2]);

/* Sends one packet, with descriptor fd unless it is -1 (it stays open here).  Returns -1 with errno. */
int packet_send(int socket, struct slice text, int fd);
int packet_sendf(int socket, int fd, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Sends one packet of two parts.  Where its other end has not yet read enough of those before, waits for as many
 * milliseconds at most.  Returns -1 with errno, ETIMEDOUT among others.
 */
int packet_send_parts(int socket, struct slice first, struct slice second, long milliseconds);

/*
 * Receives one packet into at (room octets, NUL-terminated) and its descriptor into *fd: owned by the caller, closed
 * on exec, -1 when there is none.  Returns its length, 0 at the end of the stream, -1 with errno.
 */
ssize_t packet_receive(int socket, char *at, size_t room, int *fd);

/*
 * The same for whoever expects no descriptor.  One that was sent all the same is gone before it is ours: to close a
 * stranger's file may take as long as his file system likes.
 */
ssize_t packet_receive_octets(int socket, char *at, size_t room);

/*
 * The same with PACKET_MAX octets; ETIMEDOUT when nothing comes in time, ECONNRESET
 * when the other end is gone and has not read what was sent there.
 */
ssize_t packet_await(int socket, char text[PACKET_MAX], long milliseconds);

/*
 * Connects to the listening socket at path.  Returns the descriptor (closed on exec; it may be non-blocking), or -1
 * with errno: EAGAIN when so many wait there that it took longer than PACKET_CONNECT_SECONDS.
 */
int packet_connect(const char *path);

/* Reads "refused later STATUS TEXT" and "refused never ..." into why; false, why untouched, for any other packet. */
bool packet_refusal(struct slice text, struct problem *why);

/* Closes a socket, if there is one (-1: none): whoever waits at its other end sees the end of the stream. */
void packet_end(int socket);

#endif
