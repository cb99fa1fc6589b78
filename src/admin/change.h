/* SPDX-License-Identifier: ISC
 *
 * admin/change.h: what an administrator may do to one message of the queue that he has claimed.
 */
#ifndef ADMIN_CHANGE_H
#define ADMIN_CHANGE_H

#include "spool/settle.h"

/* Each returns in words what was done, which is on disk then; NULL with why when nothing was. */
const char *change_hold(struct claim *, struct problem *why);
const char *change_release(struct claim *, struct problem *why);   /* also one that was given up: it is tried again */
const char *change_retry(struct claim *, struct problem *why);     /* not where it is held or given up */
const char *change_bounce(struct claim *, struct problem *why);    /* gives it up: the bounce is salsad's to write */
const char *change_remove(struct claim *, struct problem *why);

#endif
