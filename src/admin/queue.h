/* SPDX-License-Identifier: ISC
 *
 * admin/queue.h: `salsa queue list|show|hold|release|retry|remove|bounce': the queue in an administrator's hand.
 *
 * Each message is changed under the lock that salsad takes, by whoever may write the queue: root, who becomes the
 * owner of the spool, and group salsa.  What must follow (a try, a bounce) is salsad's to do, and it is asked to.
 */
#ifndef ADMIN_QUEUE_H
#define ADMIN_QUEUE_H

/*
 * argv[0] is the subcommand.  Returns EX_OK when all that was selected was done, EX_UNAVAILABLE when nothing is
 * selected, an ID is none of the queue or the queue cannot be read, EX_TEMPFAIL when a message is in somebody else's
 * hand or could not be changed, EX_CONFIG for a private instance with faults, EX_NOPERM, EX_USAGE.
 */
int admin_queue(int argc, char **argv);

#endif
