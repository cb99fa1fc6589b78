/* SPDX-License-Identifier: ISC */
#include "base/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/start.h"
#include "base/xalloc.h"

enum { ENVIRONMENT_MAX = 4, TEXT_MAX = 128 << 10 };   /* octets: MAX_ARG_STRLEN of Linux */

struct environment {
	char  *assignment[ENVIRONMENT_MAX + 1];   /* owned; NULL ends them */
	size_t n;
};

static void
assign(struct environment *e, const char *name, const char *value)
{
	struct buf text = BUF(TEXT_MAX);

	if (value == NULL)
		return;
	buf_addf(&text, "%s=%s", name, value);
	e->assignment[e->n++] = slice_dup(buf_slice(&text));
	buf_release(&text);
}

/* Where secrets are is no word of a caller whose rights we exceed. */
static void
choose_environment(struct environment *e, const char *instance)
{
	*e = (struct environment){ 0 };
	assign(e, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	assign(e, "TZ", getenv("TZ"));
	assign(e, "CREDENTIALS_DIRECTORY", start_is_privileged() ? NULL : getenv("CREDENTIALS_DIRECTORY"));
	assign(e, "SALSA_CONF", instance);
}

static int
put(posix_spawn_file_actions_t *actions, int fd, int place)
{
	if (fd < 0)
		return posix_spawn_file_actions_addopen(actions, place, "/dev/null", O_RDWR, 0);
	return posix_spawn_file_actions_adddup2(actions, fd, place);
}

/* Not by fork(2): to copy ourselves, and to be copied on write, would take as long as some programs run. */
static int
spawn(pid_t *pid, const char *path, char *const environment[], struct descriptors fd)
{
	char                      *argv[] = { (char *)(uintptr_t)path, NULL };
	posix_spawn_file_actions_t actions;
	int                        error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	if ((error = put(&actions, fd.input, STDIN_FILENO)) == 0 && (error = put(&actions, fd.output, STDOUT_FILENO)) == 0 &&
	    (error = put(&actions, fd.error, STDERR_FILENO)) == 0)
		error = posix_spawn(pid, path, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

pid_t
execute(const char *path, const char *instance, struct descriptors fd)
{
	struct environment e;
	pid_t              pid = -1;
	int                error;

	if (instance != NULL)   /* nor do we need privilege then */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	choose_environment(&e, instance);
	error = spawn(&pid, path, e.assignment, fd);
	while (e.n > 0)
		free(e.assignment[--e.n]);
	errno = error;
	return error == 0 ? pid : -1;
}
