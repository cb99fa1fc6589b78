/* SPDX-License-Identifier: ISC */
#include "spool/submit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_TRIES = 100, INCOMPLETE = 0640, COMPLETE = 0660 };

static int
write_problem(struct problem *why, const struct spool *s, const char *what)
{
	return problem_set(why, VERDICT_LATER, errno == ENOSPC || errno == EDQUOT ? "4.3.1" : "4.3.0", "%s in %s/queue: %s",
	    what, s->path, strerror(errno));
}

/* The last digit is for those who ask in the same microsecond. */
static void
choose_id(char id[ENTRY_ID_LEN + 1])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(id, ENTRY_ID_LEN + 1, "%08X%05X%X", (unsigned)(now.tv_sec & 0xFFFFFFFF),
	    (unsigned)(now.tv_nsec / 1000), (unsigned)(now.tv_nsec % 1000 * 16 / 1000));
}

/* A sweeper may take the lock, and the file away, between our two calls: then it has no name any more. */
static bool
lock_own(int fd)
{
	struct stat st;

	return flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1;
}

int
submit_create(const struct spool *s, struct submission *sub, struct problem *why)
{
	for (int i = 0; i < ID_TRIES; i++) {
		choose_id(sub->id);
		sub->fd = openat(s->queue, sub->id, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, INCOMPLETE);
		if (sub->fd >= 0 && lock_own(sub->fd))
			return 0;
		if (sub->fd >= 0)
			submit_abandon(s, sub);
		else if (errno != EEXIST)
			return write_problem(why, s, "create a file");
	}
	errno = EEXIST;
	return write_problem(why, s, "create a file");
}

int
submit_complete(const struct spool *s, struct submission *sub, struct problem *why)
{
	if (fchmod(sub->fd, COMPLETE) != 0)
		return write_problem(why, s, "complete a file");
	(void)sync_file_range(sub->fd, 0, 0, SYNC_FILE_RANGE_WRITE);   /* how that went is for fsync(2) to say */
	return 0;
}

int
submit_sync(const struct spool *s, struct submission *sub, struct problem *why)
{
	return fsync(sub->fd) == 0 ? 0 : write_problem(why, s, "sync a file");
}

int
submit_sync_queue(const struct spool *s, struct problem *why)
{
	/* EINVAL: a file system that cannot sync a directory, and does not need to (hazard F1). */
	if (fsync(s->queue) != 0 && errno != EINVAL)
		return write_problem(why, s, "sync the directory");
	return 0;
}

void
submit_abandon(const struct spool *s, struct submission *sub)
{
	struct stat st;

	if (sub->fd >= 0 && fstat(sub->fd, &st) == 0 && st.st_nlink > 0)
		unlinkat(s->queue, sub->id, 0);
	submit_close(sub);
}

void
submit_close(struct submission *sub)
{
	if (sub->fd >= 0)
		close(sub->fd);
	sub->fd = -1;
}
