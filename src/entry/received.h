/* SPDX-License-Identifier: ISC
 *
 * entry/received.h: the trace line of a message that was accepted here (RFC 5321, 4.4).
 */
#ifndef ENTRY_RECEIVED_H
#define ENTRY_RECEIVED_H

#include <sys/types.h>
#include <time.h>

#include "base/buf.h"

/* Adds the field.  uid is the kernel's word on who submitted the message (hazard L7). */
void received_format(struct buf *, const char *hostname, uid_t uid, const char *id, time_t arrived);

#endif
