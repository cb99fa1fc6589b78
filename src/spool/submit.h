/* SPDX-License-Identifier: ISC
 *
 * spool/submit.h: a new entry of the queue, in steps that a crash may fall between:
 *
 *     create    queue/ID exists, mode 0640, locked          not complete: swept once nobody holds the lock
 *     (write)   the entry is written (entry/writer.h)
 *     complete  mode 0660, the disk begins to write         complete
 *     sync      the file is synced                          complete, and whole after a power failure
 *     (queue)   the directory is synced                     durable: now the caller may be told
 *
 * Of several at once all are completed first, then all are synced: what the file system writes for the first one, its
 * journal above all, has the others in it.
 */
#ifndef SPOOL_SUBMIT_H
#define SPOOL_SUBMIT_H

#include <stdbool.h>
#include <time.h>

#include "entry/entry.h"
#include "spool/spool.h"

struct submission {
	int  fd;                       /* of queue/ID, locked; -1: none */
	char id[ENTRY_ID_LEN + 1];
};
#define SUBMISSION ((struct submission){ .fd = -1 })

int submit_create(const struct spool *, struct submission *, struct problem *why);
int submit_complete(const struct spool *, struct submission *, struct problem *why);
int submit_sync(const struct spool *, struct submission *, struct problem *why);
int submit_sync_queue(const struct spool *, struct problem *why);   /* for any number of synced submissions */
void submit_abandon(const struct spool *, struct submission *);   /* removes queue/ID and closes */
void submit_close(struct submission *);                           /* unlocks; the entry stays */

#endif
