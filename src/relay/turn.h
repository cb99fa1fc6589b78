/* SPDX-License-Identifier: ISC
 *
 * relay/turn.h: who opens a session with a relay: one process after the other, so that a relay that is down is found
 * out by one of them.  The turn is a lock of the kernel's in the spool's state/ directory: no crash can keep it.  Who has
 * waited for it in vain leaves a mark, so that nobody else waits, and whoever has the turn knows that others asked.
 */
#ifndef RELAY_TURN_H
#define RELAY_TURN_H

#include <stdbool.h>

enum { TURN_NONE = -1, TURN_BUSY = -2 };

/*
 * Waits for a turn with this relay, as many milliseconds at most.  Returns a descriptor for turn_leave, TURN_BUSY when
 * somebody else has it all that time or somebody has waited in vain already, TURN_NONE where nothing can be locked or
 * whoever waits is turned away for half a minute: then do without.  With 0 milliseconds nobody waits: no mark counts.
 */
int turn_take(int state, const char *host, unsigned port, long milliseconds);
/* Ends it, whatever it is: TURN_NONE from then on.  Returns whether somebody has waited for it in vain. */
bool turn_leave(int *turn);

#endif
