/* SPDX-License-Identifier: ISC
 *
 * strike: one system call of a program is its last one, or fails; and the world goes on.
 *
 *     strike [-f] [-a CALL] [-n N] [-o FILE] [-t SECONDS] PROGRAM COMMAND [ARGUMENT ...]
 *
 * Runs the command and waits for all that comes of it.  The system calls of the processes that execute PROGRAM are
 * counted from its main() on, or from the first CALL on, and whoever makes the Nth is killed before it happens.  With
 * -f every error that a call can return is counted, and the Nth is returned in the place of the call.  What was struck
 * is written to FILE: nothing where there were less than N.  SIGTERM is passed on.  Exits as the command does; with 124
 * when anything still runs after SECONDS.  All by seccomp_unotify(2), which no process notices; as root, so that
 * set-group-ID programs stay that.
 */
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"

enum { EXIT_HANGS = 124, MAX_LOADING = 256 };

/*
 * What can go wrong.  Not here are calls that cannot fail as they are used (fcntl(2) for flags, getsockopt(2), brk(2)),
 * and close(2): it lets go of the descriptor whatever it returns, and an error in the place of it does not.
 */
static const struct call {
	int         number;
	const char *name;
	int         error[5];
} calls[] = {
	{ SYS_accept4, "accept4", { EMFILE, ECONNABORTED, EINTR, ENOMEM } },
	{ SYS_bind, "bind", { ENOMEM } },
	{ SYS_clone, "clone", { EAGAIN, ENOMEM } },
	{ SYS_connect, "connect", { EINTR, ECONNREFUSED, ENOMEM } },
	{ SYS_dup, "dup", { EMFILE } },
	{ SYS_dup3, "dup3", { EMFILE, EINTR } },
	{ SYS_execve, "execve", { ENOMEM, EIO } },
	{ SYS_fchmod, "fchmod", { EIO, EROFS } },
	{ SYS_fdatasync, "fdatasync", { EIO, ENOSPC, EDQUOT, EINTR } },
	{ SYS_flock, "flock", { EINTR, ENOLCK } },
	{ SYS_fstat, "fstat", { EIO, ENOMEM } },
	{ SYS_fstatfs, "fstatfs", { EIO } },
	{ SYS_fsync, "fsync", { EIO, ENOSPC, EDQUOT, EINTR } },
	{ SYS_ftruncate, "ftruncate", { EIO, ENOSPC } },
	{ SYS_getdents64, "getdents64", { EIO, ENOMEM } },
	{ SYS_getsockname, "getsockname", { ENOBUFS } },
	{ SYS_listen, "listen", { ENOMEM } },
	{ SYS_lseek, "lseek", { EIO } },
	{ SYS_memfd_create, "memfd_create", { EMFILE, ENOMEM } },
	{ SYS_mmap, "mmap", { ENOMEM } },
	{ SYS_newfstatat, "newfstatat", { EIO, ENOMEM } },
	{ SYS_openat, "openat", { EMFILE, ENOSPC, EIO, ENOMEM } },
	{ SYS_ppoll, "ppoll", { EINTR, ENOMEM } },
	{ SYS_pread64, "pread64", { EIO, EINTR } },
	{ SYS_pwrite64, "pwrite64", { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_read, "read", { EIO, EINTR } },
	{ SYS_recvfrom, "recvfrom", { EINTR, ENOMEM, ECONNRESET } },
	{ SYS_recvmsg, "recvmsg", { EINTR, ENOMEM, ECONNRESET } },
	{ SYS_renameat, "renameat", { EIO, ENOSPC } },
	{ SYS_renameat2, "renameat2", { EIO, ENOSPC } },
	{ SYS_sendfile, "sendfile", { EIO, ENOSPC, EINTR } },
	{ SYS_sendmsg, "sendmsg", { EINTR, ENOBUFS, ECONNRESET } },
	{ SYS_sendto, "sendto", { EINTR, ENOBUFS, ECONNRESET } },
	{ SYS_setgroups, "setgroups", { ENOMEM } },
	{ SYS_setresgid, "setresgid", { EAGAIN } },
	{ SYS_setresuid, "setresuid", { EAGAIN } },
	{ SYS_setsockopt, "setsockopt", { ENOMEM } },
	{ SYS_socket, "socket", { EMFILE, ENOBUFS } },
	{ SYS_socketpair, "socketpair", { EMFILE, ENOBUFS } },
	{ SYS_unlinkat, "unlinkat", { EIO, EROFS } },
	{ SYS_write, "write", { ENOSPC, EDQUOT, EIO, EINTR } },
	/* Calls that newer machines do not have any more: their C library makes others of those above. */
#ifdef SYS_poll
	{ SYS_access, "access", { EIO, ENOMEM } },
	{ SYS_dup2, "dup2", { EMFILE, EINTR } },
	{ SYS_poll, "poll", { EINTR, ENOMEM } },
	{ SYS_rename, "rename", { EIO, ENOSPC } },
	{ SYS_unlink, "unlink", { EIO, EROFS } },
#else
	{ SYS_faccessat, "faccessat", { EIO, ENOMEM } },
#endif
};

enum { CALLS = sizeof calls / sizeof *calls };

static struct {
	const char *program, *report;
	const char *after;                 /* the call from which on is counted; NULL: from now on */
	unsigned    wanted, seen;          /* calls, or errors */
	bool        fails;
	int         listener;
	pid_t       command;
	pid_t       loading[MAX_LOADING];  /* who executed something and has not come to main() yet */
	size_t      nloading;
} strike;

static void
usage(void)
{
	errx(EX_USAGE, "usage: strike [-f] [-a call] [-n n] [-o file] [-t seconds] program command [argument ...]");
}

/* Every system call of this process, and of all that come of it, waits for the word of whoever holds the listener. */
static void
install_filter(void)
{
	struct sock_filter notify = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	struct sock_fprog  program = { 1, &notify };

	/* A signal that comes while a call waits must not make it two. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program) < 0)
		_exit(EX_OSERR);
}

static void
pass_on(int number)
{
	if (strike.command > 0)
		kill(strike.command, number);
}

/* A child cannot hand the listener over, for every call of it waits; it stands at the first descriptor that was free. */
static void
start(char **command)
{
	int expected = dup(STDIN_FILENO), child;

	close(expected);
	strike.command = fork();
	if (strike.command == 0) {
		install_filter();
		execvp(command[0], command);
		_exit(127);
	}
	signal(SIGTERM, pass_on);
	child = strike.command > 0 ? pidfd_open(strike.command, 0) : -1;
	if (child < 0)
		err(EX_OSERR, "start %s", command[0]);
	while ((strike.listener = pidfd_getfd(child, expected, 0)) < 0)
		if (errno != EBADF)
			err(EX_OSERR, "filter the calls of %s", command[0]);
	close(child);
}

static bool
executes_program(pid_t pid)
{
	char    path[64], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	n = readlink(path, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(strrchr(target, '/') + 1, strike.program) == 0;
}

static size_t
find_loading(pid_t pid)
{
	size_t i = 0;

	while (i < strike.nloading && strike.loading[i] != pid)
		i++;
	return i;
}

/* What comes before main() is the loader's.  main() begins with start_clean(), and nobody else closes descriptors so. */
static bool
is_in_main(pid_t pid, const struct seccomp_data *call)
{
	size_t i = find_loading(pid);

	if (i < strike.nloading && call->nr == SYS_close_range)
		strike.loading[i] = strike.loading[--strike.nloading];
	return find_loading(pid) == strike.nloading;
}

static void
note_loading(pid_t pid, const struct seccomp_data *call)
{
	if (call->nr == SYS_execve && find_loading(pid) == strike.nloading && strike.nloading < MAX_LOADING)
		strike.loading[strike.nloading++] = pid;
}

static const struct call *
find_call(const struct seccomp_data *data)
{
	static const struct call other = { .name = "another call" };

	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].number == data->nr)
			return &calls[i];
	return &other;
}

static void
tell(pid_t pid, const struct call *c, const struct seccomp_data *data, const char *what)
{
	FILE *f = strike.report != NULL ? fopen(strike.report, "w") : stderr;

	if (f == NULL)
		err(EX_CANTCREAT, "%s", strike.report);
	fprintf(f, "%s[%d], %u: %s(%d): %s\n", strike.program, (int)pid, strike.wanted, c->name, (int)data->args[0], what);
	if (f != stderr)
		fclose(f);
}

/* Returns the error that the call is to have; 0: none. */
static int
error_for(pid_t pid, const struct call *c, const struct seccomp_data *data)
{
	for (size_t i = 0; c->error[i] != 0; i++)
		if (++strike.seen == strike.wanted) {
			tell(pid, c, data, strerrorname_np(c->error[i]));
			return c->error[i];
		}
	return 0;
}

static bool
counts(pid_t pid, const struct seccomp_data *data)
{
	if (!is_in_main(pid, data) || !executes_program(pid))
		return false;
	if (strike.after != NULL && strcmp(find_call(data)->name, strike.after) == 0)
		strike.after = NULL;
	return strike.after == NULL;
}

/* One call of one process.  Whoever makes it may be gone by now. */
static void
answer(void)
{
	struct seccomp_notif       call = { 0 };
	struct seccomp_notif_resp  response = { 0 };
	const struct seccomp_data *data = &call.data;
	pid_t                      pid;
	bool                       counted;

	if (ioctl(strike.listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
		return;
	pid = (pid_t)call.pid;
	response.id = call.id;
	counted = counts(pid, data);
	if (counted && strike.fails) {
		response.error = -error_for(pid, find_call(data), data);
	} else if (counted && ++strike.seen == strike.wanted) {
		tell(pid, find_call(data), data, "killed");
		kill(pid, SIGKILL);
		return;   /* with an answer it might still come to its call */
	}
	if (response.error == 0) {
		note_loading(pid, data);
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	}
	ioctl(strike.listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Returns false when time is up. */
static bool
watch(struct timespec deadline)
{
	struct pollfd set = { .fd = strike.listener, .events = POLLIN };
	int           n;

	while ((n = poll(&set, 1, (int)clock_left(deadline))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0 && (set.revents & POLLIN) != 0)
			answer();
		else if (n > 0)
			return true;   /* nobody is left */
	}
	return false;
}

/* Waits for the command, and for its orphans. */
static int
reap(void)
{
	int   status, code = EX_SOFTWARE;
	pid_t pid;

	while ((pid = wait(&status)) > 0)
		if (pid == strike.command)
			code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return code;
}

int
main(int argc, char **argv)
{
	long seconds = 60;
	int  letter;

	while ((letter = getopt(argc, argv, "+a:fn:o:t:")) != -1)
		switch (letter) {
		case 'a': strike.after = optarg; break;
		case 'f': strike.fails = true; break;
		case 'n': strike.wanted = (unsigned)strtonum(optarg, 0, INT_MAX, NULL); break;
		case 'o': strike.report = optarg; break;
		case 't': seconds = (long)strtonum(optarg, 1, 3600, NULL); break;
		default: usage();
		}
	if (argc - optind < 2)
		usage();
	strike.program = argv[optind];
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start(argv + optind + 1);
	return watch(clock_deadline(seconds * 1000)) ? reap() : EXIT_HANGS;
}
