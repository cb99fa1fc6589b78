/* SPDX-License-Identifier: ISC */
#include "relay/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
secret_problem(const char *path, const char *what, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.3.5", "password-file %s: %s", path, what);
}

/* Looks at the open file, not at its name, which may point elsewhere by the time it is read. */
static int
read_line(int fd, const char *path, char secret[SECRET_MAX], struct problem *why)
{
	struct stat st;
	ssize_t     n;

	if (fstat(fd, &st) != 0)
		return secret_problem(path, strerror(errno), why);
	if (!S_ISREG(st.st_mode))
		return secret_problem(path, "not a regular file", why);
	if ((st.st_mode & S_IRWXO) != 0)
		return secret_problem(path, "open to all users: chmod o= it", why);
	if ((n = read(fd, secret, SECRET_MAX - 1)) < 0)
		return secret_problem(path, strerror(errno), why);
	secret[n] = '\0';
	secret[strcspn(secret, "\r\n")] = '\0';
	return *secret != '\0' ? 0 : secret_problem(path, "its first line is empty", why);
}

int
secret_read(const char *path, char secret[SECRET_MAX], struct problem *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;

	if (fd < 0)
		return secret_problem(path, strerror(errno), why);
	rc = read_line(fd, path, secret, why);
	close(fd);
	return rc;
}
