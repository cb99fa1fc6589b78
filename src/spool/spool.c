/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

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
	*s = (struct spool){ .path = xstrdup(path), .queue = -1, .corrupt = -1 };
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
	free(s->path);
	*s = (struct spool){ .queue = -1, .corrupt = -1 };
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

int
spool_open_entry(const struct spool *s, const char *id)
{
	return openat(s->queue, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct ids {
	char (*id)[ENTRY_ID_LEN + 1];
	size_t n, room;
};

static void
add_id(void *argument, const char *id)
{
	struct ids *ids = argument;

	if (ids->n == ids->room) {
		ids->room = ids->room > 0 ? ids->room * 2 : 64;
		ids->id = xreallocarray(ids->id, ids->room, sizeof *ids->id);
	}
	strlcpy(ids->id[ids->n++], id, sizeof *ids->id);
}

static int
by_age(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
spool_list(const struct spool *s, char (**id)[ENTRY_ID_LEN + 1], size_t *n, struct problem *why)
{
	struct ids ids = { 0 };
	int        result = spool_scan(s, add_id, &ids, why);

	if (ids.n > 0)
		qsort(ids.id, ids.n, sizeof *ids.id, by_age);
	*id = ids.id;
	*n = ids.n;
	return result;
}
