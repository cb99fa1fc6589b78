/* SPDX-License-Identifier: ISC */
#include "runner/opinions.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { OLD_SECONDS = 30 * 24 * 60 * 60, MOST = 1000 };

/* Removes each file that goes; returns how many stay. */
static size_t
remove_some(const struct spool *spool, bool (*goes)(int state, const char *name))
{
	int            fd = openat(spool->queue, "../state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *name;
	size_t         nleft = 0;

	while (directory != NULL && (name = readdir(directory)) != NULL)
		if (!goes(fd, name->d_name) || unlinkat(fd, name->d_name, 0) != 0)
			nleft++;
	if (directory != NULL)
		closedir(directory);
	else if (fd >= 0)
		close(fd);
	return nleft;
}

/*
 * What begins with a dot is half made; whoever has it in hand cannot put it in its place then: no harm is done.  The
 * directory itself and the one above it stay, for they are no files.
 */
static bool
hinders(int state, const char *name)
{
	(void)state;
	return name[0] == '.' || slice_begins(SLICE(name), SLICE("down.")) || slice_begins(SLICE(name), SLICE("found"));
}

static bool
is_unused(int state, const char *name)
{
	int  fd = openat(state, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool unused = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (fd >= 0)
		close(fd);
	return unused;
}

static bool
is_old(int state, const char *name)
{
	struct stat st;

	return fstatat(state, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && clock_now() - st.st_mtime > OLD_SECONDS &&
	    is_unused(state, name);
}

void
opinions_forget(const struct spool *spool)
{
	remove_some(spool, hinders);
}

/* One size, one write: half of it would be another place, where everything is tried once more. */
bool
opinions_move(const struct spool *spool, uint32_t place)
{
	static const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	char             then[16], now[16];
	ssize_t          len = snprintf(now, sizeof now, "%08x\n", (unsigned)place), n;
	int              fd = openat(spool->queue, "../state/place", flags, 0640);
	bool             moved;

	if (fd < 0)
		return false;
	n = pread(fd, then, sizeof then, 0);
	moved = n != 0 && (n != len || memcmp(then, now, (size_t)len) != 0);
	if (n == 0 || moved)
		(void)!pwrite(fd, now, (size_t)len, 0);
	close(fd);
	return moved;
}

void
opinions_sweep(const struct spool *spool)
{
	if (remove_some(spool, is_old) > MOST)
		remove_some(spool, is_unused);
}
