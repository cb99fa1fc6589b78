/* SPDX-License-Identifier: ISC
 *
 * relay/state.h: opinions: small text files in the spool's state/ directory.  They may be missing, stale, or deleted
 * at any time; a state of -1 remembers nothing.
 */
#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include <stdbool.h>

#include "base/buf.h"

enum { STATE_NAME_LEN = 288 };

/* The name of an opinion of this kind about a relay.  Its host comes from people or the DNS: nothing of it is a path. */
void state_name(char name[STATE_NAME_LEN], const char *kind, const char *host, unsigned port);

/* Reads the file called name, cut at content's cap.  Returns false when there is none that can be read. */
bool state_read(int state, const char *name, struct buf *content);
/* Puts content in its place in one step (write beside, rename); an error is nobody's loss. */
void state_write(int state, const char *name, struct slice content);
void state_forget(int state, const char *name);

#endif
