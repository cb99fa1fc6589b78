/* SPDX-License-Identifier: ISC */
#include "admin/owner.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/start.h"
#include "conf/paths.h"

int
owner_become(const struct conf *conf, struct problem *why)
{
	struct stat spool;

	if (getuid() != 0 && geteuid() != 0)
		return 0;
	if (stat(conf->spool, &spool) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.5", "%s: %s; `salsa check' says what to do", conf->spool,
		    strerror(errno));
	if (spool.st_uid == 0)
		return problem_set(why, VERDICT_LATER, "4.3.5", "%s belongs to root; it is to belong to user %s",
		    conf->spool, salsa_user);
	if (start_as(spool.st_uid, spool.st_gid) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "become the owner of %s: %s", conf->spool,
		    strerror(errno));
	return 0;
}

void
owner_become_if_any(const struct conf *conf)
{
	struct problem why;

	(void)owner_become(conf, &why);
}
