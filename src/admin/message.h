/* SPDX-License-Identifier: ISC
 *
 * admin/message.h: one message of the queue, for people.
 */
#ifndef ADMIN_MESSAGE_H
#define ADMIN_MESSAGE_H

#include <stdbool.h>

#include "spool/spool.h"

/*
 * Prints envelope and header, and the body where it is asked for, with line feeds as line ends.  What could steer a
 * terminal is '?' on one.  Nothing is locked.  Returns -1 with why.
 */
int message_show(const struct spool *, const char *id, bool body, struct problem *why);

#endif
