/* SPDX-License-Identifier: ISC */
#include "ipc/child.h"

#include <errno.h>
#include <unistd.h>

#include "ipc/packet.h"

static int
resolve(int fd, int socket)
{
	return fd == CHILD_SOCKET ? socket : fd;
}

int
child_start(const char *path, const char *instance, struct descriptors fd, pid_t *pid)
{
	int   pair[2], error;
	pid_t child;

	if (packet_pair(pair) != 0)
		return -1;
	child = execute(path, instance,
	    (struct descriptors){ resolve(fd.input, pair[1]), resolve(fd.output, pair[1]), fd.error });
	error = errno;
	close(pair[1]);
	if (pid != NULL)
		*pid = child;
	if (child > 0)
		return pair[0];
	close(pair[0]);
	errno = error;
	return -1;
}
