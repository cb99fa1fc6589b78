/* SPDX-License-Identifier: ISC
 *
 * relay/fitting.h: the text of an entry as a relay can take it: as it is stored wherever that is possible, else recoded
 * (mail/recode.h) while it is read.
 */
#ifndef RELAY_FITTING_H
#define RELAY_FITTING_H

#include <stdbool.h>

#include "entry/entry.h"
#include "mail/recode.h"
#include "smtp/transaction.h"

struct fitting {
	const struct entry *entry;      /* not owned */
	int                 fd;         /* of its file; not owned */
	const char         *charset;    /* as recode_init takes it */
	struct recode       recode;
	off_t               at;         /* in the entry's message */
	uint32_t            crc;        /* of that much of it */
	bool                ended;
	struct buf          out;        /* recoded, and not yet read but for out_at octets */
	size_t              out_at;
};

void fitting_init(struct fitting *, const struct entry *, int fd);
void fitting_release(struct fitting *);

/*
 * Fills in the text, which reads from the fitting, as a relay that offers this can take it.  What is recoded has been
 * gone through once, for its length and its checksum; -1 with why when it cannot be read, or is not what its entry says
 * (hazard F6).
 */
int fitting_text(struct fitting *, const struct ehlo *, struct text *, struct problem *why);

#endif
