/* SPDX-License-Identifier: ISC
 *
 * spool/submit.h: a new entry of the queue, in steps that a crash may fall between:
 *
 *     create    queue/ID exists, mode 0640, locked          not complete: swept once nobody holds the lock
 *     (write)   the entry is written (entry/writer.h)
 *     complete  mode 0660, the file is synced               complete
 *     sync      the directory is synced                     durable: now the caller may be told
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
int submit_sync(const struct spool *, struct problem *why);   /* for any number of completed submissions */
void submit_abandon(const struct spool *, struct submission *);   /* removes queue/ID and closes */
void submit_close(struct submission *);                           /* unlocks; the entry stays */

#endif
