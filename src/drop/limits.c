/* SPDX-License-Identifier: ISC */
#include "drop/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
	RESERVE_OCTETS = 32 << 20,   /* kept free for bounces, and for root to be told why */
	RESERVE_FILES  = 256,
};

static int
check_space(const struct spool *s, const struct entry *e, struct problem *why)
{
	struct statvfs     disk;
	unsigned long long free_octets, wanted = 2ull * (unsigned long long)(e->envelope_len + e->message_len);

	if (fstatvfs(s->queue, &disk) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "look at the disk of %s: %s", s->path, strerror(errno));
	if (e->uid != 0)
		wanted += RESERVE_OCTETS;
	free_octets = (unsigned long long)disk.f_bavail * disk.f_frsize;
	if (free_octets < wanted)
		return problem_set(why, VERDICT_LATER, "4.3.1", "the disk of %s is full: %llu KiB are free, %llu are wanted",
		    s->path, free_octets >> 10, wanted >> 10);
	/* Some file systems make files as they go and count none: f_files is 0 there. */
	if (e->uid != 0 && disk.f_files > 0 && disk.f_favail < RESERVE_FILES)
		return problem_set(why, VERDICT_LATER, "4.3.1", "the disk of %s has no room for more files", s->path);
	return 0;
}

int
limits_check(const struct conf *conf, const struct spool *s, const struct entry *e, struct problem *why)
{
	if ((unsigned long long)e->message_len > conf->max_size)
		return problem_set(why, VERDICT_NEVER, "5.3.4",
		    "the message is too large: %lld octets, max-size is %llu", (long long)e->message_len,
		    conf->max_size);
	return check_space(s, e, why);
}
