/* SPDX-License-Identifier: ISC
 *
 * ipc/child.h: one of our programs, started for a conversation with it (ipc/packet.h).
 */
#ifndef IPC_CHILD_H
#define IPC_CHILD_H

#include "base/execute.h"

enum { CHILD_SOCKET = -2 };   /* among the descriptors: its end of the conversation */

/*
 * Executes path as base/execute.h has it.  Returns our end of the conversation, which is the caller's, and the process
 * ID in *pid unless pid is NULL; or -1 with errno.
 */
int child_start(const char *path, const char *instance, struct descriptors, pid_t *pid);

#endif
