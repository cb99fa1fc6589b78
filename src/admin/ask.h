/* SPDX-License-Identifier: ISC
 *
 * admin/ask.h: a word to salsad.
 */
#ifndef ADMIN_ASK_H
#define ADMIN_ASK_H

#include "base/problem.h"
#include "conf/conf.h"

/*
 * Has what is due by the files' own word served now, by the daemon or, where none listens, by a single pass that is
 * started for it; does not wait for the end.  Returns -1 with why.
 */
int ask_for_run(const struct conf *, struct problem *why);

#endif
