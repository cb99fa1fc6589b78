/* SPDX-License-Identifier: ISC */
#include "drop/usage.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

enum { BLOCK = 4096, AGAIN_MSEC = 5000 };

/* As most file systems store it. */
static unsigned long long
stored_octets(const struct entry *e)
{
	unsigned long long octets = (unsigned long long)e->envelope_len + (unsigned long long)e->message_len;

	return (octets + BLOCK - 1) / BLOCK * BLOCK;
}

static struct share *
share_of(struct usage *u, uid_t uid)
{
	for (size_t i = 0; i < u->nshares; i++)
		if (u->share[i].uid == uid)
			return &u->share[i];
	u->share = xreallocarray(u->share, u->nshares + 1, sizeof *u->share);
	u->share[u->nshares] = (struct share){ .uid = uid };
	return &u->share[u->nshares++];
}

static void
add(struct usage *u, const struct entry *e)
{
	struct share *share = share_of(u, e->uid);

	share->messages++;
	share->octets += stored_octets(e);
}

struct count {
	struct usage       *usage;
	const struct spool *spool;
};

static void
count_one(void *argument, const char *id)
{
	struct count  *c = argument;
	struct entry   e = ENTRY;
	struct problem why;
	int            fd;

	if (c->usage->nseen++ >= USAGE_SAMPLE && c->usage->by_hand)
		return;
	fd = spool_open_entry(c->spool, id);
	if (fd < 0)
		return;
	if (entry_read_first_line(&e, fd, &why) == 0)
		add(c->usage, &e);
	close(fd);
}

/* A queue that cannot be read bounds nobody: the reserve still does. */
static void
count(struct usage *u, const struct spool *s)
{
	struct count   c = { u, s };
	struct problem why;

	u->nshares = u->nseen = 0;
	(void)spool_scan(s, count_one, &c, &why);
	u->counted = true;
	u->again = clock_deadline(AGAIN_MSEC);
}

static bool
is_too_much(struct usage *u, const struct entry *e, struct room room)
{
	const struct share *share = share_of(u, e->uid);

	return share->messages >= USAGE_MAX_MESSAGES || share->messages >= room.files ||
	    share->octets + stored_octets(e) > room.octets;
}

int
usage_add(struct usage *u, const struct spool *s, const struct entry *e, struct room room, struct problem *why)
{
	const struct share *share;

	if (e->uid == 0 || (u->by_hand && room.ample))
		return 0;
	if (!u->counted || (is_too_much(u, e, room) && clock_left(u->again) == 0))
		count(u, s);
	if (!is_too_much(u, e, room)) {
		add(u, e);
		return 0;
	}
	share = share_of(u, e->uid);
	return problem_set(why, VERDICT_LATER, "4.3.1",
	    "%llu messages (%llu KiB) of uid %u wait in the queue, as many as one user may have there now",
	    share->messages, share->octets >> 10, (unsigned)e->uid);
}

bool
usage_is_dear(const struct usage *u)
{
	return u->nseen > USAGE_SAMPLE;
}

void
usage_release(struct usage *u)
{
	free(u->share);
	*u = USAGE;
}
