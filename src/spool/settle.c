/* SPDX-License-Identifier: ISC */
#include "spool/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPLETE_BIT = S_IWGRP };   /* mode 0640 while it is written, 0660 from then on: spool/submit.c */

static int
settle_problem(struct problem *why, const char *what)
{
	return problem_set(why, VERDICT_LATER, "4.3.0", "%s: %s", what, strerror(errno));
}

/*
 * Somebody else's file that is still being written can be read but not written by us: enough to lock it.
 * O_NONBLOCK: a FIFO that somebody put there must not hold us (hazard L5).
 */
static int
open_entry(const struct spool *s, const char *id)
{
	static const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int              fd = openat(s->queue, id, O_RDWR | flags);

	return fd < 0 && errno == EACCES ? openat(s->queue, id, O_RDONLY | flags) : fd;
}

/* Not everywhere does rename(2) know RENAME_NOREPLACE; nobody else puts a file of this name there meanwhile. */
static int
set_aside(const struct claim *c, struct problem *why)
{
	const struct spool *s = c->spool;
	const char         *id = c->entry.id;
	struct stat         st;

	if (fstatat(s->corrupt, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	else if (errno == ENOENT && renameat(s->queue, id, s->corrupt, id) == 0)
		return 0;
	return settle_problem(why, "set aside queue file");
}

static enum claimed
not_opened(struct claim *c, struct problem *why)
{
	int error = errno;

	settle_problem(why, "open queue file");
	if (error == ENOENT)
		return CLAIM_GONE;
	if (error != ELOOP && error != EISDIR && error != ENXIO)
		return CLAIM_TROUBLE;
	return set_aside(c, why) == 0 ? CLAIM_CORRUPT : CLAIM_TROUBLE;
}

/* With the lock in hand: is it an entry, complete, and still the one of this name? */
static enum claimed
examine(struct claim *c, struct problem *why)
{
	struct stat st, named;

	if (fstat(c->fd, &st) != 0 || fstatat(c->spool->queue, c->entry.id, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
	    st.st_ino != named.st_ino || st.st_dev != named.st_dev)
		return CLAIM_GONE;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		problem_set(why, VERDICT_NEVER, "5.3.0", "queue file is no regular file of one name");
		return CLAIM_CORRUPT;
	}
	if ((st.st_mode & COMPLETE_BIT) == 0)   /* abandoned: who writes holds the lock (hazard F14) */
		return unlinkat(c->spool->queue, c->entry.id, 0) == 0 ? CLAIM_GONE : CLAIM_TROUBLE;
	if (entry_read(&c->entry, c->fd, why) == 0 && entry_verify_message(&c->entry, c->fd, why) == 0)
		return CLAIM_OK;
	return why->verdict == VERDICT_NEVER ? CLAIM_CORRUPT : CLAIM_TROUBLE;
}

enum claimed
claim_take(struct claim *c, const struct spool *s, const char *id, struct problem *why)
{
	enum claimed result;

	*c = CLAIM;
	c->spool = s;
	strlcpy(c->entry.id, id, sizeof c->entry.id);
	c->fd = open_entry(s, id);
	if (c->fd < 0)
		return not_opened(c, why);
	result = flock(c->fd, LOCK_EX | LOCK_NB) == 0 ? examine(c, why) : CLAIM_BUSY;
	if (result == CLAIM_CORRUPT && set_aside(c, why) != 0)
		result = CLAIM_TROUBLE;
	if (result != CLAIM_OK)
		claim_release(c);
	return result;
}

void
claim_release(struct claim *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	entry_release(&c->entry);
}

int
claim_reader(const struct claim *c)
{
	return openat(c->spool->queue, c->entry.id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
}

int
claim_settle(struct claim *c, size_t recipient, enum recipient_state state, const char *answer, struct problem *why)
{
	return entry_settle(&c->entry, c->fd, recipient, state, answer, why);
}

int
claim_sync(struct claim *c, struct problem *why)
{
	return fdatasync(c->fd) == 0 ? 0 : settle_problem(why, "sync queue file");
}

int
claim_defer(struct claim *c, time_t next, struct problem *why)
{
	c->entry.tries++;
	c->entry.next = next;
	return entry_rewrite(&c->entry, c->fd, why);
}

int
claim_hold(struct claim *c, struct problem *why)
{
	c->entry.held = true;
	c->entry.given_up = false;
	return claim_mark(c, why);
}

int
claim_mark(struct claim *c, struct problem *why)
{
	return entry_rewrite(&c->entry, c->fd, why);
}

int
claim_remove(struct claim *c, struct problem *why)
{
	return unlinkat(c->spool->queue, c->entry.id, 0) == 0 ? 0 : settle_problem(why, "remove queue file");
}
