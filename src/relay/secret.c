/* SPDX-License-Identifier: ISC */
#include "relay/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/start.h"
#include "relay/keeper.h"

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
	if (strlen(secret) == SECRET_MAX - 1)   /* a part of it would only be refused, and again */
		return secret_problem(path, "its first line is too long", why);
	return *secret != '\0' ? 0 : secret_problem(path, "its first line is empty", why);
}

static int
read_file(const char *path, char secret[SECRET_MAX], struct problem *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;

	if (fd < 0)
		return secret_problem(path, strerror(errno), why);
	rc = read_line(fd, path, secret, why);
	close(fd);
	return rc;
}

static int
read_credential(const char *name, char secret[SECRET_MAX], struct problem *why)
{
	const char *directory = start_is_privileged() ? NULL : getenv("CREDENTIALS_DIRECTORY");
	char        path[PATH_MAX];

	if (directory == NULL)
		return secret_problem(name, "there is no $CREDENTIALS_DIRECTORY: does salsad.service have "
		    "LoadCredential=?", why);
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return read_file(path, secret, why);
}

int
secret_read(const struct section *s, char secret[SECRET_MAX], struct problem *why)
{
	if (s->password_command != NULL)
		return keeper_secret(s, secret, why);
	if (s->password_file[0] != '/')
		return read_credential(s->password_file, secret, why);
	return read_file(s->password_file, secret, why);
}

bool
secret_renew(const struct section *s)
{
	return s->password_command != NULL && keeper_renew(s);
}
