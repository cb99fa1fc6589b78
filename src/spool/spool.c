/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "entry/entry.h"

static int
open_directory(const char *path, const char *name, struct problem *why)
{
	int top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1, error = errno;

	if (top >= 0) {
		fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		error = errno;
		close(top);
	}
	if (fd < 0)
		problem_set(why, VERDICT_LATER, "4.3.0", "cannot open the spool directory %s/%s: %s", path, name,
		    strerror(error));
	return fd;
}

int
spool_open(struct spool *s, const char *path, struct problem *why)
{
	*s = (struct spool){ .path = path, .queue = -1, .corrupt = -1 };
	s->queue = open_directory(path, "queue", why);
	if (s->queue >= 0)
		s->corrupt = open_directory(path, "corrupt", why);
	if (s->corrupt >= 0)
		return 0;
	spool_close(s);
	return -1;
}

void
spool_close(struct spool *s)
{
	if (s->queue >= 0)
		close(s->queue);
	if (s->corrupt >= 0)
		close(s->corrupt);
	s->queue = s->corrupt = -1;
}

int
spool_scan(const struct spool *s, void (*visit)(void *, const char *), void *argument, struct problem *why)
{
	int            fd = openat(s->queue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *name;

	if (directory == NULL) {
		problem_set(why, VERDICT_LATER, "4.3.0", "read %s/queue: %s", s->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((name = readdir(directory)) != NULL)
		if (entry_is_id(SLICE(name->d_name)))
			visit(argument, name->d_name);
	closedir(directory);
	return 0;
}
