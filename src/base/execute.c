/* SPDX-License-Identifier: ISC */
#include "base/execute.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/start.h"
#include "base/xalloc.h"

static char *
copy_of(const char *name)
{
	return getenv(name) != NULL ? xstrdup(getenv(name)) : NULL;
}

static void
put_back(const char *name, char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	free(value);
}

/* Where secrets are is no word of a caller whose rights we exceed. */
static void
choose_environment(const char *instance)
{
	char *zone = copy_of("TZ"), *credentials = start_is_privileged() ? NULL : copy_of("CREDENTIALS_DIRECTORY");

	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	put_back("TZ", zone);
	put_back("CREDENTIALS_DIRECTORY", credentials);
	if (instance != NULL)
		setenv("SALSA_CONF", instance, 1);
}

static bool
put(int fd, int nowhere, int place)
{
	return dup2(fd >= 0 ? fd : nowhere, place) == place;
}

static void
become(const char *path, const char *instance, struct descriptors fd)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	int   nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (instance != NULL)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	choose_environment(instance);
	if (put(fd.input, nowhere, STDIN_FILENO) && put(fd.output, nowhere, STDOUT_FILENO) &&
	    put(fd.error, nowhere, STDERR_FILENO))
		execv(path, argv);
	_exit(127);
}

pid_t
execute(const char *path, const char *instance, struct descriptors fd)
{
	pid_t pid = access(path, X_OK) == 0 ? fork() : -1;

	if (pid == 0)
		become(path, instance, fd);
	return pid;
}
