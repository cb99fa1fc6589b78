/* SPDX-License-Identifier: ISC
 *
 * base/start.h: what a program must not inherit.  Callers close descriptors 0 to 2, ignore SIGCHLD, block signals, set
 * umask 0 and leave pipes open; a program that copes with none of this loses mail (hazards F12, F13, L4).
 */
#ifndef BASE_START_H
#define BASE_START_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * First in every main().  Opens /dev/null on closed descriptors 0 to 2 (so that no file of ours becomes one of them),
 * closes all from first_to_close on, ignores SIGPIPE and SIGXFSZ but not SIGCHLD, unblocks all signals,
 * sets umask 007 (the spool is for one user and one group) and no core.  Returns whether descriptor 0 was open: a
 * sendmail without input must not send an empty message.
 */
bool start_clean(int first_to_close);

/* From root, by whichever of the two IDs, to another user, with that group and no other, for good; -1 with errno. */
int start_as(uid_t, gid_t);

/* Whether this program gained a group or user by being executed (AT_SECURE): then the environment is the caller's. */
bool start_is_privileged(void);

#endif
