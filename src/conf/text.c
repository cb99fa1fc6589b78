/* SPDX-License-Identifier: ISC */
#include "conf/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Reads to the end, which is at size where a file has one: those of proc(5) have none.  Returns 0 or an errno. */
static int
read_all(int fd, off_t size, struct buf *content)
{
	char    block[4096];
	off_t   got = 0;
	ssize_t n;

	while ((got == 0 || got != size) && (n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			buf_add(content, (struct slice){ block, (size_t)n });
		if (content->full)
			return EFBIG;
		got += n > 0 ? n : 0;
	}
	return 0;
}

int
text_read(const char *path, struct buf *content, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error;

	if (fd < 0)
		return -1;
	if (fstat(fd, st) != 0)
		error = errno;
	else
		error = S_ISREG(st->st_mode) ? read_all(fd, st->st_size, content) : EINVAL;
	close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

const char *
text_read_trusted(const char *path, struct buf *content, uid_t owner)
{
	struct stat st;

	if (text_read(path, content, &st) != 0)
		return errno == EINVAL ? "not a regular file" : strerror(errno);
	if (st.st_uid != 0 && st.st_uid != owner)
		return "it does not belong to root";
	return (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "others than its owner can write it; chmod 644 it" : NULL;
}
