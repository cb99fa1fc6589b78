/* SPDX-License-Identifier: ISC */
#include "drop/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

/* Kept free for bounces, and for root to be told why; on a small file system a part of it. */
enum { RESERVE_OCTETS = 32 << 20, RESERVE_FILES = 256, RESERVE_PART = 8 };

static unsigned long long
less(unsigned long long number, unsigned long long other)
{
	return number < other ? number : other;
}

static unsigned long long
rest(unsigned long long number, unsigned long long taken)
{
	return number > taken ? number - taken : 0;
}

static int
look_at_disk(const struct spool *s, struct statvfs *disk, struct problem *why)
{
	if (fstatvfs(s->queue, disk) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "look at the disk of %s: %s", s->path, strerror(errno));
	return 0;
}

/* What is left for those who are not root.  Some file systems make files as they go and count none: f_files is 0. */
static struct room
room_of(const struct statvfs *disk)
{
	unsigned long long size = (unsigned long long)disk->f_blocks * disk->f_frsize;
	unsigned long long left = (unsigned long long)disk->f_bavail * disk->f_frsize;

	return (struct room){
		.octets = rest(left, less(RESERVE_OCTETS, size / RESERVE_PART)),
		.files = disk->f_files == 0 ? USAGE_MAX_MESSAGES :
		    rest(disk->f_favail, less(RESERVE_FILES, disk->f_files / RESERVE_PART)),
		.ample = left >= size / 2 && disk->f_favail >= disk->f_files / 2,
	};
}

static int
check_space(const struct spool *s, const struct entry *e, const struct statvfs *disk, struct problem *why)
{
	struct room        room = room_of(disk);
	unsigned long long wanted = 2ull * (unsigned long long)(e->envelope_len + e->message_len);

	if (e->uid == 0)
		room.octets = (unsigned long long)disk->f_bavail * disk->f_frsize;
	if (room.octets < wanted)
		return problem_set(why, VERDICT_LATER, "4.3.1", "the disk of %s is full: %llu KiB are free, %llu are wanted",
		    s->path, room.octets >> 10, wanted >> 10);
	if (e->uid != 0 && room.files == 0)
		return problem_set(why, VERDICT_LATER, "4.3.1", "the disk of %s has no room for more files", s->path);
	return 0;
}

int
limits_check(const struct conf *conf, const struct spool *s, const struct entry *e, struct usage *usage,
    struct problem *why)
{
	struct statvfs disk;

	if ((unsigned long long)e->message_len > conf->max_size)
		return problem_set(why, VERDICT_NEVER, "5.3.4",
		    "the message is too large: %lld octets, max-size is %llu", (long long)e->message_len,
		    conf->max_size);
	if (look_at_disk(s, &disk, why) != 0 || check_space(s, e, &disk, why) != 0)
		return -1;
	return usage_add(usage, s, e, room_of(&disk), why);
}
