/* SPDX-License-Identifier: ISC */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* What is waited for; the first two are pipes. */
enum { OUTPUT, ERRORS, EXIT, ASKER, PLACES };

/* The first line of a pipe; the rest is counted and dropped. */
struct first_line {
	char  *at;
	size_t len, size, total;
	bool   ended, cut;
};

struct running {
	pid_t             pid;
	struct pollfd     on[PLACES];
	struct first_line line[2];
};

static int
command_problem(const char *what, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.3.5", "%s", what);
}

static void
become(const char *command, int output, int errors)
{
	int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	signal(SIGPIPE, SIG_DFL);
	if (dup2(nowhere, STDIN_FILENO) == STDIN_FILENO && dup2(output, STDOUT_FILENO) == STDOUT_FILENO &&
	    dup2(errors, STDERR_FILENO) == STDERR_FILENO) {
		closefrom(STDERR_FILENO + 1);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(127);
}

static void
start(struct running *r, const char *command, int asker)
{
	int output[2] = { -1, -1 }, errors[2] = { -1, -1 };

	*r = (struct running){ .pid = -1 };
	if (pipe2(output, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(errors, O_CLOEXEC | O_NONBLOCK) == 0) {
		fcntl(output[1], F_SETFL, 0);   /* a command expects to wait for its reader */
		fcntl(errors[1], F_SETFL, 0);
		r->pid = fork();
	}
	if (r->pid == 0)
		become(command, output[1], errors[1]);
	close(output[1]);
	close(errors[1]);
	r->on[OUTPUT] = (struct pollfd){ .fd = output[0], .events = POLLIN };
	r->on[ERRORS] = (struct pollfd){ .fd = errors[0], .events = POLLIN };
	r->on[EXIT] = (struct pollfd){ .fd = r->pid > 0 ? (int)syscall(SYS_pidfd_open, r->pid, 0) : -1,
	    .events = POLLIN };
	r->on[ASKER] = (struct pollfd){ .fd = asker };
}

static void
take(struct first_line *l, const char *block, size_t n)
{
	l->total += n;
	for (size_t i = 0; i < n && !l->ended; i++) {
		l->ended = block[i] == '\n' || block[i] == '\r';
		if (l->ended)
			break;
		l->cut = l->len == l->size - 1;
		l->ended = l->cut;
		if (!l->cut)
			l->at[l->len++] = block[i];
	}
	l->at[l->len] = '\0';
}

/* Reads what a pipe holds now; one that has ended is not asked again. */
static void
drain(struct pollfd *pipe, struct first_line *l)
{
	char    block[4096];
	ssize_t n;

	while (pipe->fd >= 0 && l->total <= COMMAND_OUTPUT_MAX && (n = read(pipe->fd, block, sizeof block)) > 0)
		take(l, block, (size_t)n);
	explicit_bzero(block, sizeof block);
	if ((pipe->revents & (POLLHUP | POLLERR)) != 0) {
		close(pipe->fd);
		pipe->fd = -1;
	}
}

/* Reads until the command has ended.  What it has left behind may hold the pipes open, and is not waited for. */
static int
listen_to(struct running *r, struct timespec deadline, struct problem *why)
{
	for (;;) {
		int n = poll(r->on, PLACES, (int)clock_left(deadline));

		if (n < 0 && errno != EINTR)
			return command_problem(strerror(errno), why);
		if (n == 0)
			return command_problem("it took too long, and was ended", why);
		if ((r->on[ASKER].revents & POLLHUP) != 0)
			return command_problem("nobody waits for it any more", why);
		drain(&r->on[OUTPUT], &r->line[OUTPUT]);
		drain(&r->on[ERRORS], &r->line[ERRORS]);
		if (r->line[OUTPUT].total > COMMAND_OUTPUT_MAX || r->line[ERRORS].total > COMMAND_OUTPUT_MAX)
			return command_problem("it printed more than 64 KiB, and was ended", why);
		if ((r->on[EXIT].revents & POLLIN) != 0)
			return 0;
	}
}

static int
judge(const struct running *r, int status, struct problem *why)
{
	if (WIFSIGNALED(status))
		return problem_set(why, VERDICT_LATER, "4.3.5", "it was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.5", "it ended with exit code %d", WEXITSTATUS(status));
	if (r->line[OUTPUT].cut)
		return command_problem("its first line is too long", why);
	return r->line[OUTPUT].len > 0 ? 0 : command_problem("its first line is empty", why);
}

static int
finish(struct running *r, int rc, struct problem *why)
{
	int status = 0;

	if (rc != 0) {
		kill(-r->pid, SIGKILL);
		kill(r->pid, SIGKILL);   /* it may not have come to setsid() yet */
	}
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return rc == 0 ? judge(r, status, why) : rc;
}

int
command_run(const char *command, long milliseconds, int asker, char *line, size_t size,
    char complaint[COMMAND_COMPLAINT_MAX], struct problem *why)
{
	struct timespec deadline = clock_deadline(milliseconds);
	struct running  r;
	int             rc;

	start(&r, command, asker);
	r.line[OUTPUT] = (struct first_line){ .at = line, .size = size };
	r.line[ERRORS] = (struct first_line){ .at = complaint, .size = COMMAND_COMPLAINT_MAX };
	*line = *complaint = '\0';
	if (r.pid < 0)
		rc = command_problem(strerror(errno), why);
	else if (r.on[EXIT].fd < 0)
		rc = finish(&r, command_problem(strerror(errno), why), why);
	else
		rc = finish(&r, listen_to(&r, deadline, why), why);
	for (int i = OUTPUT; i <= EXIT; i++)
		close(r.on[i].fd);
	return rc;
}
