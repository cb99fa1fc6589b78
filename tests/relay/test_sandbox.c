/* SPDX-License-Identifier: ISC */
#include "relay/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit.h"
#include "net/own.h"
#include "relay/state.h"

static char        spool[128];
static struct conf  conf;
static int          state, entry;
static char         path[256];

static const char *
in_spool(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", spool, name);
	return path;
}

static void
given_a_worker(void)
{
	strlcpy(spool, unit_directory(), sizeof spool);
	ck_assert_int_eq(mkdir(in_spool("queue"), 0700), 0);
	ck_assert_int_eq(mkdir(in_spool("state"), 0700), 0);
	state = open(path, O_RDONLY | O_DIRECTORY);
	close(open(in_spool("queue/message"), O_RDWR | O_CREAT, 0600));
	ck_assert_int_eq(truncate(path, 100), 0);
	entry = open(path, O_RDONLY);
	ck_assert_int_ge(state, 0);
	ck_assert_int_ge(entry, 0);
	conf_parse(&conf, SLICE("resolver 127.0.0.1@5353\nrelay [192.0.2.1]:2525\n"));
}

/* What a child comes to that is locked in and then makes an attempt: its exit status, or -signal. */
static int
attempt(int (*enter)(const struct conf *, int, struct problem *), bool (*act)(void))
{
	struct problem why;
	int            status;
	pid_t          pid = fork();

	if (pid == 0) {
		if (enter != NULL && enter(&conf, state, &why) != 0)
			_exit(100);
		_exit(act() ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool
opens(const char *name, int flags)
{
	return open(name, flags, 0600) >= 0;
}

static bool reads_the_queue(void) { return opens(in_spool("queue"), O_RDONLY | O_DIRECTORY); }
static bool writes_to_the_queue(void) { return opens(in_spool("queue/x"), O_WRONLY | O_CREAT); }
static bool empties_the_queue(void) { return unlink(in_spool("queue/message")) == 0; }
static bool writes_beside(void) { return openat(state, "../x", O_WRONLY | O_CREAT, 0600) >= 0; }
static bool writes_to_tmp(void) { return opens("/tmp/salsa-unit.hostile", O_WRONLY | O_CREAT); }
static bool reads_home(void) { return opens("/root/.profile", O_RDONLY) || opens("/usr/bin/env", O_RDONLY); }
static bool reads_passwords(void) { return opens("/etc/shadow", O_RDONLY); }
static bool reads_memory(void) { return opens("/proc/self/maps", O_RDONLY); }
static bool makes_a_directory(void) { return mkdirat(state, "d", 0700) == 0; }
static bool makes_a_link(void) { return symlinkat("/etc/passwd", state, "l") == 0 || linkat(AT_FDCWD, path, state, "y", 0) == 0; }
static bool changes_a_mode(void) { return fchmod(state, 0777) == 0; }

static bool
writes_the_entry(void)
{
	char self[64];

	snprintf(self, sizeof self, "/proc/self/fd/%d", entry);
	return opens(self, O_RDWR);
}

static bool
opens_the_submission_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
has_signal_sent(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd >= 0 && fcntl(fd, F_SETOWN, getppid()) == 0;
}

static bool
binds_a_port(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int                fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static bool
calls_port(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int                fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == ECONNREFUSED);
}

static bool calls_another_port(void) { return calls_port(22); }

static bool
runs_what_it_writes(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
runs_a_program(void)
{
	execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
	return false;
}

static bool forks(void) { return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0; }
static bool kills(void) { return kill(getppid(), 0) == 0; }
static bool traces(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static bool listens(void) { return listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0; }

/* What holds where this is run: nothing where the kernel has it not, or salsa is built without libseccomp. */
static long
landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

static bool is_filtered(void) { return prctl(PR_GET_DUMPABLE) < 0 && errno == ENOSYS; }

enum { FILES = 1, PORTS = 4, CALLS = 100, DEADLY };   /* versions of Landlock, and seccomp */

static bool
holds(int by)
{
	return by >= CALLS ? attempt(sandbox_enter, is_filtered) == 0 : landlock_version() >= by;
}

static const struct {
	bool (*act)(void);
	int    held_by;
} attacks[] = {
	{ reads_the_queue, FILES }, { writes_to_the_queue, FILES }, { empties_the_queue, FILES }, { writes_beside, FILES },
	{ writes_to_tmp, FILES }, { reads_home, FILES }, { reads_memory, FILES }, { writes_the_entry, FILES },
	{ calls_another_port, PORTS }, { binds_a_port, PORTS }, { makes_a_directory, CALLS }, { makes_a_link, CALLS },
	{ changes_a_mode, CALLS }, { opens_the_submission_socket, CALLS }, { has_signal_sent, CALLS },
	{ runs_what_it_writes, CALLS }, { runs_a_program, DEADLY }, { forks, DEADLY }, { kills, DEADLY },
	{ traces, DEADLY }, { listens, DEADLY },
};

START_TEST(a_worker_that_was_taken_over_can_do_no_harm)
{
	given_a_worker();
	if (holds(attacks[_i].held_by))
		ck_assert_int_eq(attempt(sandbox_enter, attacks[_i].act), attacks[_i].held_by == DEADLY ? -SIGSYS : 1);
	ck_assert_int_eq(attempt(NULL, attacks[_i].act), 0);   /* without the sandbox it can */
}
END_TEST

/* root alone could have read it. */
START_TEST(not_even_root_reads_what_no_worker_reads)
{
	given_a_worker();
	if (holds(FILES))
		ck_assert_int_eq(attempt(sandbox_enter, reads_passwords), 1);
}
END_TEST

static bool
keeps_opinions(void)
{
	struct buf content = BUF(64);

	state_write(state, "x", SLICE("old"));
	state_write(state, "x", SLICE("opinion"));
	if (!state_read(state, "x", &content) || strcmp(buf_text(&content), "opinion") != 0)
		return false;
	state_forget(state, "x");
	return faccessat(state, "x", F_OK, 0) != 0;
}

static bool calls_relays(void) { return calls_port(25) && calls_port(2525) && calls_port(53) && calls_port(5353); }

static bool
knows_this_host(void)
{
	struct sockaddr_storage far = { .ss_family = AF_INET };
	struct own              own;

	((struct sockaddr_in *)&far)->sin_addr.s_addr = htonl(0xC0000201);
	own_addresses(&own);
	return !own_has(&far) && socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool
reads_what_it_needs(void)
{
	return opens("/etc/hosts", O_RDONLY) && opens("/etc/resolv.conf", O_RDONLY) && opens("/dev/urandom", O_RDONLY) &&
	    (faccessat(AT_FDCWD, "/etc/ssl/openssl.cnf", F_OK, 0) != 0 || opens("/etc/ssl/openssl.cnf", O_RDONLY));
}

static bool logs(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0; }

static bool
reads_its_message(void)
{
	char octet;

	return pread(entry, &octet, 1, 0) == 1;
}

static bool
allocates(void)
{
	char *at = malloc(10 << 20);

	return at != NULL && (at = realloc(at, 20 << 20)) != NULL;
}

static bool (*const works[])(void) = {
	keeps_opinions, calls_relays, knows_this_host, reads_what_it_needs, logs, reads_its_message, allocates,
};

START_TEST(a_worker_works)
{
	given_a_worker();
	ck_assert_int_eq(attempt(sandbox_enter, works[_i]), 0);
}
END_TEST

static bool
aborts(void)
{
	abort();
}

START_TEST(a_worker_that_aborts_says_so)
{
	given_a_worker();
	ck_assert_int_eq(attempt(sandbox_enter, aborts), -SIGABRT);
}
END_TEST

static void
write_secret(const char *name)
{
	int fd = open(in_spool(name), O_WRONLY | O_CREAT, 0644);

	ck_assert_int_eq(write(fd, name, 5), 5);
	close(fd);
}

/*
 * As it is done with tokens and certificates, in one step.  A worker that has much to do lives long.  Not so where the
 * directory is a user's own.
 */
START_TEST(what_replaces_a_secret_is_read)
{
	struct problem why;
	char           text[400], octet = 0;
	int            entered[2], replaced[2], status;
	pid_t          pid;

	given_a_worker();
	ck_assert_int_eq(chmod(spool, 0755), 0);
	write_secret("first");
	snprintf(text, sizeof text, "relay joe@192.0.2.1\npassword-file %s\n", path);
	conf_release(&conf);
	conf_parse(&conf, SLICE(text));
	conf.is_private = _i == 1;
	ck_assert(pipe(entered) == 0 && pipe(replaced) == 0);
	if ((pid = fork()) == 0) {
		if ((getuid() == 0 && setresuid(65534, 65534, 65534) != 0) || sandbox_enter(&conf, state, &why) != 0)
			_exit(100);
		_exit(write(entered[1], &octet, 1) != 1 || read(replaced[0], &octet, 1) != 1 ||
		    opens(conf.relay[0].password_file, O_RDONLY) == conf.is_private);
	}
	ck_assert_int_eq(read(entered[0], &octet, 1), 1);
	write_secret("other");
	ck_assert_int_eq(rename(path, conf.relay[0].password_file), 0);
	ck_assert_int_eq(write(replaced[1], &octet, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_loop_test(t, what_replaces_a_secret_is_read, 0, 2);
	add_table(t, a_worker_that_was_taken_over_can_do_no_harm, attacks);
	add_table(t, a_worker_works, works);
	tcase_add_test(t, not_even_root_reads_what_no_worker_reads);
	tcase_add_test(t, a_worker_that_aborts_says_so);
}
