/* SPDX-License-Identifier: ISC
 *
 * relay/turn.h: who opens a session with a relay: one process after the other, so that a relay that is down is found
 * out by one of them.  The turn is a lock of the kernel's in the spool's state/ directory: no crash can keep it.
 */
#ifndef RELAY_TURN_H
#define RELAY_TURN_H

enum { TURN_NONE = -1, TURN_BUSY = -2 };

/*
 * Waits for a turn with this relay, as many milliseconds at most.  Returns a descriptor to be closed when it is over,
 * TURN_BUSY when somebody else has it all that time, TURN_NONE where nothing can be locked: then do without.
 */
int turn_take(int state, const char *host, unsigned port, long milliseconds);
void turn_leave(int *turn);   /* whatever it is; TURN_NONE from then on */

#endif
