/* SPDX-License-Identifier: ISC */
#include "sendmail/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/xalloc.h"

static void
clean_environment(const struct conf *conf)
{
	const char *zone = getenv("TZ");
	char       *kept = zone != NULL ? xstrdup(zone) : NULL;

	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (kept != NULL)
		setenv("TZ", kept, 1);
	if (conf->is_private)
		setenv("SALSA_CONF", conf->file, 1);
	free(kept);
}

static void
become(const char *path, const struct conf *conf, int input, int output)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	int   nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (conf->is_private)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	clean_environment(conf);
	if (dup2(input >= 0 ? input : nowhere, STDIN_FILENO) == STDIN_FILENO &&
	    dup2(output >= 0 ? output : nowhere, STDOUT_FILENO) == STDOUT_FILENO &&
	    dup2(nowhere, STDERR_FILENO) == STDERR_FILENO)
		execv(path, argv);
	_exit(127);
}

int
execute(const char *path, const struct conf *conf, int input, int output)
{
	pid_t pid = fork();

	if (pid == 0)
		become(path, conf, input, output);
	return pid > 0 ? 0 : -1;
}

int
execute_instead(const char *path, const struct conf *conf, char **arguments, int narguments, struct problem *why)
{
	char **argv = xcalloc((size_t)narguments + 2, sizeof *argv);

	argv[0] = (char *)(uintptr_t)path;
	for (int i = 0; i < narguments; i++)
		argv[i + 1] = arguments[i];
	if (conf->is_private)
		setenv("SALSA_CONF", conf->file, 1);
	execv(path, argv);
	problem_set(why, VERDICT_LATER, "4.3.0", "cannot execute %s: %s", path, strerror(errno));
	free(argv);
	return -1;
}
