/* SPDX-License-Identifier: ISC
 *
 * admin/owner.h: nothing of salsa runs as root where it can do harm.
 */
#ifndef ADMIN_OWNER_H
#define ADMIN_OWNER_H

#include "base/problem.h"
#include "conf/conf.h"

/*
 * Who is root by one of his two IDs becomes the owner of the spool, for good, as salsad does; everybody else stays who
 * he is.  Returns -1 with why when root cannot: the spool is missing, or root's.
 */
int owner_become(const struct conf *, struct problem *why);

/* The same for what only asks the DNS, which is of use before there is a spool: root stays root then. */
void owner_become_if_any(const struct conf *);

#endif
