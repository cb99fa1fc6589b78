/* SPDX-License-Identifier: ISC
 *
 * drop/limits.h: what the spool takes, so that no caller can fill it for the others (hazard L8).
 */
#ifndef DROP_LIMITS_H
#define DROP_LIMITS_H

#include "base/problem.h"
#include "conf/conf.h"
#include "drop/usage.h"
#include "entry/entry.h"
#include "spool/spool.h"

/*
 * Returns -1 with why when the entry is too large (VERDICT_NEVER), or the disk too full or its user's share of the
 * queue too great (VERDICT_LATER).  What it lets in counts as used.
 */
int limits_check(const struct conf *, const struct spool *, const struct entry *, struct usage *, struct problem *why);

#endif
