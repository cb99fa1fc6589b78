/* SPDX-License-Identifier: ISC
 *
 * tests/relay/fake.h: a relay on loopback that plays texts, one for each connection, in a process of its own.  A text
 * is what it says, reply after reply, each followed by a word for what it then waits for:
 *
 *     "220 hi|250 hi|250 ok|"     '|' waits for a line
 *     "354 go~250 ok|"            '~' waits for the lone dot
 *
 * At the end of the text it closes the connection.  A relay without texts is not there: its port refuses.
 */
#ifndef RELAY_FAKE_H
#define RELAY_FAKE_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/slice.h"
#include "lib/unit.h"

enum { FAKE_MAX_TEXTS = 12 };

struct fake {
	unsigned port;
	pid_t    pid;
	int      fd;
	/* Shared with the process. */
	struct heard {
		unsigned nconnections;
		char     words[1 << 16];   /* all that was said to it */
	} *heard;
};

static void
fake_listen(int fd, struct heard *heard, char end)
{
	size_t len = strlen(heard->words), start = len;

	do {
		ssize_t n = len + 1 < sizeof heard->words ? read(fd, heard->words + len, 1) : 0;

		if (n <= 0)
			_exit(0);
		len++;
	} while (end == '|' ? heard->words[len - 1] != '\n' :
	    len < start + 3 || !slice_ends(SLICE(heard->words), SLICE("\r\n.\r\n")));
}

static void
fake_play(int fd, const char *text, struct heard *heard)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "|~");

		(void)!send(fd, text, len, MSG_NOSIGNAL);
		if (len > 0)
			(void)!send(fd, "\r\n", 2, MSG_NOSIGNAL);
		if (text[len] == '\0')
			return;
		fake_listen(fd, heard, text[len]);
		text += len + 1;
	}
}

static void
fake_serve(struct fake *f, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		int   fd = accept(f->fd, NULL, NULL);
		pid_t pid;

		f->heard->nconnections++;
		if ((pid = fork()) == 0) {
			fake_play(fd, *texts, f->heard);
			_exit(0);
		}
		close(fd);
		waitpid(pid, NULL, 0);
	}
	close(f->fd);
	_exit(0);
}

/* texts ends with NULL. */
static void
fake_start(struct fake *f, const char *const *texts)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t          len = sizeof address;
	int                on = 1;

	f->heard = mmap(NULL, sizeof *f->heard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	f->pid = 0;
	setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);   /* each accepted socket's, too */
	ck_assert_int_eq(bind(f->fd, (struct sockaddr *)&address, sizeof address), 0);
	getsockname(f->fd, (struct sockaddr *)&address, &len);
	f->port = ntohs(address.sin_port);
	if (texts == NULL || *texts == NULL)
		return;   /* bound, so that nobody else listens there */
	ck_assert_int_eq(listen(f->fd, 5), 0);
	f->pid = fork();
	if (f->pid == 0)
		fake_serve(f, texts);
	close(f->fd);
	f->fd = -1;
}

static void
fake_stop(struct fake *f)
{
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	if (f->fd >= 0)
		close(f->fd);
	munmap(f->heard, sizeof *f->heard);
}

#endif
