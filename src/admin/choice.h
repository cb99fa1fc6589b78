/* SPDX-License-Identifier: ISC
 *
 * admin/choice.h: what of the queue a subcommand is for: IDs, --from, --to, --older, --newer, --all.
 */
#ifndef ADMIN_CHOICE_H
#define ADMIN_CHOICE_H

#include <stdbool.h>
#include <time.h>

#include "conf/pattern.h"
#include "entry/entry.h"

struct choice {
	bool            all;              /* said in so many words */
	struct patterns from, to;         /* "<>" is the null sender */
	bool            older, newer;     /* was asked for */
	time_t          older_than, newer_than;   /* moments of arrival */
	char          **id;               /* not owned; each one is an ID */
	size_t          nids;
};
#define CHOICE ((struct choice){ 0 })

/* Adds what an option says: 'f'rom, 't'o, 'o'lder, 'n'ewer, 'a'll.  Returns -1 with why for what is no age and no pattern. */
int choice_add(struct choice *, int option, const char *value, struct problem *why);
/* Takes n arguments as IDs.  Returns -1 with why for what is none. */
int choice_ids(struct choice *, char **id, int n, struct problem *why);
void choice_release(struct choice *);

bool choice_is_made(const struct choice *);

/* All that is said must hold; of several IDs one.  e is NULL for what cannot be read: it is covered by ID and by --all. */
bool choice_covers(const struct choice *, const char *id, const struct entry *e);

#endif
